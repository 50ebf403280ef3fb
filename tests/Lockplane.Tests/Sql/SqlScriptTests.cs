using Lockplane.Sql.PgQuery;
using Lockplane.Sql.Statements;

namespace Lockplane.Tests.Sql;

public class SqlScriptTests
{
    [Fact]
    public void Statements_are_cut_out_with_line_column_and_comments()
    {
        SqlScript script = Split("-- é first\nSELECT ';' AS a; /* one /* nested ; */ */ -- two\n  ;;\n\tSELECT $$ ; -- $$ -- inside\n;\n-- last");

        Assert.Equal(["SELECT ';' AS a", "SELECT $$ ; -- $$ -- inside\n"], script.Statements.Select(statement => statement.Text));
        Assert.Equal([(2, 1), (4, 2)], script.Statements.Select(statement => (statement.Line, statement.Column)));
        Assert.Equal(["-- é first"], script.Statements[0].Comments.Select(comment => comment.Text));
        Assert.Equal([("/* one /* nested ; */ */", 2), ("-- two", 2)], script.Statements[1].Comments.Select(comment => (comment.Text, comment.Line)));
        Assert.Equal(["-- last"], script.TrailingComments.Select(comment => comment.Text));
    }

    [Fact]
    public void A_directive_before_a_statement_is_its_comment()
    {
        SqlScript script = Split("CREATE TABLE a (b int);\n-- lockplane: renamed from a\nCREATE TABLE c (b int)");

        Assert.Equal("-- lockplane: renamed from a", Assert.Single(script.Statements[1].Comments).Text);
        Assert.Equal("CREATE TABLE c (b int)", script.Statements[1].Text);
    }

    [Fact]
    public void Offsets_are_bytes_and_columns_are_characters()
    {
        ScriptStatement second = Split("SELECT 'é日'; SELECT 2").Statements[1];

        Assert.Equal(16, second.Statement.Offset);
        Assert.Equal(14, second.Column);
    }

    [Fact]
    public void A_text_that_does_not_parse_has_an_error() => Assert.Equal("42601", SqlScript.Split(TestParser.Reader, "SELECT 1; SELEC").Error?.SqlState);

    private static SqlScript Split(string sql)
    {
        ParseOutcome<SqlScript> outcome = SqlScript.Split(TestParser.Reader, sql);
        Assert.Null(outcome.Error);
        return outcome.Value!;
    }
}
