using System.Collections.Immutable;
using System.Text;
using Lockplane.Sql.Lexing;
using Lockplane.Sql.PgQuery;
using Lockplane.Sql.Statements;

namespace Lockplane.Sql.Plpgsql;

/// <summary>Reads the SQL in PL/pgSQL bodies by Postgres's own PL/pgSQL parser. Thread-safe. What is not understood is a fault, never left out.</summary>
/// <remarks>
/// The parser has no catalog. What that makes of its answer is mended here where it can be, and a test holds each: variables of types that it does not know come without what they are initialised
/// with, which is read from the tokens; <c>table%ROWTYPE</c> is read as <c>record</c>. Valid bodies that it refuses are faults: COLLATE in a declaration, <c>table%ROWTYPE[]</c>.
/// </remarks>
public sealed class PlpgsqlReader(PgQueryParser parser)
{
    private readonly StatementReader _statements = new(parser);

    /// <summary>The body of DO.</summary>
    public PlpgsqlBody ReadDo(string body) => Read(static text => "DO LANGUAGE plpgsql " + Quote(text), body);

    /// <summary>The body of a function.</summary>
    /// <param name="head">The function's CREATE FUNCTION up to its body, as pg_get_functiondef writes it: ends with AS.</param>
    /// <param name="body">The body itself, unquoted.</param>
    public PlpgsqlBody ReadFunction(string head, string body) => Read(text => head + " " + Quote(text), body);

    private static string Quote(string text) => "E'" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal) + "'";

    private PlpgsqlBody Read(Func<string, string> frame, string body)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(body);
        if (ScannedTokens.Read(parser, ScannedTokens.Cleaned(utf8)) is not { } tokens)
        {
            return PlpgsqlBody.Unreadable("it cannot be split into tokens", isLasting: false);
        }

        PlpgsqlDeclarations declarations = new(utf8, tokens);
        if (declarations.Fault is not null)
        {
            return PlpgsqlBody.Unreadable(declarations.Fault);
        }

        ParseOutcome<PlpgsqlNodes> outcome = parser.ParsePlpgsql(Encoding.UTF8.GetBytes(frame(declarations.WithRecords())), PlpgsqlNodes.Read);
        if (!outcome.Succeeded || outcome.Value.Fault is not null)
        {
            string fault = outcome.Value?.Fault ?? outcome.Error?.Message ?? "it does not parse";
            return PlpgsqlBody.Unreadable(fault, outcome.Succeeded && !fault.Contains("out of memory", StringComparison.Ordinal) && !fault.Contains("memory exhausted", StringComparison.Ordinal));
        }

        if (declarations.Initialisers(outcome.Value.Records, outcome.Value.Declared) is not { } initialisers)
        {
            return PlpgsqlBody.Unreadable("its declarations are not those that the parser found");
        }

        Parts parts = new(_statements, parser);
        foreach (PlpgsqlText text in outcome.Value.Texts.Concat(initialisers.Select(static sql => new PlpgsqlText(sql, PlpgsqlForm.Expression, IsRun: false))))
        {
            parts.Add(text);
        }

        return parts.ToBody();
    }

    /// <summary>The statements that a body's texts are read as.</summary>
    private sealed class Parts(StatementReader statements, PgQueryParser parser)
    {
        private readonly ImmutableArray<Statement>.Builder _statements = ImmutableArray.CreateBuilder<Statement>();
        private readonly ImmutableArray<string>.Builder _built = ImmutableArray.CreateBuilder<string>();
        private string? _fault;
        private bool _isLasting = true;

        public PlpgsqlBody ToBody() => _fault is null ? new(_statements.ToImmutable(), _built.ToImmutable(), null) : PlpgsqlBody.Unreadable(_fault, _isLasting);

        public void Add(PlpgsqlText text)
        {
            switch (text)
            {
                case { IsRun: true }:
                    AddRun(text.Sql);
                    break;
                case { Form: PlpgsqlForm.Statement }:
                    Parse(text.Sql);
                    break;
                case { Form: PlpgsqlForm.Expression }:
                    Parse("SELECT " + text.Sql);
                    break;
                default:
                    AddAssignment(text.Sql);
                    break;
            }
        }

        // As the argument of a call it is seen whether it is a constant, and only one.
        private void AddRun(string sql)
        {
            Parse("SELECT " + sql);
            ParseOutcome<ImmutableArray<Statement>> asArgument = statements.Read(Encoding.UTF8.GetBytes("SELECT f(" + sql + "\n)"));
            if (asArgument.Value is [{ Calls: [{ Arguments: [{ } constant] }] }])
            {
                Parse(constant);
            }
            else
            {
                _built.Add(sql);
            }
        }

        private void AddAssignment(string sql)
        {
            if (SqlAssignment.Split(parser, sql) is var (target, value))
            {
                Parse("SELECT " + target);
                Parse("SELECT " + value);
            }
            else
            {
                // What PL/pgSQL's parser took for one has tokens: it was time or memory.
                Fail("an assignment in it cannot be split", isLasting: false);
            }
        }

        private void Parse(string sql)
        {
            ParseOutcome<ImmutableArray<Statement>> outcome = statements.Read(Encoding.UTF8.GetBytes(sql));
            if (outcome.Succeeded)
            {
                _statements.AddRange(outcome.Value);
            }
            else
            {
                Fail(outcome.Error.Message, outcome.Error.IsLasting);
            }
        }

        private void Fail(string fault, bool isLasting)
        {
            if (_fault is null)
            {
                (_fault, _isLasting) = (fault, isLasting);
            }
        }
    }
}
