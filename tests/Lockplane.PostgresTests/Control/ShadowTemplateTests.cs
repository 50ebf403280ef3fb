using Lockplane.Control.Plans;
using Lockplane.Control.Shadows;
using Lockplane.PostgresTests.Clusters;
using Npgsql;

namespace Lockplane.PostgresTests.Control;

/// <summary>What was built once is copied: what a copy has, who may use it, and what is left on the server.</summary>
[Collection(ManagedDatabase.Collection)]
public sealed class ShadowTemplateTests(TestClusters clusters)
{
    private const string Oid = "SELECT oid::bigint FROM pg_database WHERE datname = 'lockplane_template_1'";
    private const string State = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'lockplane_template_1'";
    private const string Count = "SELECT count(*) FROM pg_database WHERE datname LIKE 'lockplane\\_template\\_%'";

    private const string OnlyTemplatesAreLeft = """
        SELECT NOT EXISTS (SELECT FROM pg_database WHERE datname LIKE 'lockplane\_shadow\_%' OR datname LIKE 'lockplane\_template\_%\_copy' OR datname LIKE 'lockplane\_template\_%' AND datallowconn)
          AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname LIKE 'lockplane\_shadow\_%' OR rolname LIKE 'lockplane\_template\_%' AND (rolcanlogin OR NOT EXISTS (SELECT FROM pg_database WHERE starts_with(rolname, datname))))
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    // Without --all, each major with one of the two.
    public static TheoryData<int, bool> Shadows => TestClusters.All ? [(18, false), (18, true), (15, false), (15, true)] : [(18, false), (15, true)];

    // What is done to a template while nobody looks, and whether it is used all the same. Without --all, every third.
    public static TheoryData<bool, string[]> Left => [.. new (bool, string[])[]
    {
        (true, ["ALTER ROLE lockplane_template_1 LOGIN PASSWORD 'x'"]),
        (true, ["ALTER ROLE lockplane_template_1 LOGIN PASSWORD 'x'", "CREATE DATABASE lockplane_template_1_copy OWNER lockplane_template_1 TEMPLATE lockplane_template_1", "CREATE ROLE lockplane_template_1_role_9"]),
        (false, ["DROP DATABASE lockplane_template_1"]),
        (false, ["DROP DATABASE lockplane_template_1", "DROP ROLE lockplane_template_1_role_0"]),
        (false, ["COMMENT ON DATABASE lockplane_template_1 IS NULL"]),
        (false, ["COMMENT ON DATABASE lockplane_template_1 IS '{\"key\":1}'"]),
        (false, ["ALTER ROLE lockplane_template_1 SET search_path = 'evil'"]),
        (false, ["ALTER DATABASE lockplane_template_1 ALLOW_CONNECTIONS true"]),
        (false, ["GRANT pg_monitor TO lockplane_template_1"]),
        (false, ["CREATE ROLE intruder", "GRANT lockplane_template_1 TO intruder"]),
    }.Where((_, i) => TestClusters.All || i % 3 == 1)];

    [Theory, MemberData(nameof(Shadows))]
    public async Task The_second_validation_copies_what_the_first_built(int major, bool superuser)
    {
        await using ManagedDatabase database = await CreateAsync(major, superuser);
        await PlanAsync(database, "CREATE TABLE one (id int)");
        long template = await database.ReadAsSuperuserAsync<long>(Oid);
        string first = await database.ReadAsSuperuserAsync<string>(State);
        await PlanAsync(database, "CREATE TABLE two (id int)");
        Assert.Equal(template, await database.ReadAsSuperuserAsync<long>(Oid));
        Assert.NotEqual(first, await database.ReadAsSuperuserAsync<string>(State));
        Assert.Equal(1L, await database.ReadAsSuperuserAsync<long>(Count));
        Assert.True(await database.ReadAsSuperuserAsync<bool>(OnlyTemplatesAreLeft));
    }

    [Theory, MemberData(nameof(Shadows))]
    public async Task A_copy_has_the_databases_own_settings_privileges_and_comment_and_every_owner(int major, bool superuser)
    {
        await using ManagedDatabase database = await CreateAsync(major, superuser, baseline: false);
        string owner = database.Target.ApplyRole;
        (string other, _) = await (await clusters.GetAsync(major)).CreateRoleAsync();
        foreach (string sql in new[]
        {
            $"ALTER DATABASE {database.Target.Database} SET work_mem = '7MB'",
            $"ALTER ROLE {owner} IN DATABASE {database.Target.Database} SET statement_timeout = '9s'",
            $"ALTER ROLE {other} IN DATABASE {database.Target.Database} SET statement_timeout = '8s'",
            $"GRANT TEMPORARY ON DATABASE {database.Target.Database} TO {other}",
            $"REVOKE CONNECT ON DATABASE {database.Target.Database} FROM PUBLIC",
            $"COMMENT ON DATABASE {database.Target.Database} IS 'the shop'",
            $"CREATE SCHEMA theirs AUTHORIZATION {other}",
            "CREATE TABLE theirs.kept (id int)",
            $"ALTER TABLE theirs.kept OWNER TO {other}",
            $"GRANT SELECT ON notes TO {other}",
        })
        {
            await database.ExecuteAsSuperuserAsync(sql);
        }

        await database.Control.BaselineAsync(database.SuperuserUrl, database.Owner, Cancellation);
        // LP402 where something is missing; what the rollback leaves is compared, too.
        await PlanAsync(database, "CREATE TABLE one (id int)");
        long template = await database.ReadAsSuperuserAsync<long>(Oid);
        await PlanAsync(database, $"CREATE TABLE two (id int); GRANT SELECT ON two TO {other}");
        Assert.Equal(template, await database.ReadAsSuperuserAsync<long>(Oid));
        Assert.True(await database.ReadAsSuperuserAsync<bool>(OnlyTemplatesAreLeft));
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task Three_are_kept_and_the_one_that_was_not_used_for_longest_makes_room(int major)
    {
        await using ManagedDatabase first = await CreateAsync(major, superuser: true, "CREATE TABLE a (id int)");
        await using ManagedDatabase second = await CreateAsync(major, superuser: true, "CREATE TABLE b (id int)", keepsTemplates: true);
        await using ManagedDatabase third = await CreateAsync(major, superuser: true, "CREATE TABLE c (id int)", keepsTemplates: true);
        await using ManagedDatabase fourth = await CreateAsync(major, superuser: true, "CREATE TABLE d (id int)", keepsTemplates: true);
        foreach (ManagedDatabase database in new[] { first, second, third, first, fourth })
        {
            await PlanAsync(database, $"CREATE TABLE t{Guid.NewGuid():N} (id int)");
        }

        Assert.Equal(3L, await first.ReadAsSuperuserAsync<long>(Count));
        string keys = await first.ReadAsSuperuserAsync<string>("SELECT string_agg(datname || ' ' || (shobj_description(oid, 'pg_database')::json ->> 'used'), ' ' ORDER BY shobj_description(oid, 'pg_database')::json ->> 'used') FROM pg_database WHERE datname LIKE 'lockplane\\_template\\_%'");
        Assert.Equal(["lockplane_template_3", "lockplane_template_1", "lockplane_template_2"], keys.Split(' ').Where((_, i) => i % 2 == 0));
        Assert.True(await first.ReadAsSuperuserAsync<bool>(OnlyTemplatesAreLeft));
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task While_another_has_the_template_a_shadow_is_built(int major)
    {
        await using ManagedDatabase database = await CreateAsync(major, superuser: false);
        await PlanAsync(database, "CREATE TABLE one (id int)");
        string state = await database.ReadAsSuperuserAsync<string>(State);
        await using (NpgsqlConnection other = new((await clusters.GetAsync(major)).AdminConnectionString + ";Pooling=false"))
        {
            await other.OpenAsync(Cancellation);
            await using NpgsqlCommand command = new($"SELECT pg_advisory_lock({ShadowServer.LockClass}, 1001)", other);
            await command.ExecuteNonQueryAsync(Cancellation);
            await PlanAsync(database, "CREATE TABLE two (id int)");
            Assert.Equal(state, await database.ReadAsSuperuserAsync<string>(State));
        }

        await Task.WhenAll(Enumerable.Range(3, 4).Select(n => PlanAsync(database, $"CREATE TABLE t{n} (id int)")));
        Assert.Equal(1L, await database.ReadAsSuperuserAsync<long>(Count));
        Assert.True(await database.ReadAsSuperuserAsync<bool>(OnlyTemplatesAreLeft));
    }

    // What a killed process leaves at each stage, and what is no template of ours.
    [Theory, MemberData(nameof(Left))]
    public async Task What_was_left_is_used_only_when_it_is_whole_and_otherwise_taken_away(bool isUsed, params string[] statements)
    {
        foreach (int major in new[] { 18, 15 })
        {
            PostgresCluster cluster = await clusters.GetAsync(major);
            await using ManagedDatabase database = await CreateAsync(major, superuser: false);
            await PlanAsync(database, "CREATE TABLE one (id int)");
            long template = await database.ReadAsSuperuserAsync<long>(Oid);
            foreach (string sql in statements)
            {
                // By whoever made the template, where that may.
                await cluster.ExecuteAsync(sql, sql.Contains("pg_monitor", StringComparison.Ordinal) ? null : Lockplane.Control.Connections.PostgresUrl.Parse(database.ShadowUrl).ConnectionString + ";Pooling=false");
            }

            await PlanAsync(database, "CREATE TABLE two (id int)");
            Assert.True(isUsed == (template == await database.ReadAsSuperuserAsync<long>(Oid)), $"{major}: {statements[0]}");
            Assert.True(await database.ReadAsSuperuserAsync<bool>(OnlyTemplatesAreLeft));
            await cluster.ExecuteAsync("DROP ROLE IF EXISTS intruder");
        }
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task A_template_that_is_not_what_it_was_built_from_is_dropped(int major)
    {
        PostgresCluster cluster = await clusters.GetAsync(major);
        await using ManagedDatabase database = await CreateAsync(major, superuser: false);
        await PlanAsync(database, "CREATE TABLE one (id int)");
        long template = await database.ReadAsSuperuserAsync<long>(Oid);
        await cluster.ExecuteAsync("ALTER DATABASE lockplane_template_1 ALLOW_CONNECTIONS true");
        await cluster.ExecuteAsync("CREATE TABLE intruder (id int)", new NpgsqlConnectionStringBuilder(cluster.AdminConnectionString) { Database = "lockplane_template_1", Pooling = false }.ConnectionString);
        await cluster.ExecuteAsync("ALTER DATABASE lockplane_template_1 ALLOW_CONNECTIONS false");
        await PlanAsync(database, "CREATE TABLE two (id int)");
        Assert.NotEqual(template, await database.ReadAsSuperuserAsync<long>(Oid));
        Assert.True(await database.ReadAsSuperuserAsync<bool>(OnlyTemplatesAreLeft));
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task Names_that_belong_to_another_administrator_are_left_alone(int major)
    {
        PostgresCluster cluster = await clusters.GetAsync(major);
        await using ManagedDatabase theirs = await CreateAsync(major, superuser: false);
        await PlanAsync(theirs, "CREATE TABLE one (id int)");
        string state = await theirs.ReadAsSuperuserAsync<string>(State);
        await cluster.ExecuteAsync("CREATE DATABASE lockplane_template_2");
        await cluster.ExecuteAsync("CREATE ROLE lockplane_template_3");
        await using ManagedDatabase database = await CreateAsync(major, superuser: false, keepsTemplates: true);
        await PlanAsync(database, "CREATE TABLE one (id int)");
        Assert.Equal(state, await database.ReadAsSuperuserAsync<string>(State));
        Assert.Equal(2L, await database.ReadAsSuperuserAsync<long>(Count));
        await cluster.ExecuteAsync("DROP ROLE lockplane_template_3");
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task What_a_superuser_made_is_in_no_template(int major)
    {
        await using ManagedDatabase database = await CreateAsync(major, superuser: true, baseline: false);
        await database.ExecuteAsSuperuserAsync("CREATE EXTENSION pageinspect");
        await database.Control.BaselineAsync(database.SuperuserUrl, database.Owner, Cancellation);
        await PlanAsync(database, "CREATE TABLE one (id int)");
        Assert.Equal(0L, await database.ReadAsSuperuserAsync<long>(Count));
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task Whoever_gives_up_leaves_nothing_half_done(int major)
    {
        await using ManagedDatabase database = await CreateAsync(major, superuser: false);
        for (int delay = 10, table = 0; delay < 1500; delay += delay / 2, table++)
        {
            using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
            patience.CancelAfter(delay);
            try
            {
                await database.Control.PlanSqlAsync($"CREATE TABLE t{table} (id int)", null, database.Owner, null, null, patience.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or NpgsqlException or Lockplane.Sql.Errors.LockplaneException)
            {
                // Given up somewhere.
            }

            await database.WaitAsync(OnlyTemplatesAreLeft);
        }

        await PlanAsync(database, "CREATE TABLE last (id int)");
        Assert.Equal(1L, await database.ReadAsSuperuserAsync<long>(Count));
    }

    private async Task<ManagedDatabase> CreateAsync(int major, bool superuser, string sql = "CREATE TABLE notes (id bigint PRIMARY KEY)", bool keepsTemplates = false, bool baseline = true)
    {
        PostgresCluster cluster = await clusters.GetAsync(major);
        if (!keepsTemplates)
        {
            await RemoveTemplatesAsync(cluster);
        }

        return await ManagedDatabase.CreateAsync(cluster, sql, baseline: baseline, superuserShadows: superuser);
    }

    // As docs/shadows.md says.
    private static async Task RemoveTemplatesAsync(PostgresCluster cluster)
    {
        await using NpgsqlConnection administrator = new(cluster.AdminConnectionString + ";Pooling=false");
        await administrator.OpenAsync(Cancellation);
        foreach (string names in new[]
        {
            "SELECT format('DROP DATABASE %I WITH (FORCE)', datname) FROM pg_database WHERE datname ~ '^lockplane_template_[1-3](_copy)?$'",
            "SELECT format('DROP ROLE %I', rolname) FROM pg_roles WHERE rolname ~ '^lockplane_template_[1-3](_role_[0-9]+)?$'",
        })
        {
            List<string> drops = [];
            await using (NpgsqlCommand command = new(names, administrator))
            {
                await using NpgsqlDataReader rows = await command.ExecuteReaderAsync(Cancellation);
                while (await rows.ReadAsync(Cancellation))
                {
                    drops.Add(rows.GetString(0));
                }
            }

            foreach (string drop in drops)
            {
                await cluster.ExecuteAsync(drop);
            }
        }
    }

    private static Task<StoredPlan> PlanAsync(ManagedDatabase database, string sql) => database.Control.PlanSqlAsync(sql, null, database.Owner, null, null, Cancellation);
}
