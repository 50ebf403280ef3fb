using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using Lockplane.Sql.Lexing;
using Lockplane.Sql.PgQuery;
using Lockplane.Sql.Statements;

namespace Lockplane.Gateway.Statements;

/// <summary>
/// Decides the text of a Query or Parse message under one profile: permitted, refused, or a schema change. Thread-safe. What cannot be understood is refused.
/// </summary>
/// <remarks>
/// Cost: a text seen before is looked up by its bytes, then by its sequence of tokens without the values of literals (<see cref="SqlReduction"/>), and allocates nothing; another is parsed. By its tokens a text is known
/// only when it was permitted and no rule looked at a literal: a refusal carries positions.
/// </remarks>
public sealed class StatementGate : IStatementJudge
{
    /// <summary>A session's number that none has: for what no session sent.</summary>
    private const long NoSession = 0;

    // Longer texts are not reduced on a loop: at a byte in a nanosecond this is 64 microseconds.
    private const int LongestKept = 64 << 10;

    [ThreadStatic]
    private static byte[]? reduced;

    private readonly StatementReader _reader;
    private readonly Profile _profile;
    private readonly int _maxStatementBytes;
    private readonly DatabaseFacts _facts;
    private readonly PgQueryParser _parser;
    private Verdicts _verdicts;

    /// <summary>A gate for one profile and database; the parser may be shared. Without <paramref name="facts"/> nothing is known of the database's own functions.</summary>
    public StatementGate(PgQueryParser parser, Profile profile, int maxStatementBytes = 4 << 20, DatabaseFacts? facts = null)
    {
        _parser = parser;
        _facts = facts ?? new();
        _verdicts = new(null, new UnknownFunctions(profile));
        _reader = new(parser);
        _profile = profile;
        _maxStatementBytes = maxStatementBytes;
    }

    /// <inheritdoc/>
    public bool TryFind(ReadOnlySpan<byte> sql, out Verdict verdict)
    {
        Verdicts verdicts = Volatile.Read(ref _verdicts);
        verdict = Verdict.Permitted;
        return ReferenceEquals(verdicts.Facts, _facts.Current) && TryFind(verdicts, sql, out verdict);
    }

    /// <inheritdoc/>
    public Verdict Judge(ReadOnlySpan<byte> sql, long session = NoSession)
    {
        Verdicts verdicts = Current();
        if (TryFind(verdicts, sql, out Verdict? known))
        {
            return known;
        }

        if (SqlText.Check(sql, _maxStatementBytes) is { } error)
        {
            return Refused(error);
        }

        (Verdict verdict, bool readsLiterals) = JudgeText(verdicts, sql);

        // That there was no time may be different the next time.
        if (sql.Length <= LongestKept && verdict.IsLasting && verdict.Refusal?.Code != Wire.SqlState.QueryCanceled)
        {
            verdicts.ByText.Add(sql, verdict, session);
            if (ReferenceEquals(verdict, Verdict.Permitted) && !readsLiterals && TryReduce(sql, out ReadOnlySpan<byte> tokens))
            {
                verdicts.ByTokens.Add(tokens, verdict, session);
            }
        }

        return verdict;
    }

    /// <summary>The verdicts by the facts as they are. Others are forgotten: a text that is being judged by them puts its verdict where nobody looks.</summary>
    private Verdicts Current()
    {
        Verdicts verdicts = Volatile.Read(ref _verdicts);
        CatalogFacts? facts = _facts.Current;
        if (ReferenceEquals(verdicts.Facts, facts))
        {
            return verdicts;
        }

        Verdicts next = new(facts, facts is null ? new UnknownFunctions(_profile) : new FunctionAudit(facts, _profile, _parser));
        Verdicts found = Interlocked.CompareExchange(ref _verdicts, next, verdicts);
        return ReferenceEquals(found, verdicts) || !ReferenceEquals(found.Facts, facts) ? next : found;
    }

    private bool TryFind(Verdicts verdicts, ReadOnlySpan<byte> sql, out Verdict verdict) => verdicts.ByText.TryFind(sql, out verdict!)
        || (TryReduce(sql, out ReadOnlySpan<byte> tokens) && verdicts.ByTokens.TryFind(tokens, out verdict!) && SqlText.Check(sql, _maxStatementBytes) is null);

    /// <summary>The text's sequence of tokens, in the thread's own place: until the next call.</summary>
    private static bool TryReduce(ReadOnlySpan<byte> sql, out ReadOnlySpan<byte> tokens)
    {
        tokens = default;
        if (sql.Length > LongestKept)
        {
            return false;
        }

        byte[]? place = reduced;
        if (place is null || place.Length < sql.Length + SqlReduction.Slack)
        {
            reduced = place = new byte[Math.Max(4096, BitOperations.RoundUpToPowerOf2((uint)(sql.Length + SqlReduction.Slack)))];
        }

        bool done = SqlReduction.TryReduce(sql, place, out int length);
        tokens = place.AsSpan(0, length);
        return done;
    }

    /// <summary>The verdict, and whether a rule looked at the value of a literal for it.</summary>
    private (Verdict Verdict, bool ReadsLiterals) JudgeText(Verdicts verdicts, ReadOnlySpan<byte> sql)
    {
        try
        {
            ParseOutcome<ImmutableArray<Statement>> outcome = _reader.Read(sql);
            return outcome.Succeeded
                ? (JudgeStatements(verdicts, sql, outcome.Value), outcome.Value.Any(StatementRules.ReadsLiterals))
                : (Refused(outcome.Error), true);
        }
        catch (InvalidDataException e)
        {
            return (new(VerdictKind.Refuse, new("LP310", "the statement has a form that the gate does not know", e.Message, "Use another form, and report it.")), true);
        }
    }

    /// <summary>The first thing that is refused decides; only a text with nothing refused can be a schema change.</summary>
    private Verdict JudgeStatements(Verdicts verdicts, ReadOnlySpan<byte> sql, ImmutableArray<Statement> statements)
    {
        Statement? change = null;
        Finding? observed = null;
        foreach (Statement statement in statements)
        {
            if (StatementRules.Judge(statement, _profile, verdicts.Functions) is { } finding)
            {
                if (!finding.Listed || _profile.Mode == ProfileMode.Enforce)
                {
                    return new(VerdictKind.Refuse, ToRefusal(sql, finding)) { IsLasting = finding.Lasting };
                }

                observed ??= finding;
            }

            if (change is null && StatementClasses.ChangesSchema(statement))
            {
                change = statement;
            }
        }

        return change is not null ? new(VerdictKind.Ddl, ToRefusal(sql, StatementRules.SchemaChange(change))) { IsAlone = statements.Length == 1, CommandTag = change.CommandTag }
            : observed is null ? Verdict.Permitted : new(VerdictKind.Permit, ToRefusal(sql, observed));
    }

    private static Refusal ToRefusal(ReadOnlySpan<byte> sql, Finding finding)
    {
        int position = SqlText.CharacterPosition(sql, finding.Offset);
        string detail = string.Create(CultureInfo.InvariantCulture, $"{finding.Detail.TrimEnd('.')}, at character {position}.");
        return new(finding.Code, finding.Message, detail, finding.Hint, position, finding.Subject);
    }

    private static Verdict Refused(SqlSyntaxError error) => new(VerdictKind.Refuse, new(error.SqlState, error.Message, null, error.SqlState switch
    {
        "42601" => null,
        "22021" => "Send UTF-8: set PGCLIENTENCODING=UTF8, or the driver's encoding to UTF8.",
        "54000" => "Send less at once, for example with COPY or several statements.",
        "54001" => "Write the expression with less nesting, for example with IN or an array.",
        "57014" => "Send less at once, for example with COPY or several statements.",
        _ => null,
    }, error.Position));

    /// <summary>What was judged by one snapshot of the database's functions.</summary>
    private sealed class Verdicts(CatalogFacts? facts, IFunctionJudge functions)
    {
        public CatalogFacts? Facts { get; } = facts;

        public IFunctionJudge Functions { get; } = functions;

        public VerdictCache ByText { get; } = new(entries: 8192, bytes: 8 << 20);

        public VerdictCache ByTokens { get; } = new(entries: 8192, bytes: 4 << 20);
    }
}
