using System.Diagnostics;
using System.Globalization;
using Lockplane.Dev;
using Npgsql;

namespace Lockplane.Bench.Load.Targets;

/// <summary>The Postgres behind all targets: the checkout's own, with a database at pgbench's scale 1.</summary>
internal sealed class BenchServer : IAsyncDisposable
{
    private readonly EmbeddedPostgres _server;

    private BenchServer(EmbeddedPostgres server) => _server = server;

    public int Port => _server.Port;

    public string SocketDirectory => _server.SocketDirectory;

    public string Version => _server.Binaries.Version;

    /// <summary>The superuser's URL of the benchmark's database.</summary>
    public string AdminUrl => $"postgresql://postgres:{Uri.EscapeDataString(_server.SuperuserPassword)}@127.0.0.1:{Port.ToString(CultureInfo.InvariantCulture)}/{Target.Database}";

    public static async Task<BenchServer> StartAsync(string directory, int port, string pgbench, Action<string> progress, CancellationToken cancellation)
    {
        // Every target's 1,000 clients, and those of the run before that have not ended yet.
        string[] settings = ["max_connections=2400", "max_wal_size=4GB"];
        BenchServer server = new(await EmbeddedPostgres.StartAsync(
            new EmbeddedPostgresOptions(PostgresBinaries.FindDefault(), directory, port, "superuser of the benchmark", Durable: false, Settings: settings), progress, cancellation));
        try
        {
            await server.FillAsync(pgbench, cancellation);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends the sessions of the benchmark's roles, and waits until they are gone.</summary>
    public async Task EndSessionsAsync(CancellationToken cancellation)
    {
        await ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename IN ('bench', 'logins')", "postgres", cancellation);
        for (int wait = 0; wait < 200; wait++)
        {
            if (await ExecuteAsync("SELECT count(*) FROM pg_stat_activity WHERE usename IN ('bench', 'logins')", "postgres", cancellation) is 0L)
            {
                return;
            }

            await Task.Delay(50, cancellation);
        }
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task FillAsync(string pgbench, CancellationToken cancellation)
    {
        await ExecuteAsync($"CREATE DATABASE {Target.Database}", "postgres", cancellation);
        foreach (RoleLogin login in RoleLogin.All)
        {
            // Postgres 15 has one iteration count for all.
            string cost = login == RoleLogin.ForQueries && _server.Binaries.Major >= 16 ? "SET scram_iterations = 1; " : "";
            await ExecuteAsync($"{cost}CREATE ROLE {login.Role} LOGIN PASSWORD '{login.Password}'; RESET ALL", "postgres", cancellation);
        }

        ProcessStartInfo command = new(pgbench, ["-i", "-q", "-s", "1", Target.Database]);
        foreach ((string name, string value) in new Target("", Port, null, new RoleLogin("postgres", _server.SuperuserPassword)).LibpqEnvironment)
        {
            command.Environment[name] = value;
        }

        (int exitCode, string _, string errors) = await Child.RunAsync(command, TimeSpan.FromMinutes(2), cancellation);
        if (exitCode != 0)
        {
            throw new LoadException($"pgbench -i: {errors.Trim()}");
        }

        // 100 kB that are neither compressed nor searched for.
        await ExecuteAsync(
            """
            CREATE TABLE bulk (id integer PRIMARY KEY, body text NOT NULL);
            ALTER TABLE bulk ALTER COLUMN body SET STORAGE EXTERNAL;
            INSERT INTO bulk VALUES (1, repeat('0123456789', 10240));
            GRANT SELECT ON bulk, pgbench_accounts TO bench, logins;
            """, Target.Database, cancellation);
        await ExecuteAsync("VACUUM ANALYZE", Target.Database, cancellation);
    }

    private async Task<object?> ExecuteAsync(string sql, string database, CancellationToken cancellation)
    {
        await using NpgsqlConnection connection = new(_server.AdminConnectionString(database) + ";Pooling=false");
        await connection.OpenAsync(cancellation);
        object? last = null;
        // The driver does not split texts here (Npgsql.EnableSqlRewriting).
        foreach (string statement in sql.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            await using NpgsqlCommand command = new(statement, connection);
            last = await command.ExecuteScalarAsync(cancellation);
        }

        return last;
    }
}
