using System.Globalization;
using System.Text.Json.Nodes;
using Lockplane.PostgresTests.Clusters;
using Npgsql;

namespace Lockplane.PostgresTests.Operations;

/// <summary>A database, a role and a configuration that gateways of a test are started with.</summary>
internal sealed class ServedDatabase : IAsyncDisposable
{
    // The parser is compiled by the first process of the run and copied for the others: seconds each.
    private static readonly string Compiled = Path.Combine(AppContext.BaseDirectory, "operations-cache");

    private readonly List<GatewayProcess> _processes = [];
    private readonly string _role;
    private readonly string _password;
    private readonly string _database;
    private readonly string _common;

    private ServedDatabase(string folder, string role, string password, string database, string common) =>
        (Folder, _role, _password, _database, _common) = (folder, role, password, database, common);

    public string Folder { get; }

    public int Port { get; } = FreePort.Find();

    public int HttpPort { get; } = FreePort.Find();

    public string StateDirectory => Path.Combine(Folder, "state");

    public string Configuration => Path.Combine(Folder, "lockplane.toml");

    public string AuditFile => Path.Combine(Folder, "audit.log");

    public static async Task<ServedDatabase> CreateAsync(TestClusters clusters, string gateway = "", string rest = "")
    {
        PostgresCluster cluster = await clusters.GetAsync(18);
        (string role, string password) = await cluster.CreateRoleAsync();
        string database = new NpgsqlConnectionStringBuilder(await cluster.CreateDatabaseAsync(role)).Database!;
        string folder = TestDirectory.Create();
        string users = Path.Combine(folder, "userlist.txt");
        await File.WriteAllTextAsync(users, $"\"{role}\" \"{password}\"\n");
        File.SetUnixFileMode(users, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        string common = string.Create(CultureInfo.InvariantCulture, $"""
            [server.main]
            host = "{cluster.Host}"
            port = {cluster.Port}
            secret = "file:{users}"

            [[auth]]
            method = "scram"

            [[identity]]
            tenant_id = "acme"
            user_id = "ann"

            [[profile]]
            name = "application"
            allow_functions = ["pg_sleep"]

            [databases.main]
            url = "postgresql://postgres:{Uri.EscapeDataString(cluster.Password)}@{cluster.Host}:{cluster.Port}/{database}"

            """);
        ServedDatabase served = new(folder, role, password, database, common);
        Directory.CreateDirectory(served.StateDirectory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (Directory.Exists(Compiled))
        {
            Copy(Compiled, Path.Combine(served.StateDirectory, "cache"));
        }

        served.Configure(gateway, rest);
        return served;
    }

    /// <summary>Writes the configuration: keys of <c>[gateway]</c>, and whole tables.</summary>
    public void Configure(string gateway = "", string rest = "", int? port = null) => File.WriteAllText(Configuration, string.Create(CultureInfo.InvariantCulture, $"""
        state_dir = "{StateDirectory}"

        [gateway]
        port = {port ?? Port}
        {gateway}

        [http]
        port = {HttpPort}

        {(rest.Contains("[audit]", StringComparison.Ordinal) ? "" : $"[audit]\nfile = \"{AuditFile}\"\n")}
        {rest}
        {_common}
        """));

    /// <summary>Starts a process and waits until it serves.</summary>
    public async Task<GatewayProcess> StartAsync()
    {
        GatewayProcess process = Begin();
        await process.ReadyAsync();
        string cache = Path.Combine(StateDirectory, "cache");
        if (!Directory.Exists(Compiled) && Directory.Exists(cache))
        {
            Copy(cache, Compiled);
        }

        return process;
    }

    /// <summary>Starts a process that may not come to serve.</summary>
    public GatewayProcess Begin()
    {
        GatewayProcess process = GatewayProcess.Start(Configuration);
        _processes.Add(process);
        return process;
    }

    public string ConnectionString => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1", Port = Port, Username = _role, Password = _password, Database = _database, Pooling = false, SslMode = SslMode.Disable, Timeout = 30, ApplicationName = "operations",
    }.ConnectionString;

    public async Task<NpgsqlConnection> ConnectAsync()
    {
        NpgsqlConnection connection = new(ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        return connection;
    }

    /// <summary>Runs a statement and gives its first value.</summary>
    public static async Task<object?> AskAsync(NpgsqlConnection connection, string sql)
    {
        await using NpgsqlCommand command = new(sql, connection) { CommandTimeout = 60 };
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The SQLSTATE that a login or a statement is refused with.</summary>
    public static async Task<string> RefusedAsync(Func<Task> attempt) => (await Assert.ThrowsAsync<PostgresException>(attempt)).SqlState;

    /// <summary>The audit's events so far.</summary>
    public List<JsonObject> Audit() => [.. File.ReadAllLines(AuditFile).Select(line => (JsonObject)JsonNode.Parse(line)!)];

    /// <summary>Waits for an audit event of this kind and gives it.</summary>
    public async Task<JsonObject> AuditedAsync(string kind)
    {
        for (int attempt = 0; attempt < 1_000; attempt++)
        {
            if (File.Exists(AuditFile) && Audit().Find(line => (string?)line["event"] == kind) is { } found)
            {
                return found;
            }

            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        Assert.Fail($"No event {kind} in the audit:\n{await File.ReadAllTextAsync(AuditFile)}");
        return [];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (GatewayProcess process in _processes)
        {
            await process.DisposeAsync();
        }

        Directory.Delete(Folder, recursive: true);
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (string file in Directory.EnumerateFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
        }
    }
}
