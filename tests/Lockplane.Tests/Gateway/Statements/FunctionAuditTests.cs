using System.Collections.Immutable;
using System.Text;
using Lockplane.Gateway;
using Lockplane.Gateway.Statements;
using Lockplane.Tests.Sql;

namespace Lockplane.Tests.Gateway.Statements;

/// <summary>Functions outside of pg_catalog, judged by facts that the tests make up; by effect, and read from real servers, in the tests of Postgres.</summary>
public partial class FunctionAuditTests
{
    private static readonly string[] BuiltIn = ["lower", "now", "set_config", "query_to_xml", "pg_read_file", "texteq", "int4pl", "count", "upper"];

    [Theory]
    [InlineData("SELECT 1")]
    [InlineData("SELECT lower(a) FROM t WHERE b = $1")]
    [InlineData("INSERT INTO t VALUES ($1) RETURNING a")]
    [InlineData("SELECT set_config('application_name', 'x', true)")]
    public void A_function_in_SQL_passes_when_its_statements_do(string body) => AssertPasses("SELECT f(1), public.f(1), \"public\".f(2)", Sql("public.f", body));

    [Theory]
    [InlineData("SELECT set_config('app.tenant_id', 'x', false)", "app.tenant_id")]
    [InlineData("SELECT set_config(a, 'x', false) FROM t", "constant")]
    [InlineData("SELECT query_to_xml('select 1', true, true, '')", "query_to_xml")]
    [InlineData("SELECT pg_read_file('x')", "pg_read_file")]
    [InlineData("SELECT 1; SELECT ('x'::text).pg_read_file", "pg_read_file")]
    [InlineData("CREATE TABLE x (a int)", "changes the schema")]
    [InlineData("SELECT 1 INTO x", "changes the schema")]
    [InlineData("UPDATE pg_catalog.pg_settings SET setting = 'x'", "pg_settings")]
    [InlineData("SELECT 1 FROM pg_stat_activity", "pg_stat_activity")]
    [InlineData("LOCK TABLE t", "LOCK")]
    [InlineData("SELEC 1", "does not parse")]
    [InlineData("SELECT unknown_to_all(1)", "unknown_to_all")]
    public void A_function_in_SQL_is_refused_for_what_would_be_refused_as_a_statement(string body, string why) => AssertRefused("SELECT f(1)", why, Sql("public.f", body));

    [Theory]
    [InlineData("BEGIN ATOMIC SELECT pg_read_file('x'); END")]
    [InlineData("RETURN pg_read_file('x')")]
    public void A_body_of_the_SQL_standard_is_judged(string body)
    {
        AssertRefused("SELECT f()", "pg_read_file", Sql("public.f", "") with { Definition = "CREATE OR REPLACE FUNCTION public.f() RETURNS text LANGUAGE sql " + body });
        AssertPasses("SELECT f()", Sql("public.f", "") with { Definition = "CREATE OR REPLACE FUNCTION public.f() RETURNS text LANGUAGE sql " + body.Replace("pg_read_file", "lower", StringComparison.Ordinal) });
    }

    [Fact]
    public void Defaults_of_parameters_are_judged() =>
        AssertRefused("SELECT f()", "pg_read_file", Sql("public.f", "") with { Definition = "CREATE FUNCTION public.f(a text DEFAULT pg_read_file('x')) RETURNS int LANGUAGE sql AS 'SELECT 1'" });

    [Theory]
    [InlineData("BEGIN RETURN lower('x'); END")]
    [InlineData("DECLARE r record; t public.t%ROWTYPE; BEGIN SELECT 1 INTO r; t.a := r.b; IF FOUND THEN INSERT INTO t VALUES (t.a); END IF; RETURN 1; EXCEPTION WHEN OTHERS THEN RAISE; END")]
    [InlineData("BEGIN EXECUTE 'SELECT 1' || ''; RETURN 1; END", "EXECUTE")]
    [InlineData("BEGIN EXECUTE 'SELECT 1'; RETURN 1; END")]
    [InlineData("BEGIN EXECUTE 'SELECT set_config(''app.x'', ''y'', false)'; RETURN 1; END", "app.x")]
    [InlineData("BEGIN SET app.tenant_id = 'x'; RETURN 1; END", "app.tenant_id")]
    [InlineData("BEGIN SET LOCAL role = 'x'; RETURN 1; END", "role")]
    [InlineData("BEGIN SET work_mem = '1GB'; RETURN 1; END", "work_mem")]
    [InlineData("BEGIN RESET ALL; RETURN 1; END")]
    [InlineData("DECLARE r record := pg_read_file('x'); BEGIN RETURN 1; END", "pg_read_file")]
    [InlineData("DECLARE a text[]; BEGIN a[pg_read_file('x')] := 'y'; RETURN 1; END", "pg_read_file")]
    [InlineData("BEGIN DROP TABLE t; RETURN 1; END", "changes the schema")]
    [InlineData("BEGIN CREATE TEMP TABLE x AS SELECT 1; RETURN 1; END", "changes the schema")]
    [InlineData("BEGIN DO 'BEGIN PERFORM 1; END'; RETURN 1; END", "DO")]
    [InlineData("BEGIN RETURN QUERY EXECUTE a; END", "cannot be read")]
    [InlineData("BEGIN retur; END", "cannot be read")]
    public void A_function_in_PLpgSQL_is_judged_by_every_expression(string body, string? why = null)
    {
        CatalogFunction function = Plpgsql("public.f", body);
        if (why is null)
        {
            AssertPasses("SELECT f('x')", function);
        }
        else
        {
            AssertRefused("SELECT f('x')", why, function);
        }
    }

    [Fact]
    public void What_a_function_calls_is_judged_with_it_however_deep()
    {
        CatalogFunction[] chain = [Sql("public.a", "SELECT b()"), Plpgsql("public.b", "BEGIN RETURN s.c(); END"), Sql("s.c", "SELECT pg_read_file('x')")];

        AssertRefused("SELECT a()", "public.b", chain);
        AssertPasses("SELECT a()", [.. chain[..2], Sql("s.c", "SELECT lower('x')")]);
    }

    [Fact]
    public void A_circle_of_calls_passes_whole_or_not_at_all()
    {
        CatalogFunction[] circle = [Sql("public.a", "SELECT b()"), Sql("public.b", "SELECT a() WHERE c() > 1"), Sql("public.c", "SELECT c() + a()")];

        AssertPasses("SELECT a(), b(), c()", circle);
        foreach (string first in new[] { "a", "b", "c" })
        {
            // Whichever is judged first, none of the circle may come to pass by having been taken for granted.
            StatementGate gate = Gate(null, [.. circle[..2], Sql("public.c", "SELECT a() + pg_read_file('x')")]);
            foreach (string sql in new[] { $"SELECT {first}()", "SELECT a()", "SELECT b()", "SELECT c()" })
            {
                Assert.Equal("LP311", Judge(gate, sql).Refusal?.Code);
            }
        }
    }

    [Fact]
    public void Without_a_schema_every_function_of_the_name_must_pass()
    {
        CatalogFunction[] both = [Sql("public.f", "SELECT 1"), Sql("evil.f", "SELECT pg_read_file('x')")];

        AssertPasses("SELECT public.f(1)", both);
        AssertRefused("SELECT evil.f(1)", "pg_read_file", both);
        AssertRefused("SELECT f(1)", "evil.f", both);
        AssertRefused("SELECT public.f(1)", "pg_read_file", [Sql("public.f", "SELECT 1"), Sql("public.f", "SELECT pg_read_file('x')")]);
        AssertRefused("SELECT lower('x')", "pg_read_file", Sql("public.lower", "SELECT pg_read_file('x')"));
        AssertPasses("SELECT pg_catalog.lower('x')", Sql("public.lower", "SELECT pg_read_file('x')"));
        AssertRefused("SELECT pg_read_file('x')", "pg_read_file", Sql("public.pg_read_file", "SELECT 1"));
        AssertPasses("SELECT public.pg_read_file('x')", Sql("public.pg_read_file", "SELECT 1"));
        AssertRefused("SELECT set_config('application_name', 'x', true)", "public.set_config", Sql("public.set_config", "SELECT pg_read_file('x')"));
        AssertRefused("SELECT other.f(1), nowhere(1)", "other.f", both);
    }

    [Fact]
    public void What_cannot_be_judged_is_refused_until_it_is_named()
    {
        CatalogFunction definer = Sql("public.f", "SELECT 1") with { IsSecurityDefiner = true };
        AssertRefused("SELECT f()", "SECURITY DEFINER", definer);
        AssertPasses("SELECT f()", definer with { Settings = ["search_path=\"\""] });
        CatalogFunction[] unjudged =
        [
            definer, Sql("public.f", "SELECT 1") with { Settings = ["app.tenant_id=x"] }, Sql("public.f", "SELECT 1") with { Settings = ["search_path=a", "row_security=off"] },
            Sql("public.f", "") with { Language = "plpython3u" }, Sql("public.f", "") with { Language = "plperl" }, Sql("public.f", "") with { Language = "c" }, Sql("public.f", "") with { Language = "internal" },
            Sql("public.f", "") with { Definition = null }, Plpgsql("public.f", "BEGIN EXECUTE a; END"),
        ];
        foreach (CatalogFunction function in unjudged)
        {
            AssertRefused("SELECT f('x')", "public.f", function);
            Assert.Equal(VerdictKind.Permit, Judge(Gate(["public.f"], function), "SELECT public.f('x'), f('x')").Kind);
            Assert.Equal(VerdictKind.Refuse, Judge(Gate(["f", "other.f"], function), "SELECT f('x')").Kind);
        }
    }

    [Fact]
    public void Naming_a_function_does_not_open_one_of_pg_catalog_that_bears_its_name()
    {
        StatementGate gate = Gate(["public.pg_read_file"], Sql("public.pg_read_file", "SELECT 1"));

        Assert.Equal(VerdictKind.Permit, Judge(gate, "SELECT public.pg_read_file('x')").Kind);
        Assert.Equal(VerdictKind.Refuse, Judge(gate, "SELECT pg_read_file('x')").Kind);
        Assert.Equal(VerdictKind.Refuse, Judge(gate, "SELECT pg_catalog.pg_read_file('x')").Kind);
    }

    [Theory]
    [InlineData("pgcrypto", "digest", true)]
    [InlineData("pg_trgm", "similarity", true)]
    [InlineData("uuid-ossp", "uuid_generate_v4", true)]
    [InlineData("postgis", "st_intersects", true)]
    [InlineData("postgis", "st_fromflatgeobuftotable", false)]
    [InlineData("postgis", "lockrow", false)]
    [InlineData("vector", "cosine_distance", true)]
    [InlineData("vector", "hnswhandler", false)]
    [InlineData("dblink", "dblink_exec", false)]
    [InlineData("tablefunc", "crosstab", false)]
    [InlineData("xml2", "xpath_table", false)]
    [InlineData("lo", "lo_manage", false)]
    [InlineData("postgres_fdw", "postgres_fdw_disconnect", false)]
    [InlineData("made_up", "digest", false)]
    [InlineData(null, "digest", false)]
    public void Code_in_C_passes_by_its_extension(string? extension, string name, bool passes)
    {
        CatalogFunction function = new() { Name = new("public", name), Language = "c", Extension = extension };

        Assert.Equal(passes ? VerdictKind.Permit : VerdictKind.Refuse, Judge(Gate(null, function), $"SELECT public.{name}('x')").Kind);
    }

    [Fact]
    public void Attribute_notation_calls_functions_of_one_argument()
    {
        CatalogFunction evil = Sql("public.status", "SELECT pg_read_file('x')");

        // Of two arguments: not callable so.
        AssertPasses("SELECT t.status, (x).status FROM t, x", evil);
        AssertPasses("SELECT t.status FROM t", evil with { TakesOne = true });
        AssertRefused("SELECT (x).status FROM x", "status", evil with { TakesOne = true });
        AssertRefused("SELECT (x).a.status FROM x", "status", evil with { TakesOne = true });
        AssertRefused("SELECT h.status FROM lower('x') h", "status", evil with { TakesOne = true });
        AssertRefused("SELECT t.status FROM t", "status", evil with { TakesOne = true, TakesRow = true });
        AssertRefused("SELECT s.t.status FROM s.t", "status", evil with { TakesOne = true, TakesRow = true });
        AssertPasses("SELECT t.status, (t).status FROM t", Sql("public.status", "SELECT 1") with { TakesOne = true, TakesRow = true });
    }

    [Fact]
    public void Fields_of_composite_values_pass_when_they_are_known()
    {
        AssertPasses("SELECT (address).city, (a.address).city, (f(1)).city FROM a", Sql("public.f", "SELECT 1"));
        AssertRefused("SELECT (address).pg_read_file FROM a", "pg_read_file");
        AssertRefused("SELECT (address).unknown_to_all FROM a", "unknown_to_all");
    }

    [Fact]
    public void A_field_of_the_name_of_a_function_of_Postgres_that_no_list_knows_is_refused()
    {
        DatabaseFacts facts = new() { Current = new CatalogFacts([], [], [], ["new_in_a_later_version", "name", "text", "date", "lower"], ["new_in_a_later_version", "name", "text", "date", "value", "lower"]) };
        StatementGate gate = new(TestParser.Shared, Profile.Application(), facts: facts);

        Assert.Equal("LP311", Judge(gate, "SELECT (a).new_in_a_later_version FROM a").Refusal?.Code);
        Assert.Equal(Verdict.Permitted, Judge(gate, "SELECT (a).name, (a).text, (a).date, (a).value, (a).lower, a.new_in_a_later_version FROM a"));
    }

    [Fact]
    public void Strings_that_Postgres_joins_over_a_comment_are_refused_in_bodies()
    {
        AssertRefused("SELECT f('x')", "does not parse", Sql("public.f", "SELECT E'a' -- c\n '\\' || pg_read_file('x') || '"));
        AssertRefused("SELECT f('x')", "does not parse", Sql("public.f", "SELECT 'a' -- c\n 'b'"));
        AssertRefused("SELECT f('x')", "several parts", Plpgsql("public.f", "BEGIN RETURN 'a' -- c\n 'b'; END"));
        AssertRefused("SELECT f('x')", "does not parse", Sql("public.f", "") with { Definition = "CREATE FUNCTION public.f(a text DEFAULT 'a' -- c\n 'b') RETURNS int LANGUAGE sql AS 'SELECT 1'" });
        AssertRefused("SELECT f('x')", "does not parse", Sql("public.f", "") with { Definition = "CREATE FUNCTION public.f(a text) RETURNS int LANGUAGE sql AS 'SELECT 1' -- c\n ' + 1'" });
        AssertPasses("SELECT f('x')", Sql("public.f", "SELECT 'a'\n 'b'"));
    }

    [Fact]
    public void Operators_and_casts_are_judged_by_their_functions()
    {
        CatalogFunction evil = Sql("public.evil", "SELECT pg_read_file('x')");
        AssertRefused("SELECT 1 ### 2", "evil", [evil], [new(new("public", "###"), new("public", "evil"))]);
        AssertRefused("SELECT 1 OPERATOR(public.###) 2", "evil", [evil], [new(new("public", "###"), new("public", "evil"))]);
        AssertPasses("SELECT 1 ### 2, 1 OPERATOR(public.###) 2", [Sql("public.good", "SELECT 1")], [new(new("public", "###"), new("public", "good"))]);
        AssertRefused("SELECT 1 OPERATOR(other.###) 2", "###", [Sql("public.good", "SELECT 1")], [new(new("public", "###"), new("public", "good"))]);
        AssertRefused("SELECT 1 ### 2", "###", [], [new(new("public", "###"), new("pg_catalog", "pg_read_file"))]);
        foreach (string sql in new[] { "SELECT a IN (SELECT 1) FROM t", "SELECT CASE a WHEN 1 THEN 2 END FROM t", "SELECT 1 FROM t JOIN u USING (a)", "SELECT a = 1 FROM t" })
        {
            AssertRefused(sql, "evil", [evil], [new(new("public", "="), new("public", "evil"))]);
            AssertPasses(sql, [new CatalogFunction { Name = new("public", "eq"), Language = "c", Extension = "ip4r" }], [new(new("public", "="), new("public", "eq"))]);
        }

        AssertRefused("SELECT a BETWEEN 1 AND 2 FROM t", "evil", [evil], [new(new("public", ">="), new("public", "evil"))]);
        AssertRefused("SELECT 'x'::mood", "evil", [evil], [], [new(new("public", "mood"), new("public", "evil"))]);
        AssertRefused("SELECT CAST(a AS other.mood[]) FROM t", "evil", [evil], [], [new(new("other", "mood"), new("public", "evil"))]);
        AssertPasses("SELECT 'x'::mood, 'x'::text", [evil], [], [new(new("public", "weather"), new("public", "evil"))]);
    }

    [Fact]
    public void Aggregates_are_judged_by_what_they_are_made_of()
    {
        CatalogFunction aggregate = new() { Name = new("public", "total"), Kind = CatalogFunctionKind.Aggregate, Language = "internal", Parts = [new("public", "step")] };

        AssertPasses("SELECT total(a) FROM t", aggregate, Sql("public.step", "SELECT 1"));
        AssertRefused("SELECT total(a) FROM t", "public.step", aggregate, Sql("public.step", "SELECT pg_read_file('x')"));
        AssertRefused("SELECT total(a) FROM t", "set_config", aggregate with { Parts = [new("pg_catalog", "set_config")] });
        AssertPasses("SELECT total(a) FROM t", aggregate with { Parts = [new("pg_catalog", "int4pl")] });
    }

    [Fact]
    public void DO_passes_where_it_is_allowed_and_its_body_would()
    {
        StatementGate gate = Gate(null, ["DoStmt"], Sql("public.f", "SELECT 1"), Sql("public.g", "SELECT pg_read_file('x')"));

        foreach (string sql in new[] { "DO $$ BEGIN PERFORM f(1); END $$", "DO LANGUAGE plpgsql 'BEGIN EXECUTE ''SELECT 1''; END'", "DO $$ BEGIN DO 'BEGIN PERFORM 1; END'; END $$" })
        {
            Assert.Equal(VerdictKind.Permit, Judge(gate, sql).Kind);
            Assert.Equal("LP310", Judge(Gate(null, Sql("public.f", "SELECT 1")), sql).Refusal?.Code);
        }

        foreach (string sql in new[]
        {
            "DO $$ BEGIN PERFORM g(1); END $$", "DO $$ BEGIN SET app.tenant_id = 'x'; END $$", "DO $$ BEGIN PERFORM set_config('app.tenant_id', 'x', false); END $$", "DO $$ BEGIN CREATE TABLE x (a int); END $$",
            "DO $$ BEGIN EXECUTE 'SET ' || 'app.x = 1'; END $$", "DO $$ BEGIN DO 'BEGIN PERFORM g(1); END'; END $$", "DO $$ BEGIN EXECUTE 'DO ''BEGIN PERFORM g(1); END'''; END $$", "DO LANGUAGE plpython3u 'x'", "DO 'x'",
        })
        {
            Refusal? refusal = Judge(gate, sql).Refusal;
            Assert.NotNull(refusal);
            Assert.Contains(refusal.Subject, new[] { "DoStmt", "public.g" });
        }

        string nested = "BEGIN NULL; END";
        for (int level = 0; level < 200; level++)
        {
            nested = $"BEGIN DO $a{level}${nested}$a{level}$; END";
        }

        Assert.Contains("too deeply", Judge(gate, $"DO $x${nested}$x$").Refusal?.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void An_observer_calls_functions_that_read()
    {
        CatalogFunction[] functions = [Sql("public.reads", "SELECT a FROM t"), Sql("public.writes", "DELETE FROM t RETURNING a")];
        StatementGate gate = new(TestParser.Shared, Profile.From(new ProfileRule { Kind = ProfileKind.Observer }), facts: Facts(functions, [], []));

        Assert.Equal(VerdictKind.Permit, Judge(gate, "SELECT reads()").Kind);
        Assert.Equal("LP311", Judge(gate, "SELECT writes()").Refusal?.Code);
    }

    [Fact]
    public void Mode_observe_lets_pass_only_what_lists_are_against_in_the_whole_of_what_is_called()
    {
        StatementGate gate = new(TestParser.Shared, Profile.From(new ProfileRule { Mode = ProfileMode.Observe }),
            facts: Facts([Sql("public.listed", "LOCK TABLE t"), Sql("public.hard", "LOCK TABLE t; SELECT inner_one()"), Sql("public.inner_one", "SELECT set_config('app.x', 'y', false)")], [], []));

        Verdict listed = Judge(gate, "SELECT listed()");
        Assert.Equal((VerdictKind.Permit, "LP311"), (listed.Kind, listed.Refusal?.Code));
        Assert.Equal(VerdictKind.Refuse, Judge(gate, "SELECT hard()").Kind);
    }

    [Fact]
    public void While_nothing_is_known_only_pg_catalog_passes_and_another_snapshot_forgets_verdicts()
    {
        DatabaseFacts facts = new();
        StatementGate gate = new(TestParser.Shared, Profile.Application(), facts: facts);
        Assert.Equal(VerdictKind.Refuse, Judge(gate, "SELECT f(1)").Kind);
        Assert.Equal(VerdictKind.Permit, Judge(gate, "SELECT lower('x'), set_config('application_name', 'x', true)").Kind);

        facts.Current = Facts([Sql("public.f", "SELECT 1")], [], []).Current;
        Assert.False(gate.TryFind("SELECT f(1)"u8, out _));
        Assert.Equal(VerdictKind.Permit, Judge(gate, "SELECT f(1)").Kind);
        Assert.True(gate.TryFind("SELECT f(1)"u8, out _));

        facts.Current = Facts([Sql("public.f", "SELECT pg_read_file('x')")], [], []).Current;
        Assert.False(gate.TryFind("SELECT f(1)"u8, out _));
        Assert.Equal(VerdictKind.Refuse, Judge(gate, "SELECT f(1)").Kind);

        facts.Current = null;
        Assert.Equal(VerdictKind.Refuse, Judge(gate, "SELECT f(1)").Kind);
    }

    [Fact]
    public void The_refusal_says_where_and_why()
    {
        Refusal? refusal = Judge(Gate(null, Sql("public.a", "SELECT b()"), Sql("public.b", "SELECT pg_read_file('x')")), "SELECT 'é', a()").Refusal;

        Assert.Equal("LP311", refusal?.Code);
        Assert.Equal("function public.a is not in profile application", refusal?.Message);
        Assert.Equal("public.a: it calls public.b: public.b: function pg_read_file is not in profile application, at character 13.", refusal?.Detail);
        Assert.Contains("allow_functions", refusal?.Hint, StringComparison.Ordinal);
        Assert.Equal("public.a", refusal?.Subject);
    }

    private static CatalogFunction Sql(string name, string body) => Made(name, "sql", body);

    private static CatalogFunction Plpgsql(string name, string body) => Made(name, "plpgsql", body);

    private static CatalogFunction Made(string name, string language, string body) => new()
    {
        Name = new(name[..name.IndexOf('.', StringComparison.Ordinal)], name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..]), Language = language,
        Definition = $"CREATE OR REPLACE FUNCTION {name}(a text)\n RETURNS text\n LANGUAGE {language}\nAS $function${body}$function$\n",
    };

    private static DatabaseFacts Facts(CatalogFunction[] functions, CatalogOperator[] operators, CatalogCast[] casts) =>
        new() { Current = new CatalogFacts(functions, operators, casts, BuiltIn, ["city", "status", "a", "address"]) };

    private static StatementGate Gate(ImmutableArray<string>? allow, params CatalogFunction[] functions) => Gate(allow, [], functions);

    private static StatementGate Gate(ImmutableArray<string>? allow, ImmutableArray<string> nodes, params CatalogFunction[] functions) =>
        new(TestParser.Shared, Profile.Application(new ProfileAdditions { AllowFunctions = allow ?? [], AllowNodes = nodes }), facts: Facts(functions, [], []));

    private static Verdict Judge(StatementGate gate, string sql) => gate.Judge(Encoding.UTF8.GetBytes(sql));

    private static void AssertPasses(string sql, params CatalogFunction[] functions) => AssertPasses(sql, functions, []);

    private static void AssertPasses(string sql, CatalogFunction[] functions, CatalogOperator[] operators, CatalogCast[]? casts = null)
    {
        StatementGate gate = new(TestParser.Shared, Profile.Application(), facts: Facts(functions, operators, casts ?? []));

        Assert.Null(Judge(gate, sql).Refusal);
    }

    private static void AssertRefused(string sql, string why, params CatalogFunction[] functions) => AssertRefused(sql, why, functions, []);

    private static void AssertRefused(string sql, string why, CatalogFunction[] functions, CatalogOperator[] operators, CatalogCast[]? casts = null)
    {
        StatementGate gate = new(TestParser.Shared, Profile.Application(), facts: Facts(functions, operators, casts ?? []));
        Verdict verdict = Judge(gate, sql);

        Assert.Equal((VerdictKind.Refuse, "LP311"), (verdict.Kind, verdict.Refusal?.Code));
        Assert.Contains(why, verdict.Refusal!.Message + verdict.Refusal.Detail, StringComparison.Ordinal);
        Assert.InRange(verdict.Refusal.Position, 1, sql.Length);
    }
}
