using System.Collections.Immutable;
using Lockplane.Sql.PgQuery;
using Lockplane.Sql.Statements;

namespace Lockplane.Tests.Sql;

/// <summary>One parser for all tests of the process, its compiled module kept beside the test's assembly.</summary>
internal static class TestParser
{
    public static PgQueryParser Shared { get; } = new(new PgQueryOptions { CacheFolder = Path.Combine(AppContext.BaseDirectory, "pgquery") });

    public static StatementReader Reader { get; } = new(Shared);

    /// <summary>The only statement of a text that parses.</summary>
    public static Statement Single(string sql)
    {
        ParseOutcome<ImmutableArray<Statement>> outcome = Reader.Read(System.Text.Encoding.UTF8.GetBytes(sql));
        Assert.Null(outcome.Error);
        return Assert.Single(outcome.Value);
    }
}
