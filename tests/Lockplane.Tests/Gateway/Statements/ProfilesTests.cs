using System.Text;
using Lockplane.Gateway.Statements;
using Lockplane.Sql.Errors;
using Lockplane.Tests.Sql;

namespace Lockplane.Tests.Gateway.Statements;

public sealed class ProfilesTests
{
    private static readonly StatementGate Observer = Gate(new ProfileRule { Kind = ProfileKind.Observer });
    private static readonly StatementGate Observed = Gate(new ProfileRule { Mode = ProfileMode.Observe });

    [Fact]
    public void The_first_rule_for_database_and_role_decides_and_application_is_the_default()
    {
        Profiles profiles = new(
        [
            new ProfileRule { Kind = ProfileKind.Passthrough, Database = "etl", User = "loader" },
            new ProfileRule { Kind = ProfileKind.Migrator, User = "owner" },
            new ProfileRule { Kind = ProfileKind.Observer, Database = "shop" },
        ]);

        Assert.Equal(ProfileKind.Passthrough, profiles.Find("etl", "loader").Kind);
        Assert.Equal(ProfileKind.Migrator, profiles.Find("shop", "owner").Kind);
        Assert.Equal(ProfileKind.Observer, profiles.Find("shop", "loader").Kind);
        Assert.Equal(ProfileKind.Application, profiles.Find("etl", "other").Kind);
        Assert.Equal(ProfileMode.Enforce, profiles.Find("etl", "other").Mode);
    }

    [Fact]
    public void Passthrough_names_its_role_and_has_neither_mode_nor_lists()
    {
        foreach (ProfileRule rule in new ProfileRule[]
        {
            new() { Kind = ProfileKind.Passthrough },
            new() { Kind = ProfileKind.Migrator, Additions = new ProfileAdditions { AllowSettings = ["Search_Path"] } },
            new() { Kind = ProfileKind.Passthrough, User = "etl", Mode = ProfileMode.Observe },
            new() { Kind = ProfileKind.Passthrough, User = "etl", Additions = new ProfileAdditions { AllowNodes = ["LockStmt"] } },
        })
        {
            Assert.Equal(ErrorCodes.Configuration, Assert.Throws<LockplaneException>(() => new Profiles([rule])).Code);
        }
    }

    [Fact]
    public void A_migrator_keeps_the_search_path_of_its_login_which_its_changes_are_planned_with()
    {
        StatementGate migrator = Gate(new ProfileRule { Kind = ProfileKind.Migrator });
        foreach (string sql in new[] { "SET search_path = public", "SELECT set_config('search_path', 'public', false)" })
        {
            Assert.Equal(VerdictKind.Permit, Observer.Judge(Encoding.UTF8.GetBytes(sql)).Kind);
            Assert.Equal("LP312", migrator.Judge(Encoding.UTF8.GetBytes(sql)).Refusal?.Code);
        }

        Assert.Equal(VerdictKind.Permit, migrator.Judge("RESET search_path"u8).Kind);
    }

    [Theory]
    [InlineData("SELECT * FROM t WHERE id = $1")]
    [InlineData("WITH a AS (SELECT 1) SELECT count(*), now(), random() FROM a, generate_series(1, 3)")]
    [InlineData("COPY t TO STDOUT")]
    [InlineData("BEGIN; DECLARE c CURSOR FOR SELECT 1; FETCH ALL FROM c; CLOSE c; COMMIT")]
    [InlineData("EXPLAIN ANALYZE SELECT 1")]
    [InlineData("SET work_mem_is_not_here.x = 1; SELECT 1", false)]
    [InlineData("SET TIME ZONE 'UTC'; SHOW ALL; RESET ALL; DISCARD ALL")]
    [InlineData("SELECT pg_advisory_unlock_all(); CLOSE ALL; UNLISTEN *; RESET ALL")]
    [InlineData("INSERT INTO t VALUES (1)", false)]
    [InlineData("UPDATE t SET a = 1", false)]
    [InlineData("DELETE FROM t", false)]
    [InlineData("MERGE INTO t USING s ON true WHEN MATCHED THEN DO NOTHING", false)]
    [InlineData("WITH a AS (DELETE FROM t RETURNING *) SELECT * FROM a", false)]
    [InlineData("EXPLAIN ANALYZE INSERT INTO t VALUES (1)", false)]
    [InlineData("PREPARE p AS UPDATE t SET a = 1", false)]
    [InlineData("COPY t FROM STDIN", false)]
    [InlineData("COPY (DELETE FROM t RETURNING *) TO STDOUT", false)]
    [InlineData("SELECT 1 FROM t FOR UPDATE", false)]
    [InlineData("SELECT nextval('s')", false)]
    [InlineData("SELECT t.nextval FROM t", false)]
    [InlineData("SELECT pg_notify('a', 'b')", false)]
    [InlineData("NOTIFY a", false)]
    [InlineData("SET default_transaction_read_only = off", false)]
    [InlineData("SELECT set_config('transaction_read_only', 'off', false)", false)]
    public void An_observer_reads_and_changes_nothing(string sql, bool permitted = true) =>
        Assert.Equal(permitted ? VerdictKind.Permit : VerdictKind.Refuse, Judge(Observer, sql).Kind);

    [Theory]
    [InlineData("LOCK TABLE t", "LP310")]
    [InlineData("VACUUM t", "LP310")]
    [InlineData("SELECT pg_read_binary_file_is_none(1), pg_current_wal_lsn()", null)]
    [InlineData("SELECT pg_current_wal_lsn()", "LP311")]
    [InlineData("SELECT setval('s', 1)", "LP311")]
    [InlineData("SET work_mem = '1GB'", "LP312")]
    [InlineData("SELECT set_config('work_mem', '1GB', false)", "LP312")]
    [InlineData("SELECT 1; SET work_mem = '1GB'; LOCK TABLE t", "LP312")]
    public void Mode_observe_lets_pass_what_only_lists_refuse_and_tells_of_it(string sql, string? code)
    {
        Verdict verdict = Judge(Observed, sql);

        Assert.Equal(code is null ? VerdictKind.Refuse : VerdictKind.Permit, verdict.Kind);
        Assert.Equal(code ?? "LP311", verdict.Refusal?.Code);
        Assert.Equal(verdict, Judge(Observed, sql));
    }

    [Theory]
    [InlineData("SET app.tenant_id = 'x'", "42501")]
    [InlineData("SET work_mem = '1GB'; SET app.tenant_id = 'x'", "42501")]
    [InlineData("SELECT setval('s', 1), set_config('app.tenant_id', 'x', true)", "42501")]
    [InlineData("SELECT setval('s', 1), set_config($1, 'x', true)", "42501")]
    [InlineData("SET ROLE x", "42501")]
    [InlineData("SET client_encoding = 'SJIS'", "42501")]
    [InlineData("SET standard_conforming_strings = off", "42501")]
    [InlineData("UPDATE pg_settings SET setting = 'off'", "42501")]
    [InlineData("SELECT query_to_xml('select 1', true, true, '')", "LP311")]
    [InlineData("SELECT ('select 1'::text).ts_stat", "LP311")]
    [InlineData("SELECT nobody_knows(1)", "LP311")]
    [InlineData("SELECT OPERATOR(public.+) 1", "LP311")]
    [InlineData("DO $$ begin end $$", "LP310")]
    [InlineData("LOAD 'x'", "LP310")]
    [InlineData("ALTER SYSTEM SET work_mem = '1GB'", "LP310")]
    [InlineData("COPY t TO PROGRAM 'sh'", "LP310")]
    [InlineData("PREPARE TRANSACTION 'x'", "LP310")]
    [InlineData("SELEC 1", "42601")]
    public void Mode_observe_never_lets_pass_what_more_than_a_list_is_against(string sql, string code)
    {
        Verdict verdict = Judge(Observed, sql);

        Assert.Equal(VerdictKind.Refuse, verdict.Kind);
        Assert.Equal(code, verdict.Refusal?.Code);
    }

    [Fact]
    public void Mode_observe_runs_no_schema_change() => Assert.Equal(VerdictKind.Ddl, Judge(Observed, "SELECT setval('s', 1); CREATE TABLE t (a int)").Kind);

    [Theory]
    [InlineData("a")]
    [InlineData("nobody's rule")]
    public void Every_profile_closes_the_settings_of_the_configured_context(string user)
    {
        Profiles profiles = new([new ProfileRule { User = "a", Additions = new ProfileAdditions { AllowSettings = ["work_mem"] } }], "ctx.");

        Verdict verdict = new StatementGate(TestParser.Shared, profiles.Find("shop", user)).Judge("SET ctx.tenant_id = 'x'"u8);

        Assert.Equal("42501", verdict.Refusal?.Code);
    }

    [Fact]
    public void A_profile_that_allows_more_than_another_is_known_as_such()
    {
        Profile application = Profile.Application();
        Profile observer = Profile.From(new ProfileRule { Kind = ProfileKind.Observer });
        Profile migrator = Profile.From(new ProfileRule { Kind = ProfileKind.Migrator });
        Profile observed = Profile.From(new ProfileRule { Mode = ProfileMode.Observe });
        Profile passthrough = Profile.From(new ProfileRule { Kind = ProfileKind.Passthrough, User = "etl" });

        Assert.True(application.AllowsMoreThan(observer));
        Assert.False(observer.AllowsMoreThan(application));
        Assert.True(migrator.AllowsMoreThan(application));
        Assert.True(observed.AllowsMoreThan(application));
        Assert.True(passthrough.AllowsMoreThan(migrator));
        Assert.False(application.AllowsMoreThan(passthrough));
        Assert.False(application.AllowsMoreThan(Profile.Application()));
    }

    private static StatementGate Gate(ProfileRule rule) => new(TestParser.Shared, Profile.From(rule));

    private static Verdict Judge(StatementGate gate, string sql) => gate.Judge(Encoding.UTF8.GetBytes(sql));
}
