using Lockplane.Control.Plans;
using Lockplane.Control.Walls;
using Lockplane.Gateway.Identity;
using Lockplane.PostgresTests.Clusters;
using Lockplane.PostgresTests.Control;
using Lockplane.Sql;
using Lockplane.Sql.Errors;

namespace Lockplane.PostgresTests.Hardening;

/// <summary>What a check must not overlook, and must not tell.</summary>
[Collection(ManagedDatabase.Collection)]
public sealed class WallFindingTests(TestClusters clusters)
{
    private static readonly byte[] Key = [.. Enumerable.Range(1, 48).Select(n => (byte)n)];

    private static readonly ContextKey Verified = new(Key);

    private static readonly ContextSigner Signer = new(Verified.Id, Key, TimeSpan.FromHours(1), bindsConnection: false);

    private static readonly StrictMode Strict = new(Verified, (role, database, tenant, user) => Signer.Sign(role, database, tenant, user, 0, DateTimeOffset.UtcNow));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task A_line_for_a_group_with_capitals_lets_its_members_in(int major)
    {
        PostgresCluster cluster = await clusters.GetAsync(major);
        Assert.SkipWhen(cluster.SocketDirectory is null, "A container's pg_hba.conf is not this machine's to write.");
        await using WalledDatabase database = await WalledDatabase.CreateAsync(cluster, "");
        string group = $"Group_{database.Role}";
        WallFinding before = Find(await database.CheckAsync(), "login");
        string file = await database.Managed.ReadAsSuperuserAsync<string>("SHOW hba_file");
        string old = await File.ReadAllTextAsync(file, Cancellation);
        await WalledDatabase.EachAsync(database.Managed.ExecuteAsSuperuserAsync, $"CREATE ROLE \"{group}\"; GRANT \"{group}\" TO {database.Role}");
        try
        {
            // The view shows the file, loaded or not.
            await File.WriteAllTextAsync(file, string.Join('\n', before.Decisions.Skip(1).Prepend($"host all +{group} 10.9.9.9/32 trust")) + "\n" + old, Cancellation);
            WallFinding after = Find(await database.CheckAsync(), "login");

            Assert.Equal(WallState.Missing, after.State);
            Assert.Contains($"line 1: host all +{group} 10.9.9.9", after.Detail, StringComparison.Ordinal);
        }
        finally
        {
            await File.WriteAllTextAsync(file, old, CancellationToken.None);
            await cluster.ExecuteAsync($"DROP ROLE \"{group}\"");
        }
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task Membership_in_the_ledgers_owner_or_in_the_role_that_applies_is_missing_a_wall(int major)
    {
        await using WalledDatabase database = await WalledDatabase.CreateAsync(await clusters.GetAsync(major), "");
        string applyRole = database.Managed.Target.ApplyRole;
        Assert.Equal(WallState.Stands, Find(await database.CheckAsync(), "memberships").State);
        await WalledDatabase.EachAsync(database.Managed.ExecuteAsSuperuserAsync, $"GRANT lockplane_owner TO {database.Role}; GRANT {applyRole} TO {database.Role}");

        WallFinding found = Find(await database.CheckAsync(), "memberships");
        await database.BuildAsync();

        Assert.Equal(WallState.Missing, found.State);
        Assert.Equal([$"REVOKE lockplane_owner FROM {database.Role}", $"REVOKE {applyRole} FROM {database.Role}"], found.Statements);
        Assert.Equal(WallState.Stands, Find(await database.CheckAsync(), "memberships").State);
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task Whoever_reaches_the_key_is_named(int major)
    {
        PostgresCluster cluster = await clusters.GetAsync(major);
        await using WalledDatabase database = await WalledDatabase.CreateAsync(cluster, "");
        WallOptions walls = database.Walls with { Strict = Strict };
        await database.BuildAsync(walls: walls);
        await database.Managed.ExecuteAsync("ALTER POLICY own ON public.rows USING (tenant = (SELECT lockplane.tenant_id()))");
        Assert.Equal(WallState.Stands, Find(await database.CheckAsync(walls: walls), "strict context").State);

        await WalledDatabase.EachAsync(
            database.Managed.ExecuteAsSuperuserAsync,
            $"INSERT INTO lockplane.ddl_role VALUES (session_user); GRANT SELECT ON lockplane.context_key TO {database.Role}; GRANT SELECT (inner_pad) ON lockplane.context_key TO PUBLIC");
        WallFinding granted = Find(await database.CheckAsync(walls: walls), "strict context");
        await WalledDatabase.EachAsync(database.Managed.ExecuteAsSuperuserAsync, string.Join(';', granted.Statements) + $"; GRANT pg_read_all_data TO {database.Role}");
        WallFinding grouped = Find(await database.CheckAsync(walls: walls), "strict context");

        Assert.Equal((WallState.Missing, $"the key can be reached by PUBLIC, {database.Role}"), (granted.State, granted.Detail));
        Assert.Equal((WallState.Missing, $"the key can be reached by {database.Role}"), (grouped.State, grouped.Detail));
        Assert.Empty(grouped.Statements);
        Assert.NotEmpty(grouped.Decisions);
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task A_name_that_looks_like_the_secrets_place_gets_no_secret(int major)
    {
        const string Name = "${secret:walls.key inner}";
        string inner = Convert.ToHexStringLower([.. Key.Concat(new byte[16]).Select(octet => (byte)(octet ^ 0x36))]);
        await using WalledDatabase database = await WalledDatabase.CreateAsync(await clusters.GetAsync(major), "", baseline: false);
        ManagedDatabase managed = database.Managed;
        await WalledDatabase.EachAsync(managed.ExecuteAsSuperuserAsync, $"CREATE SCHEMA \"{Name}\"; GRANT CREATE ON SCHEMA \"{Name}\" TO PUBLIC");
        await managed.Control.BaselineAsync(managed.SuperuserUrl, managed.Owner, Cancellation);
        WallOptions walls = database.Walls with { Strict = Strict };
        WallReport before = await database.CheckAsync(walls: walls);

        LockplaneException error = await Assert.ThrowsAsync<LockplaneException>(
            () => managed.Control.Hardening.BuildAsync(managed.SuperuserUrl, walls, [.. before.Statements, $"SELECT FROM public.\"{Name}\""], Cancellation));
        await database.BuildAsync(walls: walls);
        WallReport after = await database.CheckAsync(walls: walls);

        Assert.Contains(before.Statements, sql => sql.Contains($"\"{Name}\"", StringComparison.Ordinal));
        Assert.Equal(ErrorCodes.StepFailed, error.Code);
        Assert.Contains(Name, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(inner[..16], error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(after.Findings, finding => finding.Detail.Contains(inner[..16], StringComparison.Ordinal));
        Assert.Equal(WallState.Stands, Find(after, "create").State);
        Assert.True(await managed.ReadAsSuperuserAsync<bool>($"SELECT inner_pad = '\\x{inner}' FROM lockplane.context_key"));
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task The_role_that_applies_stays_on_the_guards_list_when_it_builds_the_walls_itself(int major)
    {
        await using WalledDatabase database = await WalledDatabase.CreateAsync(await clusters.GetAsync(major), "");
        ManagedDatabase managed = database.Managed;
        await database.BuildAsync();
        await WalledDatabase.EachAsync(managed.ExecuteAsSuperuserAsync, $"DELETE FROM lockplane.ddl_role; ALTER ROLE {managed.Target.ApplyRole} SUPERUSER");

        Assert.Equal(WallState.Missing, Find(await database.CheckAsync(managed.OwnerUrl), "ddl guard").State);
        await database.BuildAsync(managed.OwnerUrl);
        StoredPlan plan = await managed.Control.PlanSqlAsync("CREATE TABLE public.planned (id integer)", null, managed.Owner, null, null, Cancellation);
        await managed.Control.ApplyAsync(plan.Plan.PlanHash.Text, managed.Owner, Cancellation);

        Assert.True(await managed.ReadAsSuperuserAsync<bool>("SELECT to_regclass('public.planned') IS NOT NULL"));
        Assert.Equal(WallState.Stands, Find(await database.CheckAsync(), "ddl guard").State);
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task A_context_is_found_wherever_it_is_set(int major)
    {
        await using WalledDatabase database = await WalledDatabase.CreateAsync(await clusters.GetAsync(major), "");
        (string role, string name) = (database.Role, Identifiers.Quote(database.Managed.Target.Database));
        await database.BuildAsync();
        await WalledDatabase.EachAsync(
            database.Managed.ExecuteAsSuperuserAsync,
            $"ALTER ROLE {role} SET app.tenant_id = 'acme'; ALTER ROLE {role} IN DATABASE {name} SET app.tenant_id = 'globex'; ALTER DATABASE {name} SET app.user_id = 'ann'; ALTER DATABASE {name} SET client_encoding = 'latin1'");
        await database.Managed.Control.BaselineAsync(database.Managed.SuperuserUrl, database.Managed.Owner, Cancellation);

        WallFinding found = Find(await database.CheckAsync(), "role settings");
        await database.BuildAsync();
        WallFinding left = Find(await database.CheckAsync(), "role settings");
        await database.Managed.ExecuteAsSuperuserAsync(left.Decisions.Single());

        Assert.Equal([$"ALTER ROLE {role} IN DATABASE {name} RESET app.tenant_id", $"ALTER ROLE {role} RESET app.tenant_id"], found.Statements);
        Assert.Equal((WallState.Missing, "app.user_id is set for every role"), (left.State, left.Detail));
        Assert.Equal([$"ALTER DATABASE {name} RESET app.user_id"], left.Decisions);
        Assert.Equal(WallState.Stands, Find(await database.CheckAsync(), "role settings").State);
    }

    private static WallFinding Find(WallReport report, string wall) => report.Findings.Single(finding => finding.Wall == wall);
}
