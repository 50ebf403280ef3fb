using Lockplane.Control.Ledgers;
using Lockplane.Control.Walls;
using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Identity;
using Lockplane.PostgresTests.Clusters;
using Lockplane.PostgresTests.Control;
using Lockplane.PostgresTests.Gateway;
using Npgsql;

namespace Lockplane.PostgresTests.Hardening;

/// <summary>Contexts that the gateway signs and the database verifies.</summary>
[Collection(ManagedDatabase.Collection)]
public sealed class StrictContextTests(TestClusters clusters)
{
    private const string Read = "SELECT string_agg(id::text, ',' ORDER BY id) FROM public.rows";

    private static readonly byte[] Key = [.. Enumerable.Range(1, 77).Select(n => (byte)n)];

    private static readonly ContextKey Verified = new(Key);

    private static readonly ContextSigner Signer = new(Verified.Id, Key, TimeSpan.FromHours(1), bindsConnection: true);

    private static readonly StrictMode Strict = new(Verified, (role, database, tenant, user) => Signer.Sign(role, database, tenant, user, 0, DateTimeOffset.UtcNow));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task A_context_counts_only_when_it_is_signed_for_this_login_and_in_time(int major)
    {
        await using WalledDatabase database = await BuildAsync(await clusters.GetAsync(major));
        string name = database.Managed.Target.Database;
        string Token(string? role = null, string? on = null, int port = 0, TimeSpan age = default) =>
            Signer.Sign(role ?? database.Role, on ?? name, "acme", "ann", port, DateTimeOffset.UtcNow - age);

        Assert.Equal("1", await ReadAsync(database, Token()));
        Assert.Equal("1", await ReadAsync(database, Token(age: Signer.Lifetime)));
        Assert.Null(await ReadAsync(database, ""));
        foreach (string wrong in (string[])
        [
            Token(role: "someone_else"), Token(on: "elsewhere"), Token(port: 1), Token(age: TimeSpan.FromDays(1)), "v1", "x", Token().Replace("v1.", "v2.", StringComparison.Ordinal),
            Token().Replace(Convert.ToHexStringLower("acme"u8), Convert.ToHexStringLower("evil"u8), StringComparison.Ordinal),
            new ContextSigner(Verified.Id, new byte[32], TimeSpan.FromHours(1), bindsConnection: false).Sign(database.Role, name, "acme", "ann", 0, DateTimeOffset.UtcNow),
            new ContextSigner("0123456789abcdef", Key, TimeSpan.FromHours(1), bindsConnection: false).Sign(database.Role, name, "acme", "ann", 0, DateTimeOffset.UtcNow),
        ])
        {
            PostgresException error = await Assert.ThrowsAsync<PostgresException>(() => ReadAsync(database, wrong));
            Assert.Equal("28000", error.SqlState);
        }

        Assert.Equal("42501", await database.AsRoleAsync("SELECT * FROM lockplane.context_key"));
        Assert.Equal("42501", await database.AsRoleAsync("SELECT lockplane.tenant_id()"));
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task Through_the_gateway_every_session_has_one_that_is_good_for_its_connection_only(int major)
    {
        PostgresCluster cluster = await clusters.GetAsync(major);
        await using WalledDatabase database = await BuildAsync(cluster);
        Userlist users = Userlist.Parse($"\"{database.Role}\" \"{database.Password}\"");
        await using GatewayOfTest gateway = await GatewayOfTest.StartAsync(cluster, options => options with
        {
            Users = users, Server = options.Server with { Users = users }, Identity = [new IdentityRule { User = database.Role, TenantId = "globex", UserId = "gus" }], Signer = Signer,
        });
        NpgsqlConnectionStringBuilder login = new(gateway.ConnectionString(database.Password, database.Managed.Target.Database)) { Username = database.Role };
        await using NpgsqlConnection session = new(login.ConnectionString);
        await session.OpenAsync(Cancellation);

        Assert.Equal("2", await ScalarAsync(session, Read));
        await ScalarAsync(session, "DISCARD ALL");
        Assert.Equal("2", await ScalarAsync(session, Read));
        string stolen = (await ScalarAsync(session, "SELECT current_setting('lockplane.context')"))!;
        PostgresException replayed = await Assert.ThrowsAsync<PostgresException>(() => ReadAsync(database, stolen));

        Assert.Equal(("28000", "the context of this session was signed for another connection"), (replayed.SqlState, replayed.MessageText));
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task The_key_is_in_no_ledger_and_no_report_and_policies_that_do_not_ask_are_named(int major)
    {
        await using WalledDatabase database = await WalledDatabase.CreateAsync(await clusters.GetAsync(major), "");
        WallOptions walls = database.Walls with { Strict = Strict };
        WallReport before = await database.CheckAsync(walls: walls);
        await database.BuildAsync(walls: walls);
        WallReport after = await database.CheckAsync(walls: walls);

        Assert.Contains("strict context", WalledDatabase.Names(before, WallState.Missing));
        Assert.Contains(before.Statements, sql => sql.Contains("${secret:walls.key inner}", StringComparison.Ordinal));
        WallFinding finding = after.Findings.Single(finding => finding.Wall == "strict context");
        Assert.Equal(WallState.Missing, finding.State);
        Assert.Contains("own on public.rows", finding.Detail, StringComparison.Ordinal);
        string inner = Convert.ToHexStringLower([.. System.Security.Cryptography.SHA256.HashData(Key).Concat(new byte[32]).Select(octet => (byte)(octet ^ 0x36))]);
        Assert.True(await database.Managed.ReadAsSuperuserAsync<bool>($"SELECT inner_pad = '\\x{inner}' FROM lockplane.context_key"));
        Assert.DoesNotContain(
            await database.Managed.Control.ReadLedgerAsync(0, 10, Cancellation), row => row.Body.Contains(inner[..16], StringComparison.Ordinal));
        await database.Managed.ExecuteAsync("ALTER POLICY own ON public.rows USING (tenant = (SELECT lockplane.tenant_id()))");
        Assert.DoesNotContain("strict context", WalledDatabase.Names(await database.CheckAsync(walls: walls), WallState.Missing));
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task Another_key_or_another_function_is_found(int major)
    {
        await using WalledDatabase database = await BuildAsync(await clusters.GetAsync(major));
        ContextSigner other = new(Verified.Id, new byte[32], TimeSpan.FromHours(1), bindsConnection: false);
        WallOptions walls = database.Walls with { Strict = Strict with { Sign = (role, on, tenant, user) => other.Sign(role, on, tenant, user, 0, DateTimeOffset.UtcNow) } };

        Assert.Contains("strict context", WalledDatabase.Names(await database.CheckAsync(walls: walls), WallState.NotAvailable));
        await database.Managed.ExecuteAsSuperuserAsync("INSERT INTO lockplane.ddl_role VALUES (session_user)");
        await database.Managed.ExecuteAsSuperuserAsync("CREATE OR REPLACE FUNCTION lockplane.tenant_id() RETURNS text LANGUAGE sql AS $$ SELECT 'a tenant' $$");
        WallReport report = await database.CheckAsync(walls: database.Walls with { Strict = Strict });

        Assert.Contains(report.Findings, finding => finding is { Wall: "strict context", State: WallState.Missing, Detail: "lockplane.tenant_id() believes a forged token" });
    }

    private static async Task<WalledDatabase> BuildAsync(PostgresCluster cluster)
    {
        WalledDatabase database = await WalledDatabase.CreateAsync(cluster, "");
        await database.BuildAsync(walls: database.Walls with { Strict = Strict });
        await database.Managed.ExecuteAsync("ALTER POLICY own ON public.rows USING (tenant = (SELECT lockplane.tenant_id()))");
        return database;
    }

    private static Task<string?> ReadAsync(WalledDatabase database, string token) => database.ReadAsRoleAsync<string>(Read, $"-c lockplane.context={token} -c app.tenant_id=globex");

    private static async Task<string?> ScalarAsync(NpgsqlConnection session, string sql)
    {
        await using NpgsqlCommand command = new(sql, session);
        return await command.ExecuteScalarAsync(Cancellation) as string;
    }
}
