using System.Globalization;
using Lockplane.Cli;
using Lockplane.Schema.Dsl;
using Lockplane.Schema.Plans;
using Lockplane.Sql.Errors;
using Lockplane.Tests.Sql;

namespace Lockplane.Tests.Schema;

/// <summary>How statements of a plan say how many rows they touch.</summary>
public sealed class DataChangeRulesTests
{
    private static readonly StatementRules Rules = new(TestParser.Shared);

    [Theory]
    [InlineData("-- lockplane: rows 1..100\nUPDATE a SET b = 1", "1..100")]
    [InlineData("--lockplane:rows ..100\n-- why\n\nDELETE FROM a", "0..100")]
    [InlineData("INSERT INTO a VALUES (1) -- LOCKPLANE: Rows 5", "5..5")]
    [InlineData("INSERT INTO a VALUES (1); -- lockplane: rows 1 .. 2", "1..2")]
    [InlineData("UPDATE a\n  SET b = 1\n-- lockplane: rows 0..0\n;", "0..0")]
    [InlineData("CREATE TABLE a (id int);\n-- lockplane: rows 2\nINSERT INTO a VALUES (1), (2);\nDELETE FROM a; -- lockplane: rows 1\n", "-,2..2,1..1")]
    [InlineData("-- lockplane: rows 3\nMERGE INTO s.a USING b ON a.id = b.id WHEN MATCHED THEN DELETE;\nCREATE FUNCTION f() RETURNS void BEGIN ATOMIC DELETE FROM a; END", "3..3,-")]
    [InlineData("-- lockplane: rows 1\nINSERT INTO a VALUES ('-- lockplane: rows 7')", "1..1")]
    public void A_data_change_says_it_in_the_line_above_or_at_its_end(string sql, string expected) =>
        Assert.Equal(expected, string.Join(',', Rules.CheckPlanStatements(sql, "x.sql").Select(s => s.Change is { Rows: var rows } ? string.Create(CultureInfo.InvariantCulture, $"{rows.Min}..{rows.Max}") : "-")));

    [Theory]
    [InlineData("CREATE TABLE t (id int);\n  UPDATE a SET b = 1;", "LP204", "x.sql:2:3: an update changes rows", "-- lockplane: rows 1..100")]
    [InlineData("INSERT INTO a SELECT 1;", "LP204", "x.sql:1:1: an insert changes rows", "in the line above")]
    [InlineData("-- lockplane: rows 1..\nDELETE FROM a;", "LP204", "x.sql:1:1: the directive does not say how many rows", "rows 1..100")]
    [InlineData("-- lockplane: rows ..\nDELETE FROM a;", "LP204", "x.sql:1:1:", "rows 1..100")]
    [InlineData("-- lockplane: rows 5..1\nDELETE FROM a;", "LP202", "x.sql:1:1: 5 is more than 1", "least first")]
    [InlineData("-- lockplane: rows 99999999999999999999\nDELETE FROM a;", "LP202", "x.sql:1:1: the number", "smaller")]
    [InlineData("-- lockplane: rows five\nDELETE FROM a;", "LP202", "x.sql:1:1: \"rows five\" is no directive", "rows 1..100")]
    [InlineData("/* lockplane: rows 5 */\nDELETE FROM a;", "LP202", "x.sql:1:1: a directive is a comment of one line", "two hyphens")]
    [InlineData("CREATE TABLE t (id int);\n -- lockplane: rows 5\nALTER TABLE t ADD b int;", "LP202", "x.sql:2:2: the directive is at no data change", "INSERT")]
    [InlineData("-- lockplane: rows 5\nCREATE TABLE t AS SELECT 1;", "LP202", "x.sql:1:1: the directive is at no data change", "INSERT")]
    [InlineData("DELETE\n-- lockplane: rows 5\nFROM a;", "LP202", "x.sql:2:1: the directive is at no data change", "at its end")]
    [InlineData("-- lockplane: rows 5\nDELETE FROM a; -- lockplane: rows 6", "LP202", "x.sql:2:16: the statement has said before", "Leave one")]
    [InlineData("-- lockplane: renamed from b\nALTER TABLE b RENAME TO a;", "LP202", "x.sql:1:1: \"renamed from b\" is a directive of schema files", "ALTER ... RENAME")]
    [InlineData("-- lockplane: rows 1\nWITH d AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM d;", "LP201", "x.sql:2:1: insert (InsertStmt) holds a delete", "a statement of its own")]
    [InlineData("CREATE TABLE n AS WITH d AS (DELETE FROM a RETURNING *) SELECT * FROM d;", "LP201", "holds a delete", "a statement of its own")]
    [InlineData("WITH d AS (DELETE FROM a RETURNING *) SELECT * FROM d;", "LP201", "holds a delete", "a statement of its own")]
    [InlineData("-- lockplane: rows 1\nUPDATE pg_class SET relname = 'x';", "LP201", "Postgres's own catalogs", "")]
    [InlineData("-- lockplane: rows 1\nDELETE FROM lockplane.ledger;", "LP201", "names lockplane", "")]
    [InlineData("CREATE SCHEMA AUTHORIZATION lockplane;", "LP201", "names lockplane", "")]
    [InlineData("ALTER TABLE a OWNER TO lockplane; DROP TABLE lockplane.plan;", "LP201", "names lockplane", "")]
    [InlineData("-- lockplane: rows 1\nINSERT INTO a SELECT ('x'::text).pg_read_file;", "LP201", "calls pg_read_file", "")]
    [InlineData("-- lockplane: rows 1\nINSERT INTO a SELECT pg_read_file('x');", "LP201", "calls pg_read_file", "")]
    public void What_is_left_out_or_does_not_fit_is_said_with_its_place_and_what_to_write(string sql, string code, string message, string hint)
    {
        LockplaneException refusal = Assert.Throws<LockplaneException>(() => Rules.CheckPlanStatements(sql, "x.sql"));
        Assert.Equal(code, refusal.Code.Code);
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(hint, refusal.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ALTER TABLE a OWNER TO lockplane")]
    [InlineData("GRANT SELECT ON a TO lockplane")]
    [InlineData("CREATE USER MAPPING FOR b SERVER s OPTIONS (user 'u', password '${secret:S_B_PASSWORD}', password_required 'false')")]
    [InlineData("CREATE FOREIGN TABLE a (id int OPTIONS (key 'true')) SERVER s")]
    public void A_role_may_be_called_as_our_schema_and_a_secret_has_a_placeholder(string sql) => Assert.Single(Rules.CheckPlanStatements(sql));

    [Fact]
    public void A_schema_file_has_no_rows()
    {
        LockplaneException refusal = Assert.Throws<LockplaneException>(() => new SchemaFileReader(TestParser.Shared).Read([new SchemaFile("x.sql", "-- lockplane: rows 1\nCREATE TABLE a (id int);")]));
        Assert.Equal(ErrorCodes.Directive, refusal.Code);
    }

    [Fact]
    public void A_step_of_a_plan_file_has_its_rows()
    {
        string sql = SchemaSource.StatementsOf("plan.json", """
            {"steps": [{"description": "a", "sql": "CREATE TABLE a (id int) -- first"}, {"sql": "INSERT INTO a VALUES (1)", "rows": {"min": 1, "max": 2}}, {"sql": "DELETE FROM a", "rows": {"max": 9}}]}
            """);
        Assert.Equal([null, new RowBounds(1, 2), new RowBounds(0, 9)], Rules.CheckPlanStatements(sql).Select(s => s.Change?.Rows));
        Assert.Throws<UsageException>(() => SchemaSource.StatementsOf("plan.json", """{"steps": [{"sql": "DELETE FROM a", "rows": {"min": 1}}]}"""));
        Assert.Throws<UsageException>(() => SchemaSource.StatementsOf("plan.json", """{"steps": [{"sql": "DELETE FROM a", "rows": 5}]}"""));
    }

    [Fact]
    public void A_restoring_statement_is_one_statement_and_the_same_every_time()
    {
        KeptRows rows = new(2, "s", "A b", ["id"], ["v"], ["id"]);
        Assert.Equal(RestoringSql.Of(rows), RestoringSql.Of(rows with { }));
        Assert.Contains("lockplane.kept_rows(${entry}, 2)", RestoringSql.Of(rows), StringComparison.Ordinal);
        Assert.Contains("lockplane.kept_rows(7, 2)", RestoringSql.Of(rows with { Entry = 7 }), StringComparison.Ordinal);
        Assert.DoesNotContain("lockplane", RestoringSql.OfNoRows(rows), StringComparison.Ordinal);
    }
}
