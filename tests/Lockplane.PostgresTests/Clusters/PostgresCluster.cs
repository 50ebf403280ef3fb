using System.Globalization;
using Lockplane.Dev;
using Npgsql;
using Testcontainers.PostgreSql;

namespace Lockplane.PostgresTests.Clusters;

/// <summary>A running server that tests may fill with databases and roles; gone after the run.</summary>
internal sealed class PostgresCluster : IAsyncDisposable
{
    private readonly IAsyncDisposable _server;
    private int _databases;

    private PostgresCluster(int major, string adminConnectionString, IAsyncDisposable server, string? directory)
    {
        (Major, AdminConnectionString, _server, Directory) = (major, adminConnectionString, server, directory);
    }

    public int Major { get; }

    /// <summary>The superuser <c>postgres</c> in database <c>postgres</c>.</summary>
    public string AdminConnectionString { get; }

    public string Host => Parts.Host!;

    public int Port => Parts.Port;

    /// <summary>The superuser's password.</summary>
    public string Password => Parts.Password!;

    /// <summary>The folder of the server's Unix socket; null in a container.</summary>
    public string? SocketDirectory => (_server as EmbeddedPostgres)?.SocketDirectory;

    /// <summary>The server's log; null in a container.</summary>
    public string? Log => (_server as EmbeddedPostgres)?.Log;

    private NpgsqlConnectionStringBuilder Parts => new(AdminConnectionString);

    private string? Directory { get; }

    /// <summary>Creates an empty database and returns the superuser's connection string to it. Its name is unique in the run.</summary>
    public async Task<string> CreateDatabaseAsync(string? owner = null)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"test_{Interlocked.Increment(ref _databases)}");
        await ExecuteAsync($"CREATE DATABASE {name}" + (owner is null ? "" : $" OWNER \"{owner}\""));
        return new NpgsqlConnectionStringBuilder(AdminConnectionString) { Database = name }.ConnectionString;
    }

    /// <summary>Creates a login role with a password and returns both. Its name is unique in the run.</summary>
    public async Task<(string Role, string Password)> CreateRoleAsync(string attributes = "")
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"role_{Interlocked.Increment(ref _databases)}");
        string password = $"password of {name}";
        await ExecuteAsync($"CREATE ROLE {name} LOGIN PASSWORD '{password}' {attributes}");
        return (name, password);
    }

    /// <summary>Runs SQL as the superuser, in database <c>postgres</c> or the one of a connection string.</summary>
    public async Task ExecuteAsync(string sql, string? connectionString = null)
    {
        await using NpgsqlConnection connection = new(connectionString ?? AdminConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        if (Directory is not null)
        {
            System.IO.Directory.Delete(Directory, recursive: true);
        }
    }

    /// <summary>Starts a server of a test's own.</summary>
    /// <param name="settings">Further settings of the server, as <c>name=value</c>.</param>
    internal static async Task<PostgresCluster> StartAsync(int major, params string[] settings)
    {
        if (Environment.GetEnvironmentVariable("LOCKPLANE_TEST_PG") == "docker")
        {
            PostgreSqlContainer container = new PostgreSqlBuilder(string.Create(CultureInfo.InvariantCulture, $"postgres:{major}"))
                .WithCommand(["-c", "fsync=off", "-c", "max_connections=200", .. settings.SelectMany(setting => (string[])["-c", setting])]).Build();
            await container.StartAsync();
            return new PostgresCluster(major, Unpooled(container.GetConnectionString()), container, null);
        }

        string directory = TestDirectory.Create();
        EmbeddedPostgres server = await StartEmbeddedAsync(PostgresBinaries.Find(major), directory, settings);
        return new PostgresCluster(major, Unpooled(server.AdminConnectionString()), server, directory);
    }

    /// <summary>A port that is free now may be taken by another test process before the server has it: tried again then.</summary>
    private static async Task<EmbeddedPostgres> StartEmbeddedAsync(PostgresBinaries binaries, string directory, string[] settings)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await EmbeddedPostgres.StartAsync(
                    new EmbeddedPostgresOptions(binaries, directory, FreePort.Find(), "superuser of the tests", Durable: false, settings), _ => { }, CancellationToken.None);
            }
            catch (Lockplane.Sql.Errors.LockplaneException) when (attempt < 3)
            {
            }
        }
    }

    /// <summary>Without a pool, so that a test's databases can be dropped when its connections are closed.</summary>
    private static string Unpooled(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, Database = "postgres" }.ConnectionString;
}
