using Lockplane.Cli;
using Lockplane.Control.Walls;
using Lockplane.PostgresTests.Clusters;
using Lockplane.PostgresTests.Control;

namespace Lockplane.PostgresTests.Hardening;

/// <summary>The verb as it is typed.</summary>
[Collection(ManagedDatabase.Collection)]
public sealed class HardenCommandTests(TestClusters clusters)
{
    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task It_finds_shows_builds_and_checks_again(int major)
    {
        await using WalledDatabase database = await WalledDatabase.CreateAsync(await clusters.GetAsync(major), "", baseline: false);
        ManagedDatabase managed = database.Managed;
        string[] common = ["--db", managed.OwnerUrl, "--admin-db", managed.SuperuserUrl, "--role", database.Role, "--gateway", "127.0.0.1"];
        await RunAsync(managed, ["baseline", "--db", managed.OwnerUrl, "--admin-db", managed.SuperuserUrl]);

        (int found, string table, _) = await RunAsync(managed, ["harden", "--check", .. common]);
        (int applied, string after, string shown) = await RunAsync(managed, ["harden", "--apply", "--yes", .. common]);
        (_, string json, _) = await RunAsync(managed, ["harden", "--check", "--json", .. common]);
        (int verified, _, _) = await RunAsync(managed, ["verify", "--db", managed.OwnerUrl]);
        (_, string ledger, _) = await RunAsync(managed, ["ledger", "--db", managed.OwnerUrl]);

        Assert.Equal(ExitCode.Found, found);
        Assert.Matches($"{database.Role} +set_config +missing +may execute it", table);
        Assert.Contains("REVOKE EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) FROM PUBLIC;", shown, StringComparison.Ordinal);
        Assert.Matches($"{database.Role} +set_config +stands", after);
        // The servers of the tests have holes of their own, and let roles in by their socket.
        Assert.Equal(ExitCode.Found, applied);
        Assert.Matches("server version +missing +1[58][.][0-9]+ has CVE", after);
        Assert.Contains($"host {managed.Target.Database} {database.Role} 127.0.0.1/32 scram-sha-256", after, StringComparison.Ordinal);
        Assert.Contains("\"state\":\"stands\"", json, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, verified);
        Assert.Contains("harden", ledger, StringComparison.Ordinal);
        Assert.Equal("42501", await database.AsRoleAsync("SELECT set_config('app.x', 'y', false)"));
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task It_says_what_it_needs(int major)
    {
        await using WalledDatabase database = await WalledDatabase.CreateAsync(await clusters.GetAsync(major), "", baseline: false);
        string url = database.Managed.OwnerUrl;

        Assert.Equal(ExitCode.Usage, (await RunAsync(database.Managed, ["harden", "--db", url])).Code);
        Assert.Equal(ExitCode.Usage, (await RunAsync(database.Managed, ["harden", "--apply", "--db", url, "--role", database.Role])).Code);
        Assert.Equal(ExitCode.Usage, (await RunAsync(database.Managed, ["harden", "--check", "--db", url])).Code);
        Assert.Equal(ExitCode.Usage, (await RunAsync(database.Managed, ["harden", "--check", "--db", url, "--role", "x", "--gateway", "nowhere.example"])).Code);
        (int code, string table, _) = await RunAsync(database.Managed, ["harden", "--check", "--db", url, "--role", "no_such_role"]);
        Assert.Equal(ExitCode.Found, code);
        Assert.Contains("there is no such role on this server", table, StringComparison.Ordinal);
        (int unmanaged, _, string error) = await RunAsync(
            database.Managed, ["harden", "--apply", "--db", url, "--admin-db", database.Managed.SuperuserUrl, "--role", database.Role]);
        Assert.Equal(1, unmanaged);
        Assert.Contains("LP104", error, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(ManagedDatabase managed, string[] arguments)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        string config = Path.Combine(managed.Directory, "lockplane.toml");
        await File.WriteAllTextAsync(config, $"state_dir = \"{managed.Directory}\"\n", TestContext.Current.CancellationToken);
        Terminal terminal = new(output, error, TextReader.Null, interactive: false, colour: false);
        int code = await CommandLine.RunAsync([.. arguments, "--config", config], terminal, (_, _, _, _) => throw new InvalidOperationException(), TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
