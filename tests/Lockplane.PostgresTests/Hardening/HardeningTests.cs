using Lockplane.Control.Ledgers;
using Lockplane.Control.Plans;
using Lockplane.Control.Walls;
using Lockplane.PostgresTests.Clusters;
using Lockplane.PostgresTests.Control;
using Lockplane.Sql.Errors;
using Npgsql;

namespace Lockplane.PostgresTests.Hardening;

[Collection(ManagedDatabase.Collection)]
public sealed class HardeningTests(TestClusters clusters)
{
    private static readonly string[] Buildable =
    [
        "attributes", "memberships", "set_config", "pg_settings", "create", "temporary tables", "role settings", "forced row security", "security_invoker views",
        "search_path of definer functions", "ddl guard",
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task Every_wall_that_is_missing_is_found_and_built_and_stands(int major)
    {
        await using WalledDatabase database = await WalledDatabase.CreateAsync(await clusters.GetAsync(major));
        Assert.Equal(["", "", "", "", ""], await AttemptsAsync(database));
        Assert.Equal(2L, await database.ReadAsRoleAsync<long>("SELECT count(*) FROM public.all_rows", "-c app.tenant_id=acme"));

        Assert.Equal(Buildable, WalledDatabase.Names(await database.CheckAsync(), WallState.Missing));
        HardenResult result = await database.BuildAsync();
        WallReport after = await database.CheckAsync();

        Assert.Empty(WalledDatabase.Names(after, WallState.Missing));
        Assert.Empty(WalledDatabase.Names(after, WallState.NotAvailable));
        Assert.Equal(["42501", "42501", "LP301", "LP301", "LP301"], await AttemptsAsync(database));
        Assert.Equal(1L, await database.ReadAsRoleAsync<long>("SELECT count(*) FROM public.all_rows", "-c app.tenant_id=acme"));
        Assert.Equal(0L, await database.ReadAsRoleAsync<long>("SELECT count(*) FROM public.above"));
        Assert.Equal("UTF8", await database.ReadAsRoleAsync<string>("SELECT setting FROM pg_settings WHERE name = 'client_encoding' AND source = 'client' OR name = 'client_encoding'"));
        Assert.Equal("on", await database.ReadAsRoleAsync<string>("SHOW standard_conforming_strings"));
        Assert.Equal("", await database.AsRoleAsync("SELECT public.counted()"));
        Assert.Equal("42501", await database.AsRoleAsync("INSERT INTO lockplane.ddl_role VALUES (session_user)"));

        VerifyReport verified = await database.Managed.Control.VerifyAsync(Cancellation);
        Assert.True(verified.IsClean, string.Join('\n', verified.Drift.Concat(verified.Faults)));
        LedgerRow entry = (await database.Managed.Control.ReadLedgerAsync(result.Seq - 1, 1, Cancellation)).Single();
        Assert.Equal((EntryKind.Harden, "db:postgres", result.ToHash), (entry.Entry.Kind, entry.Entry.Applier, entry.Entry.ToHash));
        Assert.Contains(entry.Entry.Steps, step => step.Sql.Contains("REVOKE EXECUTE ON FUNCTION pg_catalog.set_config", StringComparison.Ordinal));
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task Without_the_guard_it_is_the_privileges_that_refuse(int major)
    {
        await using WalledDatabase database = await WalledDatabase.CreateAsync(await clusters.GetAsync(major));
        await database.BuildAsync();
        await database.Managed.ExecuteAsSuperuserAsync("DROP EVENT TRIGGER lockplane_ddl_guard");

        Assert.Equal(["42501", "42501", "42501", "42501", "42501"], await AttemptsAsync(database));
        Assert.Equal(["ddl guard"], WalledDatabase.Names(await database.CheckAsync(), WallState.Missing));
        await database.BuildAsync();
        Assert.Empty(WalledDatabase.Names(await database.CheckAsync(), WallState.Missing));
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task The_corridor_works_behind_the_guard_and_nobody_else_does(int major)
    {
        await using WalledDatabase database = await WalledDatabase.CreateAsync(await clusters.GetAsync(major), "");
        await database.BuildAsync();
        ManagedDatabase managed = database.Managed;

        StoredPlan plan = await managed.Control.PlanSqlAsync("CREATE TABLE public.planned (id integer)", null, managed.Owner, null, null, Cancellation);
        await managed.Control.ApplyAsync(plan.Plan.PlanHash.Text, managed.Owner, Cancellation);
        PostgresException refused = await Assert.ThrowsAsync<PostgresException>(() => managed.ExecuteAsSuperuserAsync("DROP TABLE public.planned"));
        PostgresException set = await Assert.ThrowsAsync<PostgresException>(
            () => managed.ExecuteAsSuperuserAsync("DO $$ BEGIN PERFORM set_config('role', current_user, false), set_config('session_replication_role', 'local', false); ALTER TABLE public.planned ADD COLUMN x integer; END $$"));

        Assert.Equal(("LP301", "LP301"), (refused.SqlState, set.SqlState));
        Assert.True((await managed.Control.VerifyAsync(Cancellation)).IsClean);
        // Another baseline by an administrator is not stopped by the guard.
        await managed.Control.BaselineAsync(managed.SuperuserUrl, managed.Owner, Cancellation);
        Assert.True(await managed.ReadAsSuperuserAsync<bool>($"SELECT array_agg(name::text) = ARRAY['{managed.Target.ApplyRole}'] FROM lockplane.ddl_role"));
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task What_an_administrator_without_superuser_cannot_build_is_said_with_what_stands_instead(int major)
    {
        PostgresCluster cluster = await clusters.GetAsync(major);
        await using WalledDatabase database = await WalledDatabase.CreateAsync(cluster, "", baseline: false);
        (string administrator, string password) = await cluster.CreateRoleAsync("CREATEROLE CREATEDB");
        ManagedDatabase managed = database.Managed;

        // As providers do: their administrator owns databases and what is in them by membership, and no superuser is to be had.
        await WalledDatabase.EachAsync(managed.ExecuteAsSuperuserAsync, $"GRANT {managed.Target.ApplyRole} TO {administrator}; GRANT {database.Role} TO {administrator} WITH ADMIN OPTION");
        await cluster.ExecuteAsync("DO $$ BEGIN CREATE ROLE lockplane_owner NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
        await managed.ExecuteAsSuperuserAsync($"GRANT lockplane_owner TO {administrator}");
        string url = $"postgresql://{administrator}:{Uri.EscapeDataString(password)}@{cluster.Host}:{cluster.Port}/{managed.Target.Database}";
        await managed.Control.BaselineAsync(url, managed.Owner, Cancellation);

        WallReport report = await database.CheckAsync(url);
        Assert.Equal(["set_config", "pg_settings", "ddl guard"], WalledDatabase.Names(report, WallState.NotAvailable));
        Assert.Contains(report.Findings, finding => finding.Wall == "set_config" && finding.Detail.Contains("the statements change nothing here; instead: the gate", StringComparison.Ordinal));
        Assert.Contains(report.Findings, finding => finding.Wall == "login" && finding.State == WallState.NotCheckable);
        await database.BuildAsync(url);
        WallReport after = await database.CheckAsync(url);

        Assert.Empty(WalledDatabase.Names(after, WallState.Missing));
        Assert.Equal("", await database.AsRoleAsync("SELECT set_config('app.tenant_id', 'acme', false)"));
        Assert.Equal(("42501", "42501"), (await database.AsRoleAsync("CREATE TABLE public.x ()"), await database.AsRoleAsync("CREATE TEMP TABLE x ()")));
        Assert.True((await managed.Control.VerifyAsync(Cancellation)).IsClean);
        await cluster.ExecuteAsync($"REVOKE lockplane_owner FROM {administrator}");
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task One_statement_that_fails_takes_all_of_them_back(int major)
    {
        await using WalledDatabase database = await WalledDatabase.CreateAsync(await clusters.GetAsync(major));
        WallReport before = await database.CheckAsync();

        LockplaneException error = await Assert.ThrowsAsync<LockplaneException>(
            () => database.Managed.Control.Hardening.BuildAsync(database.Managed.SuperuserUrl, database.Walls, [.. before.Statements, "REVOKE nobody_at_all FROM nobody_else"], Cancellation));

        Assert.Equal(ErrorCodes.StepFailed, error.Code);
        Assert.Equal(before.Statements, (await database.CheckAsync()).Statements);
        Assert.Single(await database.Managed.Control.ReadLedgerAsync(0, 10, Cancellation));
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task A_check_leaves_nothing_behind_and_does_without_an_administrator(int major)
    {
        await using WalledDatabase database = await WalledDatabase.CreateAsync(await clusters.GetAsync(major));
        const string Everything = "SELECT md5(string_agg(x, '|' ORDER BY x)) FROM (SELECT c::text AS x FROM pg_class c UNION ALL SELECT r::text FROM pg_authid r UNION ALL SELECT n::text FROM pg_namespace n UNION ALL SELECT p.proacl::text FROM pg_proc p) all_of_it";
        string before = await database.Managed.ReadAsSuperuserAsync<string>(Everything);

        WallReport tried = await database.CheckAsync();
        WallReport read = await database.Managed.Control.Hardening.CheckAsync(null, database.Walls, Cancellation);

        Assert.Equal(before, await database.Managed.ReadAsSuperuserAsync<string>(Everything));
        Assert.Equal(WalledDatabase.Names(tried, WallState.Missing), WalledDatabase.Names(read, WallState.Missing));
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task What_an_owner_has_to_decide_is_shown_and_never_run(int major)
    {
        PostgresCluster cluster = await clusters.GetAsync(major);
        await using WalledDatabase database = await WalledDatabase.CreateAsync(cluster, "");
        (string group, _) = await cluster.CreateRoleAsync();
        await WalledDatabase.EachAsync(database.Managed.ExecuteAsSuperuserAsync, $"GRANT pg_monitor TO {group}; GRANT {group} TO {database.Role}; ALTER TABLE public.rows OWNER TO {database.Role}");

        WallReport report = await database.CheckAsync();
        WallFinding ownership = report.Findings.Single(finding => finding.Wall == "ownership");
        WallFinding membership = report.Findings.Single(finding => finding.Wall == "memberships");

        Assert.Equal((WallState.Missing, WallState.Missing), (ownership.State, membership.State));
        Assert.Equal([$"REASSIGN OWNED BY {database.Role} TO {database.Managed.Target.ApplyRole}"], ownership.Decisions);
        Assert.Contains("pg_monitor", membership.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(report.Statements, sql => sql.Contains("REASSIGN", StringComparison.Ordinal) || sql.Contains("pg_monitor", StringComparison.Ordinal));
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task Set_config_is_kept_where_the_configuration_says_so(int major)
    {
        await using WalledDatabase database = await WalledDatabase.CreateAsync(await clusters.GetAsync(major), "");
        WallOptions walls = database.Walls with { KeepSetConfig = true };
        await database.BuildAsync(walls: walls);

        Assert.Equal(["set_config"], WalledDatabase.Names(await database.CheckAsync(walls: walls), WallState.Kept));
        Assert.Equal("", await database.AsRoleAsync("SELECT set_config('app.x', 'y', false)"));
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task A_step_that_policies_would_hide_rows_from_raises(int major)
    {
        await using WalledDatabase database = await WalledDatabase.CreateAsync(await clusters.GetAsync(major), "");
        await database.BuildAsync();
        ManagedDatabase managed = database.Managed;
        await using (NpgsqlConnection owner = await managed.ConnectAsync())
        await using (NpgsqlCommand count = new("SELECT count(*) FROM public.rows", owner))
        {
            // This is what a step must not see.
            Assert.Equal(0L, await count.ExecuteScalarAsync(Cancellation));
        }

        StoredPlan plan = await managed.Control.PlanSqlAsync("CREATE TABLE public.copied AS SELECT * FROM public.rows", null, managed.Owner, null, null, Cancellation);
        if (plan.Plan.NeedsApproval)
        {
            await managed.Control.ApproveAsync(plan.Plan.PlanHash.Text, managed.Owner, Cancellation);
        }

        LockplaneException error = await Assert.ThrowsAsync<LockplaneException>(() => managed.Control.ApplyAsync(plan.Plan.PlanHash.Text, managed.Owner, Cancellation));
        WallFinding note = (await database.CheckAsync()).Findings.Single(finding => finding.State == WallState.Note);

        Assert.Equal(ErrorCodes.StepFailed, error.Code);
        Assert.Contains("42501", error.Message, StringComparison.Ordinal);
        Assert.Equal([$"ALTER ROLE {managed.Target.ApplyRole} BYPASSRLS"], note.Decisions);
        await managed.ExecuteAsSuperuserAsync(note.Decisions[0]);
        await managed.Control.ApplyAsync(plan.Plan.PlanHash.Text, managed.Owner, Cancellation);
        Assert.Equal(2L, await managed.ReadAsSuperuserAsync<long>("SELECT count(*) FROM public.copied"));
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task A_wall_that_fell_is_built_again_behind_the_guard_but_not_on_drift(int major)
    {
        await using WalledDatabase database = await WalledDatabase.CreateAsync(await clusters.GetAsync(major), "");
        await database.BuildAsync();
        await database.Managed.ExecuteAsync("ALTER TABLE public.rows NO FORCE ROW LEVEL SECURITY");

        LockplaneException drift = await Assert.ThrowsAsync<LockplaneException>(() => database.BuildAsync());
        await database.Managed.Control.BaselineAsync(null, database.Managed.Owner, Cancellation);
        await database.BuildAsync();

        Assert.Equal(ErrorCodes.Drift, drift.Code);
        Assert.Empty(WalledDatabase.Names(await database.CheckAsync(), WallState.Missing));
        Assert.True((await database.Managed.Control.VerifyAsync(Cancellation)).IsClean);
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task The_lines_for_pg_hba_conf_make_the_wall(int major)
    {
        PostgresCluster cluster = await clusters.GetAsync(major);
        Assert.SkipWhen(cluster.SocketDirectory is null, "A container's pg_hba.conf is not this machine's to write.");
        await using WalledDatabase database = await WalledDatabase.CreateAsync(cluster, "");
        WallFinding before = (await database.CheckAsync()).Findings.Single(finding => finding.Wall == "login");
        string file = await database.Managed.ReadAsSuperuserAsync<string>("SHOW hba_file");
        string old = await File.ReadAllTextAsync(file, Cancellation);
        try
        {
            await File.WriteAllTextAsync(file, string.Join('\n', before.Decisions.Skip(1)) + "\n" + old, Cancellation);
            await database.Managed.ReadAsSuperuserAsync<bool>("SELECT pg_reload_conf()");
            WallFinding after = (await database.CheckAsync()).Findings.Single(finding => finding.Wall == "login");

            Assert.Equal((WallState.Missing, WallState.Stands), (before.State, after.State));
            Assert.Equal("", await database.AsRoleAsync("SELECT 1"));
            await WaitUntilRefusedAsync(new NpgsqlConnectionStringBuilder(database.Managed.Superuser) { Host = cluster.SocketDirectory, Username = database.Role, Password = database.Password, Pooling = false });
        }
        finally
        {
            await File.WriteAllTextAsync(file, old, CancellationToken.None);
            await cluster.ExecuteAsync("SELECT pg_reload_conf()");
        }
    }

    // The server reads the file again in its own time.
    private static async Task WaitUntilRefusedAsync(NpgsqlConnectionStringBuilder login)
    {
        for (DateTime deadline = DateTime.UtcNow.AddSeconds(30); DateTime.UtcNow < deadline; await Task.Delay(50, Cancellation))
        {
            try
            {
                await using NpgsqlConnection connection = new(login.ConnectionString);
                await connection.OpenAsync(Cancellation);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidAuthorizationSpecification)
            {
                return;
            }
        }

        Assert.Fail("the role still gets in by the socket");
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task The_role_that_applies_is_no_role_of_the_application(int major)
    {
        await using WalledDatabase database = await WalledDatabase.CreateAsync(await clusters.GetAsync(major), "");

        LockplaneException error = await Assert.ThrowsAsync<LockplaneException>(() => database.CheckAsync(walls: new WallOptions { ContextPrefix = "app.", Roles = [database.Managed.Target.ApplyRole] }));

        Assert.Equal(ErrorCodes.Configuration, error.Code);
    }

    private static async Task<string[]> AttemptsAsync(WalledDatabase database) =>
    [
        await database.AsRoleAsync("SELECT set_config('app.tenant_id', 'globex', false)"),
        await database.AsRoleAsync("UPDATE pg_settings SET setting = 'off' WHERE name = 'standard_conforming_strings'"),
        await database.AsRoleAsync("CREATE TABLE public.attempt ()"),
        await database.AsRoleAsync("CREATE TEMP TABLE attempt ()"),
        await database.AsRoleAsync("CREATE SCHEMA attempt"),
    ];
}
