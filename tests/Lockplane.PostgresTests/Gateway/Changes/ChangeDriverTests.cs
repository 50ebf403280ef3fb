using Lockplane.PostgresTests.Clusters;
using Lockplane.PostgresTests.Control;
using Lockplane.PostgresTests.EndToEnd;

namespace Lockplane.PostgresTests.Gateway.Changes;

/// <summary>Schema changes of a migrator by each driver. The scripts are in tests/clients/drivers.</summary>
[Collection(ManagedDatabase.Collection)]
public sealed class ChangeDriverTests(TestClusters clusters)
{
    private const string Scripts = "tests/clients/drivers/";
    private const string JdbcJar = "/usr/share/java/postgresql.jar";

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task Psql(int major)
    {
        await NeedAsync("psql", "psql --version");
        await using MigratorScene scene = await StartAsync(major);
        ProcessResult result = await scene.RunAsync(
            "psql", "-X", "-q", "-v", "VERBOSITY=sqlstate", "-c", "\\set QUIET off", "-c", "CREATE TABLE driver (id int)", "-c", "COMMENT ON TABLE driver IS 'c'", "-c", "DROP TABLE driver",
            "-c", "SELECT 1; CREATE TABLE never (id int)", "-c", "BEGIN", "-c", "CREATE TABLE never (id int)", "-c", "ROLLBACK", "-c", "\\d driver");
        Assert.Contains("CREATE TABLE", result.Output, StringComparison.Ordinal);
        Assert.Contains("COMMENT", result.Output, StringComparison.Ordinal);
        Assert.Contains("integer", result.Output, StringComparison.Ordinal);
        Assert.Equal(["LP302", "25001", "25001"], result.Errors.Split('\n').Where(line => line.StartsWith("ERROR:", StringComparison.Ordinal)).Select(line => line[6..].Trim()));
        await AssertLedgerAsync(scene, 2);
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task Node_postgres(int major)
    {
        await using MigratorScene scene = await StartAsync(major);
        Assert.Equal("[\"CREATE\",\"ALTER\",\"ALTER\",\"42501\",\"LP302\",\"BEGIN\",\"25001\",\"ROLLBACK\",\"25001\"]", (await scene.RunAsync("node", Scripts + "changes-pg.mjs")).Succeeded().Output.Trim());
        await AssertLedgerAsync(scene, 3);
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task Psycopg(int major)
    {
        await NeedAsync("python3-psycopg", "/usr/bin/python3 -c 'import psycopg'");
        await using MigratorScene scene = await StartAsync(major);
        Assert.Equal(
            "[\"CREATE TABLE\", \"ALTER TABLE\", \"0A000\", \"LP302\", \"25001\", \"25001\", \"25001\"]", (await scene.RunAsync("/usr/bin/python3", Scripts + "changes_psycopg.py")).Succeeded().Output.Trim());
        await AssertLedgerAsync(scene, 2);
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task Asyncpg(int major)
    {
        await NeedAsync("python3-asyncpg", "/usr/bin/python3 -c 'import asyncpg'");
        await using MigratorScene scene = await StartAsync(major);
        Assert.Equal("[\"CREATE TABLE\", \"ALTER TABLE\", \"0A000\", \"LP302\", \"25001\", \"25001\"]", (await scene.RunAsync("/usr/bin/python3", Scripts + "changes_asyncpg.py")).Succeeded().Output.Trim());
        await AssertLedgerAsync(scene, 2);
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task Jdbc(int major)
    {
        await NeedAsync("default-jdk-headless", "java --list-modules | grep jdk.compiler");
        Assert.SkipUnless(File.Exists(JdbcJar), $"{JdbcJar} is not on this machine (Debian: package libpostgresql-jdbc-java).");
        await using MigratorScene scene = await StartAsync(major);
        Assert.Equal("[ok, ok, LP302, 25001, 25001, ok, ok]", (await scene.RunAsync("java", "-cp", JdbcJar, Scripts + "ChangesJdbc.java")).Succeeded().Output.Trim());
        await AssertLedgerAsync(scene, 4);
    }

    private static async Task AssertLedgerAsync(MigratorScene scene, int entries)
    {
        Assert.Equal(entries, (await scene.CleanLedgerAsync()).Count);
        Assert.False(await scene.HasAsync("never"));
        Assert.True(await scene.HasAsync("driver"));
    }

    private static async Task NeedAsync(string package, string command) =>
        Assert.SkipUnless((await ChildProcess.RunAsync("sh", ["-c", command], "/")).ExitCode == 0, $"`{command}` fails on this machine (Debian: package {package}).");

    private async Task<MigratorScene> StartAsync(int major) => await MigratorScene.StartAsync(await clusters.GetAsync(major));
}
