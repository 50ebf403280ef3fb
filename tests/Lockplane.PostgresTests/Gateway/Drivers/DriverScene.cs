using System.Globalization;
using System.Text.RegularExpressions;
using Lockplane.Dev;
using Lockplane.Gateway.Statements;
using Lockplane.PostgresTests.Clusters;
using Lockplane.PostgresTests.EndToEnd;
using Lockplane.Sql.PgQuery;
using Npgsql;

namespace Lockplane.PostgresTests.Gateway.Drivers;

/// <summary>Two databases of one role with the same content: one is reached directly, one through a gateway with the real statement gate. A driver's script must see the same in both.</summary>
internal sealed partial class DriverScene : IAsyncDisposable
{
    // What the scripts call beside the profile's own lists; each is refused without it, as the profile wants.
    private static readonly string[] AllowedFunctions =
    [
        "pg_sleep", "public.smoke_notice", "lo_from_bytea", "lo_get", "lo_put", "lo_creat", "lo_create", "lo_open", "loread", "lowrite", "lo_lseek64", "lo_tell64", "lo_truncate64", "lo_close", "lo_unlink",
    ];

    private static readonly ProfileRule Application = new() { Additions = new ProfileAdditions { AllowFunctions = [.. AllowedFunctions] } };

    private static readonly StatementGates Gates = new(new PgQueryParser(new PgQueryOptions { CacheFolder = Path.Combine(AppContext.BaseDirectory, "pgquery") }), 4 << 20);

    private readonly GatewayOfTest _gateway;
    private readonly PostgresCluster _cluster;
    private readonly string _directDatabase;

    private DriverScene(GatewayOfTest gateway, PostgresCluster cluster, string directDatabase) => (_gateway, _cluster, _directDatabase) = (gateway, cluster, directDatabase);

    /// <summary>The large values of a run: 100 MB with --all, and where a test asks for them; otherwise none.</summary>
    public static int LargeBytes(bool always) => always || TestClusters.All ? 100_000_000 : 0;

    public static async Task<DriverScene> StartAsync(PostgresCluster cluster)
    {
        GatewayOfTest gateway = await GatewayOfTest.StartAsync(cluster, options => options with { Profiles = [Application] }, Gates);
        string direct = await cluster.CreateDatabaseAsync(gateway.Role);
        foreach (string database in new[] { new NpgsqlConnectionStringBuilder(direct).Database!, gateway.Database })
        {
            string admin = new NpgsqlConnectionStringBuilder(cluster.AdminConnectionString) { Database = database }.ConnectionString;
            await cluster.ExecuteAsync("CREATE TABLE public.smoke (id int PRIMARY KEY, body text, data bytea)", admin);
            await cluster.ExecuteAsync($"ALTER TABLE public.smoke OWNER TO {gateway.Role}", admin);
            await cluster.ExecuteAsync(
                "CREATE FUNCTION public.smoke_notice(said text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'said %', said USING DETAIL = 'd', HINT = 'h'; RETURN said; END $$", admin);
        }

        return new DriverScene(gateway, cluster, new NpgsqlConnectionStringBuilder(direct).Database!);
    }

    /// <summary>Runs a program against both and demands that it ends well and prints the same.</summary>
    /// <returns>What it printed.</returns>
    public async Task<string> SameAsync(string program, string[] arguments, int largeBytes, params (string Name, string Value)[] environment)
    {
        Task<ProcessResult> direct = RunAsync(program, arguments, Environment(gateway: false, largeBytes, environment));
        ProcessResult through = await RunAsync(program, arguments, Environment(gateway: true, largeBytes, environment));
        string expected = Comparable((await direct).Succeeded());
        Assert.Equal(expected, Comparable(through.Succeeded()));
        return expected;
    }

    /// <summary>Runs a program through the gateway only.</summary>
    public Task<ProcessResult> ThroughAsync(string program, params string[] arguments) => RunAsync(program, arguments, Environment(gateway: true, 0, []));

    /// <summary>Npgsql's connection string: direct or through the gateway.</summary>
    public string ConnectionString(bool gateway) => new NpgsqlConnectionStringBuilder(_gateway.ConnectionString())
    {
        Port = gateway ? _gateway.Server.Port : _cluster.Port, Database = gateway ? _gateway.Database : _directDatabase, Timeout = 60, CommandTimeout = 120, IncludeErrorDetail = true,
    }.ConnectionString;

    public ValueTask DisposeAsync() => _gateway.DisposeAsync();

    private static Task<ProcessResult> RunAsync(string program, string[] arguments, Dictionary<string, string> environment) =>
        ChildProcess.RunAsync(program, arguments, Checkout.Find()!, environment);

    private Dictionary<string, string> Environment(bool gateway, int largeBytes, (string Name, string Value)[] more)
    {
        Dictionary<string, string> variables = new(StringComparer.Ordinal)
        {
            ["PGHOST"] = "127.0.0.1",
            ["PGPORT"] = (gateway ? _gateway.Server.Port : _cluster.Port).ToString(CultureInfo.InvariantCulture),
            ["PGUSER"] = _gateway.Role,
            ["PGPASSWORD"] = _gateway.Password,
            ["PGDATABASE"] = gateway ? _gateway.Database : _directDatabase,
            ["PGSSLMODE"] = "disable",
            ["LARGE_BYTES"] = largeBytes.ToString(CultureInfo.InvariantCulture),
            ["LC_ALL"] = "C.UTF-8",
        };
        foreach ((string name, string value) in more)
        {
            variables[name] = value;
        }

        return variables;
    }

    // The database's name and the process that a notification comes from differ between any two runs. Where in Postgres's source an error was raised is not told by the gateway's own errors.
    private string Comparable(ProcessResult result) =>
        Varying().Replace(result.All.Replace(_gateway.Database, "database", StringComparison.Ordinal).Replace(_directDatabase, "database", StringComparison.Ordinal), "");

    [GeneratedRegex(@"(?<=PID )\d+|.*LOCATION:.*\n")]
    private static partial Regex Varying();
}
