using System.Collections.Immutable;
using System.Text;
using Lockplane.Sql.PgQuery;
using Lockplane.Sql.Statements;

namespace Lockplane.Tests.Sql;

public class StatementReaderTests
{
    [Theory]
    [InlineData("EXPLAIN ANALYZE SELECT f(1)")]
    [InlineData("PREPARE p AS SELECT f(1)")]
    [InlineData("DECLARE c CURSOR FOR SELECT f(1)")]
    [InlineData("COPY (SELECT f(1)) TO STDOUT")]
    [InlineData("WITH x AS (DELETE FROM t RETURNING f(1)) SELECT 1")]
    [InlineData("CREATE VIEW v AS SELECT f(1)")]
    [InlineData("CREATE RULE r AS ON INSERT TO t DO SELECT f(1)")]
    [InlineData("CREATE TABLE t (a int DEFAULT f(1))")]
    [InlineData("INSERT INTO t VALUES (DEFAULT) ON CONFLICT (f(1)) DO NOTHING")]
    [InlineData("SELECT 1 FROM a JOIN LATERAL f(1) ON true")]
    [InlineData("SELECT 1 UNION SELECT f(1)")]
    [InlineData("SELECT XMLELEMENT(NAME a, f(1))")]
    [InlineData("EXECUTE p(f(1))")]
    public void Calls_are_found_in_every_embedded_statement(string sql)
    {
        CallFact call = Assert.Single(TestParser.Single(sql).Calls);

        Assert.Equal("f", call.Name);
        Assert.Equal(["1"], call.Arguments);
        Assert.Equal(sql.IndexOf("f(1)", StringComparison.Ordinal), call.Location);
    }

    [Fact]
    public void Constant_arguments_have_their_text_and_others_none()
    {
        CallFact call = Assert.Single(TestParser.Single("SELECT s.f('a', '', 0, 2, 1.5, true, false, NULL, $1, -a, b => 'c')").Calls);

        Assert.Equal("s", call.Schema);
        Assert.Equal(["a", "", "0", "2", "1.5", "true", "false", null, null, null, null], call.Arguments);
    }

    [Fact]
    public void Names_are_those_after_folding_and_unescaping() =>
        Assert.Equal(["set_config", "Set_Config", "set_config"], TestParser.Single("SELECT SET_Config(1), \"Set_Config\"(1), U&\"set\\005fconfig\"(1)").Calls.Select(call => call.Name));

    [Fact]
    public void Settings_are_found_with_action_and_values()
    {
        Assert.Equal((SettingAction.Set, "app.x", "a"), Setting("SET app.x = a"));
        Assert.Equal((SettingAction.Set, "work_mem", "0"), Setting("SET LOCAL work_mem = 0"));
        Assert.Equal((SettingAction.SetDefault, "App.X", ""), Setting("SET \"App\".\"X\" TO DEFAULT"));
        Assert.Equal((SettingAction.SetFromCurrent, "x", ""), Setting("SET x FROM CURRENT"));
        Assert.Equal((SettingAction.Reset, "x", ""), Setting("RESET x"));
        Assert.Equal((SettingAction.ResetAll, "", ""), Setting("RESET ALL"));
        Assert.Equal((SettingAction.SetTransaction, "TRANSACTION", ""), Setting("SET TRANSACTION READ ONLY"));
        Assert.Equal((SettingAction.Set, "role", "none"), Setting("SET ROLE NONE"));
        Assert.Equal((SettingAction.Set, "y", "1"), Setting("CREATE FUNCTION f() RETURNS int LANGUAGE sql SET y = 1 AS ''"));
    }

    [Fact]
    public void Relations_are_told_apart_by_what_is_done_to_them()
    {
        Statement statement = TestParser.Single("WITH d AS (DELETE FROM a.d RETURNING 1) INSERT INTO i SELECT * FROM s.r, d");

        Assert.Equal(["d", "i"], statement.Relations.Where(relation => relation.Access == RelationAccess.Write).Select(relation => relation.Name).Order());
        Assert.Contains(statement.Relations, relation => relation is { Schema: "s", Name: "r", Access: RelationAccess.Read });
        Assert.Equal(RelationAccess.Write, Assert.Single(TestParser.Single("COPY t FROM STDIN").Relations).Access);
        Assert.Equal(RelationAccess.Read, Assert.Single(TestParser.Single("COPY t TO STDOUT").Relations).Access);
    }

    [Theory]
    [InlineData("COPY t FROM STDIN", true, CopyTarget.Client)]
    [InlineData("COPY t TO '/x'", false, CopyTarget.File)]
    [InlineData("COPY (SELECT 1) TO PROGRAM 'x'", false, CopyTarget.Program)]
    public void Copies_have_direction_and_target(string sql, bool isFrom, CopyTarget target) =>
        Assert.Equal(new CopyFact(isFrom, target), Assert.Single(TestParser.Single(sql).Copies));

    [Fact]
    public void Attribute_notation_is_found_with_its_qualifier()
    {
        Statement statement = TestParser.Single("SELECT a.b, s.t.c, t.*, d, (x).e.f, (y).*, ('z'::text).g FROM lower('q') AS h (i), CAST('r' AS text)");

        Assert.Equal([("a", "b"), ("s.t", "c"), (null, "e"), (null, "f"), (null, "g")], statement.Attributes.Select(attribute => (attribute.Qualifier, attribute.Name)));
        Assert.Equal([("h", "lower", "i"), (null, null, "")], statement.RangeFunctions.Select(function => (function.Alias, function.Function, string.Join(',', function.Columns))));
    }

    [Fact]
    public void Operators_are_found_written_or_implied_each_name_once() => Assert.Equal(
        ["a.+", "b.=", "=", "c.<", "<", "<=", ">", ">=", "~~", "||"],
        TestParser.Single("""
            SELECT 1 OPERATOR(a.+) 2, 1 OPERATOR(b.=) ANY (SELECT 1) FROM t WHERE CASE d WHEN 1 THEN true END AND e BETWEEN 1 AND 2 AND f LIKE 'x' AND g = h || i
            ORDER BY x USING OPERATOR(c.<)
            """).Operators.Select(op => op.Schema is null ? op.Name : op.Schema + "." + op.Name).Order(StringComparer.Ordinal)
            .OrderBy(name => Array.IndexOf(["a.+", "b.=", "=", "c.<", "<", "<=", ">", ">=", "~~", "||"], name)));

    [Fact]
    public void Types_are_found_each_name_once() => Assert.Equal(
        [("pg_catalog", "int4"), (null, "text"), ("s", "t")], TestParser.Single("SELECT 1::int, '2'::text, '3'::text, CAST(x AS s.t[])").Types.Select(type => (type.Schema, type.Name)));

    [Theory]
    [InlineData("DO $$begin end$$", null, "begin end")]
    [InlineData("DO LANGUAGE PLpgSQL 'x'", "plpgsql", "x")]
    [InlineData("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "sql", "SELECT 1")]
    [InlineData("CREATE PROCEDURE f() LANGUAGE c AS 'lib', 'symbol'", "c", "lib")]
    public void Code_in_strings_is_a_fact(string sql, string? language, string text)
    {
        BodyFact body = Assert.Single(TestParser.Single(sql).Bodies);

        Assert.Equal((language, text), (body.Language, body.Text));
    }

    [Theory]
    [InlineData("CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT g(1); SELECT 2; END")]
    [InlineData("CREATE FUNCTION f() RETURNS int RETURN g(1)")]
    [InlineData("CREATE FUNCTION f(a int DEFAULT g(1)) RETURNS int LANGUAGE sql AS ''")]
    [InlineData("CREATE SCHEMA s CREATE VIEW v AS SELECT g(1)")]
    public void What_a_definition_holds_outside_of_strings_is_found(string sql) => Assert.Equal("g", Assert.Single(TestParser.Single(sql).Calls).Name);

    [Fact]
    public void Each_node_type_is_listed_once()
    {
        Statement statement = TestParser.Single("SELECT DISTINCT a, b INTO c FROM t");

        Assert.Equal(statement.Nodes.Length, statement.Nodes.Select(node => node.Type).Distinct().Count());
        Assert.NotNull(statement.Node("IntoClause"));
        Assert.Null(statement.Node("CopyStmt"));
        Assert.True(StatementClasses.ChangesSchema(statement));
    }

    [Fact]
    public void Every_object_of_the_tree_has_a_known_type()
    {
        foreach ((string _, string sql) in new[] { "permitted.txt", "refused.txt", "schema-changes.txt" }.SelectMany(file => Fixture.Cases("gate", file)))
        {
            ParseOutcome<ImmutableArray<Statement>> outcome = TestParser.Reader.Read(Encoding.UTF8.GetBytes(sql));
            if (outcome.Succeeded)
            {
                Assert.DoesNotContain(outcome.Value.SelectMany(statement => statement.Nodes), node => node.Type.StartsWith('?'));
            }
        }
    }

    [Fact]
    public void An_empty_text_has_no_statements() => Assert.Empty(TestParser.Reader.Read(" ; -- x\n;"u8).Value);

    private static (SettingAction Action, string Name, string Values) Setting(string sql)
    {
        SettingFact setting = Assert.Single(TestParser.Single(sql).Settings);
        return (setting.Action, setting.Name, string.Join(',', setting.Values));
    }

    [Theory]
    [InlineData("DO 'BEGIN EXECUTE ''x''; END --' -- comment\n 'BEGIN NULL; END'")]
    [InlineData("DO 'BEGIN NULL; END' 'BEGIN NULL; END'")]
    [InlineData("DO 'BEGIN NULL; END' LANGUAGE plpgsql 'BEGIN NULL; END'")]
    public void A_body_that_Postgres_would_join_from_two_strings_is_not_read(string sql) =>
        Assert.Throws<InvalidDataException>(() => TestParser.Reader.Read(System.Text.Encoding.UTF8.GetBytes(sql)));
}
