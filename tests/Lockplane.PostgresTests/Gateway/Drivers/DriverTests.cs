using System.Globalization;
using Lockplane.Dev;
using Lockplane.PostgresTests.Clusters;
using Lockplane.PostgresTests.EndToEnd;

namespace Lockplane.PostgresTests.Gateway.Drivers;

/// <summary>The same script by each driver, directly and through the gateway: what it sees must be the same. The scripts are in tests/clients/drivers.</summary>
public sealed class DriverTests(TestClusters clusters)
{
    private const string Scripts = "tests/clients/drivers/";
    private const string JdbcJar = "/usr/share/java/postgresql.jar";

    private static readonly string[] Psql = ["-X", "-v", "VERBOSITY=verbose", "-v", "SHOW_CONTEXT=never", "-P", "pager=off"];

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task Psql_sees_the_same(int major)
    {
        await NeedPsqlAsync();
        await using DriverScene scene = await DriverScene.StartAsync(await clusters.GetAsync(major));
        Assert.Contains("smoke_pkey", await scene.SameAsync("psql", [.. Psql, "-f", Scripts + "session.psql"], 0), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Psql_with_the_libpq_of_Postgres_18_and_protocol_3_2_sees_the_same()
    {
        await NeedPsqlAsync();
        await using DriverScene scene = await DriverScene.StartAsync(await clusters.GetAsync(18));
        await scene.SameAsync("psql", [.. Psql, "-f", Scripts + "session.psql"], 0, ("LD_LIBRARY_PATH", NewestLibraries), ("PGMINPROTOCOLVERSION", "3.2"));
    }

    /// <summary>On a terminal psql asks for the encoding of its locale: SQL_ASCII under C. What it shows is the same for ASCII; the gateway itself speaks UTF8 only.</summary>
    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task Psql_on_a_terminal_sees_the_same_in_the_C_locale(int major)
    {
        await NeedPsqlAsync();
        await NeedAsync("util-linux", "script", "--version");
        await using DriverScene scene = await DriverScene.StartAsync(await clusters.GetAsync(major));
        const string Session = "psql -X -P pager=off -c 'SELECT 1 AS one' -c 'SELEC' -c \"SELECT repeat('x', 100000) AS many\" -c '\\d smoke' -c 'LISTEN a' -c 'NOTIFY a'";
        Assert.Contains("smoke_pkey", await scene.SameAsync("script", ["-qec", Session, "/dev/null"], 0, ("LC_ALL", "C"), ("TERM", "dumb")), StringComparison.Ordinal);
        await scene.SameAsync("script", ["-qec", $"psql -X -P pager=off -f {Scripts}session.psql -o /dev/null", "/dev/null"], 0, ("TERM", "dumb"));
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task Psql_is_interrupted_the_same(int major)
    {
        await NeedPsqlAsync();
        await using DriverScene scene = await DriverScene.StartAsync(await clusters.GetAsync(major));
        string[] session = ["--foreground", "--preserve-status", "-s", "INT", "1", "psql", .. Psql, "-c", "SELECT pg_sleep(30)", "-c", "SELECT 1"];
        Assert.Contains("57014", await scene.SameAsync("sh", ["-c", "timeout \"$@\"; true", "sh", .. session], 0), StringComparison.Ordinal);
        Assert.Contains("57014", await scene.SameAsync("sh", ["-c", "timeout \"$@\"; true", "sh", .. session], 0, ("LD_LIBRARY_PATH", NewestLibraries)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Psql_carries_large_values_the_same()
    {
        await NeedPsqlAsync();
        Assert.SkipUnless(DriverScene.LargeBytes(always: false) > 0, "Large values by psql run with --all.");
        await using DriverScene scene = await DriverScene.StartAsync(await clusters.GetAsync(18));
        const string Session = """
            head -c 100000000 /dev/zero | tr '\0' 'y' | { printf '800\t'; cat; printf '\n'; } | psql -X -c 'COPY smoke (id, body) FROM STDIN'
            psql -X -c 'COPY (SELECT body FROM smoke WHERE id = 800) TO STDOUT' | wc -c
            psql -X -A -t -c "SELECT repeat('z', 100000000)" | wc -c
            """;
        Assert.Contains("100000001", await scene.SameAsync("sh", ["-c", Session], 0), StringComparison.Ordinal);
    }

    /// <summary>libpq's own functions for large objects are FunctionCalls, which the gateway refuses by name: the session goes on.</summary>
    [Fact]
    public async Task Psql_is_told_that_large_objects_go_by_SQL()
    {
        await NeedPsqlAsync();
        await using DriverScene scene = await DriverScene.StartAsync(await clusters.GetAsync(18));
        ProcessResult result = await scene.ThroughAsync("psql", [.. Psql, "-c", "\\lo_import /dev/null", "-c", "SELECT 42"]);
        Assert.Contains("FunctionCall", result.Errors, StringComparison.Ordinal);
        Assert.Contains("42", result.Output, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task Node_postgres_sees_the_same(int major) => await SameCasesAsync(major, "node", [Scripts + "session-pg.mjs"], large: false);

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task Postgres_js_sees_the_same(int major) => await SameCasesAsync(major, "node", [Scripts + "session-postgresjs.mjs"], large: false);

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task Psycopg_sees_the_same(int major) => await SameCasesAsync(major, await PythonAsync("psycopg"), [Scripts + "session_psycopg.py"], large: false);

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task Asyncpg_sees_the_same_with_large_values(int major) => await SameCasesAsync(major, await PythonAsync("asyncpg"), [Scripts + "session_asyncpg.py"], large: major == 18);

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task Jdbc_sees_the_same(int major)
    {
        await NeedAsync("default-jdk-headless", "java", "--list-modules | grep jdk.compiler");
        Assert.SkipUnless(File.Exists(JdbcJar), $"{JdbcJar} is not on this machine (Debian: package libpostgresql-jdbc-java).");
        await SameCasesAsync(major, "java", ["-Xmx2g", "-cp", JdbcJar, Scripts + "SessionJdbc.java"], large: false);
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task Npgsql_sees_the_same(int major)
    {
        await using DriverScene scene = await DriverScene.StartAsync(await clusters.GetAsync(major));
        int large = DriverScene.LargeBytes(always: false);
        Assert.Equal(
            await new NpgsqlSession(scene.ConnectionString(gateway: false), large).RunAsync(TestContext.Current.CancellationToken),
            await new NpgsqlSession(scene.ConnectionString(gateway: true), large).RunAsync(TestContext.Current.CancellationToken));
    }

    private static string NewestLibraries => Path.GetFullPath(Path.Combine(PostgresBinaries.Find(18).Directory, "..", "lib"));

    private async Task SameCasesAsync(int major, string program, string[] arguments, bool large)
    {
        await using DriverScene scene = await DriverScene.StartAsync(await clusters.GetAsync(major));
        string seen = await scene.SameAsync(program, arguments, DriverScene.LargeBytes(large), ("NODE_NO_WARNINGS", "1"));
        string[] cases = ["simple", "extended", "prepared", "pipeline", "pipeline_error", "copy_in", "copy_out", "notify", "cancel", "large_objects", "notices", "cursors", "transactions"];
        Assert.All(cases, name => Assert.Contains($"\"case\":\"{name}\"", seen.Replace("\": \"", "\":\"", StringComparison.Ordinal), StringComparison.Ordinal));
        if (DriverScene.LargeBytes(large) > 0)
        {
            Assert.Contains(DriverScene.LargeBytes(large).ToString(CultureInfo.InvariantCulture), seen, StringComparison.Ordinal);
        }
    }

    private static Task NeedPsqlAsync() => NeedAsync("postgresql-client", "psql", "--version");

    private static async Task NeedAsync(string package, string program, string argument) => Assert.SkipUnless(
        (await ChildProcess.RunAsync("sh", ["-c", $"command -v {program} && {program} {argument}"], "/")).ExitCode == 0, $"{program} is not on this machine (Debian: package {package}).");

    /// <summary>The Python that has a module: Debian's packages belong to the system's own, which need not be the first on the path.</summary>
    private static async Task<string> PythonAsync(string module)
    {
        foreach (string python in new[] { "/usr/bin/python3", "python3" })
        {
            if ((await ChildProcess.RunAsync("sh", ["-c", $"{python} -c 'import {module}'"], "/")).ExitCode == 0)
            {
                return python;
            }
        }

        Assert.Skip($"Python's {module} is not on this machine (Debian: package python3-{module}).");
        return "";
    }
}
