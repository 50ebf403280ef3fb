using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Lockplane.Schema.Plans;
using Lockplane.Sql.Errors;
using Lockplane.Sql.Lexing;

namespace Lockplane.Schema.Dsl;

/// <summary>Finds the directive comments of a schema file, or of statements, and what each is about. None is ever overlooked: what cannot be understood or placed is an error.</summary>
/// <remarks>
/// <c>-- lockplane: renamed from old_name</c> in the line above a definition, or at its end; <c>-- lockplane: manages all privileges</c> anywhere. <c>-- lockplane: rows 1..100</c> in the
/// line above a data change, or at its end.
/// </remarks>
internal sealed partial class DirectiveReader(string file, string text)
{
    private readonly byte[] _utf8 = Encoding.UTF8.GetBytes(text);

    /// <summary>Reads those of a schema file.</summary>
    /// <param name="statements">The file's statements: their offset and length in bytes, and what each defines.</param>
    /// <exception cref="LockplaneException">LP202 with the place.</exception>
    public (ImmutableArray<RenameDirective> Renames, bool ManagesAllPrivileges) Read(IReadOnlyList<(int Offset, int Length, DeclarationFacts Facts)> statements)
    {
        ImmutableArray<RenameDirective>.Builder renames = ImmutableArray.CreateBuilder<RenameDirective>();
        bool managesAll = false;
        foreach ((int start, int end, string words) in Directives())
        {
            if (ManagesAll().IsMatch(words))
            {
                managesAll = true;
            }
            else if (Renamed().Match(words) is { Success: true } renamed)
            {
                renames.Add(Rename(statements, start, end, renamed));
            }
            else
            {
                throw Wrong(start, $"\"{words}\" is no directive of schema files", "Known are `renamed from old_name` and `manages all privileges`.");
            }
        }

        return (renames.ToImmutable(), managesAll);
    }

    /// <summary>Reads those of statements that are run as they are written: how many rows each data change must touch, by the number of the statement.</summary>
    /// <param name="statements">The statements, and whether each is a data change.</param>
    /// <exception cref="LockplaneException">LP202 with the place; LP204 when the most is left out.</exception>
    public IReadOnlyDictionary<int, RowBounds> ReadRows(IReadOnlyList<(int Offset, int Length, bool ChangesRows)> statements)
    {
        Dictionary<int, RowBounds> bounds = [];
        foreach ((int start, int end, string words) in Directives())
        {
            if (RowsOf().Match(words) is not { Success: true } rows)
            {
                throw Renamed().IsMatch(words) || ManagesAll().IsMatch(words)
                    ? Wrong(start, $"\"{words}\" is a directive of schema files, and these statements are run as they are written", "Write ALTER ... RENAME, GRANT or REVOKE instead.")
                    : Wrong(start, $"\"{words}\" is no directive of statements", "Known is `rows 1..100`, at an INSERT, UPDATE, DELETE or MERGE.");
            }

            RowBounds read = Bounds(start, rows);
            if (StatementAt(statements, start, end) is not (>= 0 and int at) || !statements[at].ChangesRows)
            {
                throw Wrong(start, "the directive is at no data change", "Write it in the line above an INSERT, UPDATE, DELETE or MERGE, or at its end.");
            }

            if (!bounds.TryAdd(at, read))
            {
                throw Wrong(start, "the statement has said before how many rows it touches", "Leave one of the two directives.");
            }
        }

        return bounds;
    }

    private RowBounds Bounds(int start, Match rows)
    {
        string least = rows.Groups["min"].Value;
        string most = rows.Groups["dots"].Success ? rows.Groups["max"].Value : least;
        if (most.Length == 0)
        {
            throw new LockplaneException(ErrorCodes.RowBoundsMissing, $"{Place(start)}: the directive does not say how many rows the data change may touch at most.", hint: "Write the most behind the dots: `-- lockplane: rows 1..100`.");
        }

        if (!long.TryParse(least.Length == 0 ? "0" : least, CultureInfo.InvariantCulture, out long min) || !long.TryParse(most, CultureInfo.InvariantCulture, out long max))
        {
            throw Wrong(start, "the number is larger than any table", "Write a smaller one.");
        }

        return min <= max ? new RowBounds(min, max) : throw Wrong(start, $"{min} is more than {max}", "Write the least first: `rows 1..100`.");
    }

    // Inside of a statement: its own, when nothing but comments follows. After its semicolon in the same line: that statement's. Alone in its line: the next one's.
    private int StatementAt(IReadOnlyList<(int Offset, int Length, bool ChangesRows)> statements, int start, int end)
    {
        int before = -1;
        while (before + 1 < statements.Count && statements[before + 1].Offset < start)
        {
            before++;
        }

        if (before >= 0 && start < statements[before].Offset + statements[before].Length)
        {
            return IsBlank(end, statements[before].Offset + statements[before].Length) ? before : -1;
        }

        if (!StandsAlone(start))
        {
            return before;
        }

        return before + 1 < statements.Count && IsBlank(end, statements[before + 1].Offset) ? before + 1 : -1;
    }

    private List<(int Start, int End, string Words)> Directives()
    {
        List<(int Start, int End, string Words)> found = [];
        if (!text.Contains("lockplane", StringComparison.OrdinalIgnoreCase))
        {
            return found;
        }

        foreach ((int start, int end) in SqlSpans.Comments(_utf8) ?? throw Wrong(0, "comments cannot be told from text", "Correct the text."))
        {
            Match match = Directive().Match(Encoding.UTF8.GetString(_utf8.AsSpan(start, end - start)));
            if (match.Success && match.Groups["mark"].Value != "--")
            {
                throw Wrong(start, "a directive is a comment of one line", "Write it after two hyphens.");
            }

            if (match.Success && !match.Groups["colon"].Success)
            {
                throw Wrong(start, "a directive has a colon after the first word", $"Write `-- lockplane: {match.Groups["words"].Value.Trim()}`.");
            }

            if (match.Success)
            {
                found.Add((start, end, match.Groups["words"].Value.Trim()));
            }
        }

        return found;
    }

    private RenameDirective Rename(IReadOnlyList<(int Offset, int Length, DeclarationFacts Facts)> statements, int start, int end, Match renamed)
    {
        Definition about = (StandsAlone(start) ? Next(statements, end) : Before(statements, start))
            ?? throw Wrong(start, "the directive is at no definition that can have another name", "Write it in the line above the definition, or at the end of its line.");
        string? schema = renamed.Groups["schema"].Success ? Name(renamed.Groups["schema"].Value) : null;
        if (schema is not null && about.Part is not null)
        {
            throw Wrong(start, $"{about.Part} is a part of {about.Name} and has no schema of its own", "Write the old name alone.");
        }

        return new RenameDirective(about.Kind, about.Schema, about.Name, about.Part, schema, Name(renamed.Groups["name"].Value), Place(start));
    }

    // In the line above: nothing but white space, other comments and a comma stands between the directive and the definition.
    private Definition? Next(IReadOnlyList<(int Offset, int Length, DeclarationFacts Facts)> statements, int end)
    {
        (int at, Definition? next) = Definitions(statements).Where(d => d.At >= end).OrderBy(d => d.At).FirstOrDefault();
        return next is not null && IsBlank(end, at) ? next : null;
    }

    // At the end: the last definition that began before; after the last token of a statement, the statement's own.
    private Definition? Before(IReadOnlyList<(int Offset, int Length, DeclarationFacts Facts)> statements, int start)
    {
        (int offset, int length, DeclarationFacts? facts) = statements.LastOrDefault(s => s.Offset < start);
        if (facts is null)
        {
            return null;
        }

        int after = _utf8.AsSpan(start).IndexOfAny((byte)'\n', (byte)'\r');
        bool isAtEnd = start >= offset + length || after < 0 || IsBlank(start + after, offset + length);
        Definition? last = isAtEnd ? facts.Definitions.FirstOrDefault() : Definitions([(offset, length, facts)]).Where(d => d.At < start).OrderBy(d => d.At).LastOrDefault().Definition;
        return last is null or { Kind: "AlterTableStmt" or "AlterDomainStmt", Part: null } ? null : last;
    }

    private static IEnumerable<(int At, Definition Definition)> Definitions(IReadOnlyList<(int Offset, int Length, DeclarationFacts Facts)> statements) =>
        statements.SelectMany(s => s.Facts.Definitions.Where(d => d is not { Kind: "AlterTableStmt" or "AlterDomainStmt" }).Select(d => (s.Offset + d.Offset, d)));

    private bool StandsAlone(int start)
    {
        int line = _utf8.AsSpan(0, start).LastIndexOfAny((byte)'\n', (byte)'\r') + 1;
        return IsBlank(line, start);
    }

    private bool IsBlank(int from, int to) => to <= from || Blank().IsMatch(Encoding.UTF8.GetString(_utf8.AsSpan(from, to - from)));

    private string Place(int offset)
    {
        string before = Encoding.UTF8.GetString(_utf8.AsSpan(0, offset));
        return $"{file}:{before.Count(c => c == '\n') + 1}:{before.Length - before.LastIndexOf('\n')}";
    }

    private LockplaneException Wrong(int offset, string why, string hint) => new(ErrorCodes.Directive, $"{Place(offset)}: {why}.", hint: hint);

    private static string Name(string written) => written.StartsWith('"') ? written[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal) : written.ToLowerInvariant();

    // Without the colon it is meant as one all the same.
    [GeneratedRegex(@"^(?<mark>--|/\*)\s*lockplane((?<colon>\s*:)|(?=\s+(renamed?\s+from|manages?\s+all|rows\s+[0-9.]+)))(?<words>.*?)(\*/)?$", RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex Directive();

    [GeneratedRegex(@"^renamed\s+from\s+((?<schema>""([^""]|"""")+""|[\p{L}_][\w$]*)\s*\.\s*)?(?<name>""([^""]|"""")+""|[\p{L}_][\w$]*)$", RegexOptions.IgnoreCase)]
    private static partial Regex Renamed();

    [GeneratedRegex(@"^manages\s+all\s+privileges$", RegexOptions.IgnoreCase)]
    private static partial Regex ManagesAll();

    [GeneratedRegex(@"^rows\s+((?<min>[0-9]*)\s*(?<dots>\.\.)\s*(?<max>[0-9]*)|(?<min>[0-9]+))$", RegexOptions.IgnoreCase)]
    private static partial Regex RowsOf();

    [GeneratedRegex(@"^(\s|,|;|--[^\r\n]*|/\*.*?\*/)*$", RegexOptions.Singleline)]
    private static partial Regex Blank();
}
