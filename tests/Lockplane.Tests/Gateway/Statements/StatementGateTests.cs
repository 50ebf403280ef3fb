using System.Text;
using Lockplane.Gateway;
using Lockplane.Gateway.Statements;
using Lockplane.Sql.Errors;
using Lockplane.Sql.Statements;
using Lockplane.Tests.Sql;

namespace Lockplane.Tests.Gateway.Statements;

public class StatementGateTests
{
    private static readonly StatementGate Gate = new(TestParser.Shared, Profile.Application());

    public static TheoryData<string, string> Refused => Cases("refused.txt");

    public static TheoryData<string, string> SchemaChanges => Cases("schema-changes.txt");

    public static TheoryData<string, string> Permitted => Cases("permitted.txt");

    public static TheoryData<string, string> PermittedWhereFunctionsAreKnown => Cases("permitted-known.txt");

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_bypass_is_refused_with_its_code(string heading, string sql)
    {
        Verdict verdict = Judge(Gate, sql);

        Assert.Equal(VerdictKind.Refuse, verdict.Kind);
        Assert.Equal(heading.Split(' ')[0], verdict.Refusal?.Code);
        Assert.NotEmpty(verdict.Refusal!.Message);
        Assert.True(verdict.Refusal.Code == "42601" || (verdict.Refusal.Detail?.Length > 0 && verdict.Refusal.Hint?.Length > 0));
        Assert.InRange(verdict.Refusal.Position, 1, sql.Length + 1);
    }

    [Theory]
    [MemberData(nameof(SchemaChanges))]
    public void A_schema_change_in_any_shell_is_seen(string heading, string sql)
    {
        Verdict verdict = Judge(Gate, sql);

        Assert.NotEmpty(heading);
        Assert.Equal(VerdictKind.Ddl, verdict.Kind);
        Assert.Equal("LP301", verdict.Refusal?.Code);
    }

    [Theory]
    [MemberData(nameof(Permitted))]
    public void An_ordinary_statement_passes(string heading, string sql)
    {
        Assert.Empty(heading);
        Assert.Equal(Verdict.Permitted, Judge(Gate, sql));
    }

    [Theory]
    [MemberData(nameof(PermittedWhereFunctionsAreKnown))]
    public void Forms_of_a_newer_grammar_pass_where_no_function_of_the_database_bears_their_name(string heading, string sql)
    {
        StatementGate informed = new(TestParser.Shared, Profile.Application(), facts: new DatabaseFacts { Current = new CatalogFacts([], [], [], [], []) });
        Assert.Empty(heading);
        Assert.Equal(Verdict.Permitted, Judge(informed, sql));
        Assert.Equal("LP311", Judge(Gate, sql).Refusal?.Code);
    }

    [Fact]
    public void A_name_of_very_many_parts_is_judged_at_once() =>
        Assert.Equal(VerdictKind.Permit, Judge(Gate, "SELECT a" + string.Concat(Enumerable.Repeat(".a", 400_000))).Kind);

    [Fact]
    public void A_refusal_beside_a_schema_change_decides() =>
        Assert.Equal("LP310", Judge(Gate, "CREATE TABLE t (a int); DO $$begin end$$").Refusal?.Code);

    [Fact]
    public void The_detail_names_the_function_and_its_position_in_characters()
    {
        Refusal? refusal = Judge(Gate, "SELECT 'é', become('x')").Refusal;

        Assert.Equal(13, refusal?.Position);
        Assert.Equal("become is used as a function, at character 13.", refusal?.Detail);
    }

    [Fact]
    public void Additions_open_functions_settings_and_nodes()
    {
        StatementGate gate = new(TestParser.Shared, Profile.Application(new ProfileAdditions
        {
            AllowFunctions = ["public.become", "setval"], AllowSettings = ["work_mem"], AllowNodes = ["LockStmt"],
        }));

        foreach (string sql in new[] { "SELECT public.become(1), become(2), setval('s', 1), pg_catalog.setval('s', 1)", "SET Work_Mem = '1MB'", "LOCK TABLE t" })
        {
            Assert.Equal(Verdict.Permitted, Judge(gate, sql));
        }

        Assert.Equal("LP311", Judge(gate, "SELECT other.become(1)").Refusal?.Code);
    }

    [Fact]
    public void No_addition_opens_context_role_or_encoding()
    {
        StatementGate gate = new(TestParser.Shared, Profile.Application(new ProfileAdditions
        {
            AllowFunctions = ["set_config", "pg_catalog.set_config"], AllowSettings = ["app.tenant_id", "role", "client_encoding", "standard_conforming_strings", "session_authorization"],
        }));

        foreach (string sql in new[] { "SET app.tenant_id = 'x'", "SELECT set_config('app.tenant_id', 'x', true)", "SELECT set_config($1, 'x', true)", "SET ROLE x", "SET NAMES 'SJIS'",
            "SET standard_conforming_strings = off", "SET SESSION AUTHORIZATION x" })
        {
            Assert.Equal("42501", Judge(gate, sql).Refusal?.Code);
        }
    }

    [Theory]
    [InlineData("CreateStmt")]
    [InlineData("IntoClause")]
    public void A_profile_cannot_be_given_nodes_that_would_open_the_gate(string node) =>
        Assert.Equal(ErrorCodes.Configuration, Assert.Throws<LockplaneException>(() => Profile.Application(new ProfileAdditions { AllowNodes = [node] })).Code);

    [Fact]
    public void Other_prefixes_of_the_context_are_as_closed()
    {
        StatementGate gate = new(TestParser.Shared, Profile.Application(new ProfileAdditions { ContextPrefixes = ["ctx."] }));

        Assert.Equal("42501", Judge(gate, "SET ctx.x = 1").Refusal?.Code);
        Assert.Equal("LP312", Judge(gate, "SET app.x = 1").Refusal?.Code);
    }

    [Fact]
    public void Text_over_the_limit_is_refused_with_what_to_do()
    {
        Refusal? refusal = new StatementGate(TestParser.Shared, Profile.Application(), maxStatementBytes: 8).Judge("SELECT 1;"u8).Refusal;

        Assert.Equal("54000", refusal?.Code);
        Assert.NotNull(refusal?.Hint);
    }

    [Fact]
    public void Names_of_columns_beside_functions_in_from_are_limited()
    {
        string names = string.Join(',', Enumerable.Range(0, 2_000).Select(n => $"a.c{n}"));
        string functions = string.Join(',', Enumerable.Range(0, 1_000).Select(n => $"lower('x') f{n}"));

        Assert.Equal("54000", Judge(Gate, $"SELECT {names} FROM {functions}").Refusal?.Code);
        Assert.Equal(Verdict.Permitted, Judge(Gate, $"SELECT {names} FROM a"));
    }

    [Fact]
    public void No_function_that_runs_text_files_or_sessions_is_on_the_allow_list()
    {
        HashSet<string> allowed = NameLists.Read("functions-stable.txt").Union(NameLists.Read("functions-volatile.txt")).ToHashSet();

        Assert.Empty(NameLists.Read("functions-refused.txt").Intersect(allowed));
        Assert.Empty(NameLists.Read("result-columns.txt").Intersect(NameLists.Read("functions-one-argument.txt").Except(allowed)));
    }

    private static Verdict Judge(StatementGate gate, string sql) => gate.Judge(Encoding.UTF8.GetBytes(sql));

    private static TheoryData<string, string> Cases(string file)
    {
        TheoryData<string, string> data = new();
        foreach ((string heading, string text) in Fixture.Cases("gate", file))
        {
            data.Add(heading, text);
        }

        return data;
    }
}
