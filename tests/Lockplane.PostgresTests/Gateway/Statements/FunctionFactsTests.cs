using System.Collections.Frozen;
using Lockplane.Control.Introspection;
using Lockplane.Control.Plans;
using Lockplane.Gateway;
using Lockplane.Gateway.Statements;
using Lockplane.Hosting;
using Lockplane.PostgresTests.Clusters;
using Lockplane.PostgresTests.Control;
using Lockplane.Sql.Statements;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Lockplane.PostgresTests.Gateway.Statements;

/// <summary>A real gateway before real databases: functions pass or not by what they do, and the session's context shows whether one that should not ran.</summary>
[Collection(ManagedDatabase.Collection)]
public sealed class FunctionFactsTests(TestClusters clusters)
{
    private const string Functions = """
        CREATE TYPE address AS (city text, zip text);
        CREATE TABLE people (id int PRIMARY KEY, name text, home address);
        INSERT INTO people VALUES (1, 'ann', ('Ulm', '1'));
        GRANT SELECT, INSERT ON people TO PUBLIC;
        CREATE FUNCTION plain(a int) RETURNS int LANGUAGE sql AS 'SELECT a + 1';
        CREATE FUNCTION standard(a int DEFAULT length('x')) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT plain(a) FROM people; END;
        CREATE FUNCTION loops(n int) RETURNS SETOF people LANGUAGE plpgsql AS $f$
            DECLARE p people%ROWTYPE; q record := NULL; BEGIN FOR p IN SELECT * FROM people LOOP p.name := upper(p.name) || plain(n); RETURN NEXT p; END LOOP; EXECUTE 'SELECT 1'; RETURN; END $f$;
        CREATE FUNCTION greeting(p people) RETURNS text LANGUAGE sql AS 'SELECT ''hello '' || p.name';
        CREATE FUNCTION shout(t text) RETURNS text LANGUAGE sql AS 'SELECT upper(t)';
        CREATE FUNCTION safe_owner() RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = public AS 'SELECT name FROM people';
        CREATE FUNCTION become(t text) RETURNS text LANGUAGE sql AS $f$ SELECT set_config('app.tenant_id', t, false) $f$;
        CREATE FUNCTION become_row(p people) RETURNS text LANGUAGE sql AS $f$ SELECT set_config('app.tenant_id', 'globex', false) $f$;
        CREATE FUNCTION become_atomic() RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT set_config('app.tenant_id', 'globex', false); END;
        CREATE FUNCTION become_deep() RETURNS text LANGUAGE plpgsql AS $f$ DECLARE r record := ROW(become('globex')); BEGIN RETURN r::text; END $f$;
        CREATE FUNCTION become_set() RETURNS int LANGUAGE plpgsql AS $f$ BEGIN SET app.tenant_id = 'globex'; RETURN 1; END $f$;
        CREATE FUNCTION become_built(t text) RETURNS int LANGUAGE plpgsql AS $f$ BEGIN EXECUTE 'SET app.tenant_id = ' || t; RETURN 1; END $f$;
        CREATE FUNCTION become_default(a text DEFAULT set_config('app.tenant_id', 'globex', false)) RETURNS text LANGUAGE sql AS 'SELECT a';
        CREATE FUNCTION become_step(a int, b int) RETURNS int LANGUAGE sql AS $f$ SELECT set_config('app.tenant_id', 'globex', false); SELECT 1 $f$;
        CREATE AGGREGATE become_total(int) (SFUNC = become_step, STYPE = int, INITCOND = '0');
        CREATE OPERATOR ### (LEFTARG = int, RIGHTARG = int, FUNCTION = become_step);
        CREATE TYPE mood AS ENUM ('good');
        CREATE FUNCTION become_mood(a int) RETURNS mood LANGUAGE sql AS $f$ SELECT set_config('app.tenant_id', 'globex', false); SELECT 'good'::mood $f$;
        CREATE CAST (int AS mood) WITH FUNCTION become_mood(int);
        CREATE FUNCTION any_owner() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT name FROM people';
        CREATE FUNCTION makes() RETURNS int LANGUAGE plpgsql AS $f$ BEGIN CREATE TABLE made (a int); RETURN 1; END $f$;
        CREATE PROCEDURE become_by_call() LANGUAGE plpgsql AS $f$ BEGIN PERFORM become('globex'); COMMIT; END $f$;
        CREATE SCHEMA evil;
        CREATE FUNCTION evil.plain2(a int) RETURNS int LANGUAGE sql AS $f$ SELECT set_config('app.tenant_id', 'globex', false); SELECT 1 $f$;
        CREATE FUNCTION public.plain2(a int) RETURNS int LANGUAGE sql AS 'SELECT a';
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task Functions_pass_or_not_by_what_they_do(int major)
    {
        await using Scene scene = await Scene.StartAsync(await clusters.GetAsync(major), Functions);
        await using NpgsqlConnection session = await scene.ConnectAsync();

        foreach (string sql in new[]
        {
            "SELECT plain(1)", "SELECT public.standard(), standard(2)", "SELECT * FROM loops(2)", "SELECT p.greeting FROM people p", "SELECT (name).shout, (home).city, (p.home).zip FROM people p", "SELECT safe_owner()",
            "SELECT public.plain2(1)", "SELECT (SELECT p FROM people p).name", "INSERT INTO people (id, name) VALUES (2, shout('bob')) RETURNING greeting(people)",
            "DO $$ DECLARE n int; BEGIN n := plain(1); PERFORM greeting(p) FROM people p; END $$", "SELECT set_config('application_name', 'x', false)",
        })
        {
            await ExecuteAsync(session, sql);
        }

        foreach (string sql in new[]
        {
            "SELECT become('globex')", "SELECT public.become('globex')", "SELECT ('globex'::text).become", "SELECT p.become_row FROM people p", "SELECT become_atomic()", "SELECT become_deep()", "SELECT become_set()",
            "SELECT become_built('globex')", "SELECT become_default()", "SELECT become_total(1)", "SELECT 1 ### 2", "SELECT 1 OPERATOR(public.###) 2", "SELECT 1::mood", "SELECT CAST(1 AS public.mood)", "SELECT any_owner()",
            "SELECT makes()", "CALL become_by_call()", "SELECT plain2(1)", "SELECT evil.plain2(1)", "SELECT 1 FROM people WHERE become('globex') IS NOT NULL", "SELECT 1 FROM people p, LATERAL become(p.name)",
            "DO $$ BEGIN PERFORM become('globex'); END $$", "DO $$ BEGIN EXECUTE 'SET app.tenant_id = ' || 'globex'; END $$", "DO $$ BEGIN CALL become_by_call(); END $$", "SELECT nowhere(1)",
        })
        {
            PostgresException refusal = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(session, sql));
            Assert.True(refusal.SqlState is "LP311" or "LP310" or "42501", $"{sql}: {refusal.SqlState} {refusal.MessageText}");
        }

        Assert.Equal("acme", await ExecuteAsync(session, "SELECT current_setting('app.tenant_id')"));
        Assert.False(await scene.Database.ReadAsSuperuserAsync<bool>("SELECT to_regclass('public.made') IS NOT NULL"));

        // Each of them would have worked: the same statements, past the gate.
        await using NpgsqlConnection direct = new(scene.Database.Superuser);
        await direct.OpenAsync(Cancellation);
        foreach (string sql in new[] { "SELECT ('globex'::text).become", "SELECT p.become_row FROM people p", "SELECT become_deep()", "SELECT become_default()", "SELECT become_total(1)", "SELECT 1 ### 2", "SELECT 1::mood" })
        {
            await ExecuteAsync(direct, "SET app.tenant_id = 'acme'");
            await ExecuteAsync(direct, sql);
            Assert.Equal("globex", await ExecuteAsync(direct, "SELECT current_setting('app.tenant_id')"));
        }
    }

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task A_function_is_known_as_soon_as_its_plan_is_applied(int major)
    {
        await using Scene scene = await Scene.StartAsync(await clusters.GetAsync(major), "CREATE TABLE t (a int)");
        await using NpgsqlConnection session = await scene.ConnectAsync();
        Assert.Equal("LP311", (await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(session, "SELECT twice(2)"))).SqlState);

        StoredPlan plan = await scene.Database.Control.PlanSqlAsync("CREATE FUNCTION twice(a int) RETURNS int LANGUAGE sql AS 'SELECT a * 2'", null, scene.Database.Owner, null, null, Cancellation);
        if (plan.Plan.NeedsApproval)
        {
            await scene.Database.Control.ApproveAsync(plan.Plan.PlanHash.Text, scene.Database.Owner, Cancellation);
        }

        await scene.Database.Control.ApplyAsync(plan.Plan.PlanHash.Text, scene.Database.Owner, Cancellation);

        Assert.Equal("4", await ExecuteAsync(session, "SELECT twice(2)"));
    }

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task A_function_that_was_changed_by_others_is_judged_again(int major)
    {
        await using Scene scene = await Scene.StartAsync(await clusters.GetAsync(major), "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS 'SELECT ''x''::text'", TimeSpan.FromMilliseconds(200));
        await using NpgsqlConnection session = await scene.ConnectAsync();
        Assert.Equal("x", await ExecuteAsync(session, "SELECT f()"));
        CatalogFacts? before = scene.Facts.Current;

        await scene.Database.ExecuteAsync("CREATE OR REPLACE FUNCTION f() RETURNS text LANGUAGE sql AS $f$ SELECT set_config('app.tenant_id', 'globex', false) $f$");
        await Scene.WaitAsync(() => !ReferenceEquals(before, scene.Facts.Current));

        Assert.Equal("LP311", (await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(session, "SELECT f()"))).SqlState);
        Assert.Equal("acme", await ExecuteAsync(session, "SELECT current_setting('app.tenant_id')"));

        // A reading that began before the change can have the new definition beside the old row, as pg_get_functiondef looks at what is committed; the next one has both.
        await Task.Delay(TimeSpan.FromSeconds(1), Cancellation);
        CatalogFacts? after = scene.Facts.Current;
        await Task.Delay(TimeSpan.FromSeconds(1), Cancellation);
        Assert.Same(after, scene.Facts.Current);
    }

    [Fact]
    public async Task Facts_that_cannot_be_read_again_count_for_minutes_and_then_only_pg_catalog_passes()
    {
        MovedClock clock = new();
        await using Scene scene = await Scene.StartAsync(await clusters.GetAsync(18), "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS 'SELECT ''x''::text'", TimeSpan.FromMilliseconds(100), clock);
        await using NpgsqlConnection session = await scene.ConnectAsync();
        string? owner = scene.Database.Target.ApplyRole;

        await scene.Database.ExecuteAsSuperuserAsync($"ALTER ROLE {owner} NOLOGIN");
        await scene.Database.ExecuteAsSuperuserAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{owner}'");
        await Scene.WaitAsync(() => scene.Feed.Faults.Count == 1);
        Assert.Equal("x", await ExecuteAsync(session, "SELECT f()"));

        clock.Move(CatalogFactsFeed.Validity + TimeSpan.FromSeconds(1));
        await Scene.WaitAsync(() => scene.Facts.Current is null);
        Assert.Equal("LP311", (await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(session, "SELECT f()"))).SqlState);
        Assert.Equal("a", await ExecuteAsync(session, "SELECT lower('A')"));

        await scene.Database.ExecuteAsSuperuserAsync($"ALTER ROLE {owner} LOGIN");
        await Scene.WaitAsync(() => scene.Facts.Current is not null && scene.Feed.Faults.Count == 0);
        Assert.Equal("x", await ExecuteAsync(session, "SELECT f()"));
    }

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task With_every_extension_ordinary_statements_pass_and_their_functions_go_by_the_lists(int major)
    {
        await using Scene scene = await Scene.StartAsync(await clusters.GetAsync(major), "", extensions: ExtensionListTests.Listed.Concat(ExtensionListTests.Unlisted));
        await using NpgsqlConnection session = await scene.ConnectAsync();

        foreach (string sql in new[]
        {
            "SELECT encode(digest('x', 'sha256'), 'hex'), crypt('x', gen_salt('md5')), gen_random_uuid()", "SELECT uuid_generate_v4()", "SELECT similarity('abc', 'abd'), 'abc' % 'abd', 'abc' <-> 'abd'",
            "SELECT ('a=>1'::hstore) -> 'a', ('a=>1'::hstore) ? 'a', hstore('a', 'b')::text, (each('a=>1'::hstore)).key", "SELECT 'A'::citext = 'a', replace('A'::citext, 'a', 'b'), max(x) FROM (VALUES ('A'::citext)) v (x)",
            "SELECT unaccent('é'), levenshtein('a', 'b'), soundex('x')", "SELECT 'a.b'::ltree <@ 'a', nlevel('a.b'::ltree)", "SELECT ARRAY[1,2] && ARRAY[2,3], sort(ARRAY[2,1])", "SELECT earth_distance(ll_to_earth(1, 2), ll_to_earth(3, 4))",
            "SELECT cube(1, 2), '(1,2)'::cube", "SELECT relname FROM pg_class TABLESAMPLE system_rows (1)", "SELECT 1 WHERE 1 = 1 AND 'a' <> 'b' AND 1 IN (SELECT 1) AND now() BETWEEN now() AND now()",
            "SELECT c.relname::text, c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname ~ '^pg' ORDER BY 1 LIMIT 1", "SELECT count(*), max(1), min('x'::text), array_agg(1)",
            "SELECT CASE 1 WHEN 1 THEN 'a' ELSE 'b' END || 'c', '{\"a\":1}'::jsonb -> 'a' ->> 0, 5 % 3, 2 ^ 3",
        })
        {
            await ExecuteAsync(session, sql);
        }

        foreach (string sql in new[]
        {
            "SELECT * FROM dblink('dbname=postgres', 'SELECT 1') AS t (a int)", "SELECT dblink_exec('', '')", "SELECT * FROM crosstab('SELECT 1, 2, 3') AS t (a int, b int)", "SELECT xpath_table('a', 'b', 'c', 'd', 'e')",
            "SELECT connectby('a', 'b', 'c', 'd', 0)", "SELECT get_raw_page('pg_class', 0)", "SELECT pgstattuple('pg_class')", "SELECT postgres_fdw_disconnect_all()", "SELECT * FROM pg_buffercache_pages() AS (a int)",
        })
        {
            Assert.Equal("LP311", (await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(session, sql))).SqlState);
        }
    }

    private static async Task<string?> ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using NpgsqlCommand command = new(sql, connection) { AllResultTypesAreUnknown = true };
        try
        {
            return await command.ExecuteScalarAsync(Cancellation) as string;
        }
        catch (PostgresException e) when (!e.SqlState.StartsWith("LP", StringComparison.Ordinal) && e.SqlState != "42501")
        {
            throw new InvalidOperationException($"{sql}: {e.SqlState} {e.MessageText}", e);
        }
    }

    /// <summary>A clock that can be moved.</summary>
    private sealed class MovedClock : TimeProvider
    {
        private long _moved;

        public void Move(TimeSpan by) => Interlocked.Add(ref _moved, (long)(by.TotalSeconds * TimestampFrequency));

        public override long GetTimestamp() => base.GetTimestamp() + Interlocked.Read(ref _moved);
    }

    /// <summary>A managed database, and a gateway that knows its functions.</summary>
    private sealed class Scene(ManagedDatabase database, CatalogFactsFeed feed, GatewayOfTest gateway) : IAsyncDisposable
    {
        public ManagedDatabase Database { get; } = database;

        public CatalogFactsFeed Feed { get; } = feed;

        public DatabaseFacts Facts => Feed.Of(Database.Target.Database);

        public static async Task<Scene> StartAsync(PostgresCluster cluster, string sql, TimeSpan? interval = null, TimeProvider? clock = null, IEnumerable<string>? extensions = null)
        {
            ManagedDatabase database = await ManagedDatabase.CreateAsync(cluster, "", baseline: false);
            foreach (ScriptStatement statement in SqlScript.Split(new StatementReader(ManagedDatabase.Parser), sql).Value!.Statements)
            {
                await database.ExecuteAsync(statement.Text);
            }

            foreach (string extension in extensions ?? [])
            {
                await database.ExecuteAsSuperuserAsync($"CREATE EXTENSION IF NOT EXISTS \"{extension}\" CASCADE");
            }

            await database.Control.BaselineAsync(database.SuperuserUrl, database.Owner, Cancellation);
            CatalogFactsFeed feed = new(new Dictionary<string, Lockplane.Control.ControlPlane> { [database.Target.Database] = database.Control }, interval ?? TimeSpan.FromHours(1), clock ?? TimeProvider.System,
                NullLogger<CatalogFactsFeed>.Instance);
            await feed.StartAsync(Cancellation);
            Assert.Empty(feed.Faults);
            ProfileRule rule = new() { Additions = new ProfileAdditions { AllowNodes = ["DoStmt", "CallStmt"] } };
            GatewayOfTest gateway = await GatewayOfTest.StartAsync(cluster, options => options with { Profiles = [rule] }, new StatementGates(ManagedDatabase.Parser, 4 << 20, feed));
            return new(database, feed, gateway);
        }

        public async Task<NpgsqlConnection> ConnectAsync()
        {
            NpgsqlConnection connection = new(gateway.ConnectionString(database: Database.Target.Database));
            await connection.OpenAsync(Cancellation);
            return connection;
        }

        public static async Task WaitAsync(Func<bool> condition)
        {
            for (DateTime deadline = DateTime.UtcNow.AddSeconds(30); !condition();)
            {
                Assert.True(DateTime.UtcNow < deadline, "It did not come about.");
                await Task.Delay(20, Cancellation);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await gateway.DisposeAsync();
            await Feed.DisposeAsync();
            await Database.DisposeAsync();
        }
    }
}
