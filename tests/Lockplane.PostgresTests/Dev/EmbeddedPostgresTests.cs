using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Lockplane.Dev;
using Lockplane.PostgresTests.Clusters;
using Lockplane.Sql.Errors;
using Npgsql;

namespace Lockplane.PostgresTests.Dev;

public sealed class EmbeddedPostgresTests : IDisposable
{
    private const string Password = "password of these tests";

    private readonly string _directory = TestDirectory.Create();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_second_start_finds_the_data_of_the_first()
    {
        await using (EmbeddedPostgres first = await StartAsync())
        {
            await RunAsync(first, "CREATE TABLE kept (a int)");
        }

        await using EmbeddedPostgres second = await StartAsync();

        await RunAsync(second, "SELECT a FROM kept");
    }

    [Fact]
    public async Task Nobody_comes_in_without_the_password()
    {
        await using EmbeddedPostgres server = await StartAsync();

        foreach (string host in (string[])["127.0.0.1", server.SocketDirectory])
        {
            NpgsqlConnectionStringBuilder wrong = new(server.AdminConnectionString()) { Host = host, Password = "wrong", Pooling = false };
            await using NpgsqlConnection connection = new(wrong.ConnectionString);
            PostgresException error = await Assert.ThrowsAsync<PostgresException>(() => connection.OpenAsync(Cancellation));
            Assert.Equal("28P01", error.SqlState);
        }

        IEnumerable<string> rules = File.ReadLines(Path.Combine(server.Root, "data", "pg_hba.conf")).Where(line => line.Length > 0 && line[0] != '#');
        Assert.All(rules, rule => Assert.EndsWith("scram-sha-256", rule, StringComparison.Ordinal));
        await RunAsync(server, "DO $$ BEGIN ASSERT (SELECT rolpassword LIKE 'SCRAM-SHA-256$%' FROM pg_authid WHERE rolname = 'postgres'); END $$");
    }

    [Fact]
    public async Task Its_folders_are_closed_to_other_accounts()
    {
        await using EmbeddedPostgres server = await StartAsync();

        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Assert.Equal(Owner, File.GetUnixFileMode(server.Root));
        Assert.Equal(Owner, File.GetUnixFileMode(server.SocketDirectory));
        Assert.Equal(Owner, File.GetUnixFileMode(Path.Combine(server.Root, "data")));
        Assert.False(File.Exists(Path.Combine(server.Root, "initdb.password")));
    }

    [Fact]
    public async Task Stopped_it_is_gone_and_took_its_pid_file_along()
    {
        EmbeddedPostgres server = await StartAsync();
        await server.DisposeAsync();

        Assert.False(File.Exists(Path.Combine(server.Root, "data", "postmaster.pid")));
        await Assert.ThrowsAsync<SocketException>(() => ConnectAsync(server.Port));
    }

    [Fact]
    public async Task It_ends_when_the_pipe_to_its_process_does()
    {
        await using EmbeddedPostgres server = await StartAsync();
        int? postmaster = await server.FindPostmasterAsync(Cancellation);

        server.ReleasePipe();
        await server.Exited.WaitAsync(TimeSpan.FromMinutes(1), Cancellation);

        Assert.NotNull(postmaster);
        Assert.Null(await server.FindPostmasterAsync(Cancellation));
    }

    [Fact]
    public async Task With_its_keeper_killed_the_server_is_still_stopped()
    {
        EmbeddedPostgres server = await StartAsync();
        UnixAccount.Signal(server.KeeperProcess, UnixAccount.Kill);
        await server.Exited.WaitAsync(TimeSpan.FromMinutes(1), Cancellation);

        await server.DisposeAsync();

        await Assert.ThrowsAsync<SocketException>(() => ConnectAsync(server.Port));
    }

    [Fact]
    public async Task A_pid_file_that_nobody_stands_behind_is_no_obstacle()
    {
        EmbeddedPostgres first = await StartAsync();
        await first.DisposeAsync();
        // The number of a process that lives and is no postmaster: this one.
        string stale = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}\n{first.Root}/data\n1700000000\n{first.Port}\n{first.SocketDirectory}\n127.0.0.1\n  1234567    123456\nready   \n");
        await File.WriteAllTextAsync(Path.Combine(first.Root, "data", "postmaster.pid"), stale, Cancellation);

        await using EmbeddedPostgres second = await StartAsync();

        await RunAsync(second, "SELECT 1");
    }

    [Fact]
    public async Task A_killed_postmaster_is_no_obstacle_to_the_next_start()
    {
        EmbeddedPostgres first = await StartAsync(FreePort.Find(), durable: true);
        await RunAsync(first, "CREATE TABLE kept (a int)");
        UnixAccount.Signal((await first.FindPostmasterAsync(Cancellation))!.Value, UnixAccount.Kill);
        await first.Exited.WaitAsync(TimeSpan.FromMinutes(1), Cancellation);
        await first.DisposeAsync();

        await using EmbeddedPostgres second = await StartAsync();

        await RunAsync(second, "SELECT a FROM kept");
    }

    [Fact]
    public async Task One_cluster_is_run_by_one_process_at_a_time()
    {
        await using EmbeddedPostgres server = await StartAsync();

        LockplaneException error = await Assert.ThrowsAsync<LockplaneException>(StartAsync);

        Assert.Equal($"Another process runs the cluster in {server.Root}.", error.Message);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named_with_the_variable_that_changes_it()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;

        LockplaneException error = await Assert.ThrowsAsync<LockplaneException>(() => StartAsync(port));

        Assert.StartsWith($"Port {port} on 127.0.0.1", error.Message, StringComparison.Ordinal);
        Assert.Contains("LOCKPLANE_PG_PORT", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Programs_of_another_major_version_do_not_touch_the_data()
    {
        await (await StartAsync()).DisposeAsync();

        LockplaneException error = await Assert.ThrowsAsync<LockplaneException>(() => EmbeddedPostgres.StartAsync(
            new EmbeddedPostgresOptions(PostgresBinaries.Find(15), _directory, FreePort.Find(), Password, Durable: false), _ => { }, Cancellation));

        Assert.Contains("was made by Postgres 18, and the programs in", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_does_not_start_shows_the_end_of_its_log()
    {
        EmbeddedPostgres server = await StartAsync();
        await server.DisposeAsync();
        await File.AppendAllTextAsync(Path.Combine(server.Root, "data", "postgresql.conf"), "\nno_such_setting = 1\n", Cancellation);

        LockplaneException error = await Assert.ThrowsAsync<LockplaneException>(StartAsync);

        Assert.Equal("Postgres did not start.", error.Message);
        Assert.Contains("no_such_setting", error.Detail, StringComparison.Ordinal);
    }

    private Task<EmbeddedPostgres> StartAsync() => StartAsync(FreePort.Find());

    private Task<EmbeddedPostgres> StartAsync(int port, bool durable = false) =>
        EmbeddedPostgres.StartAsync(new EmbeddedPostgresOptions(PostgresBinaries.Find(18), _directory, port, Password, durable), _ => { }, Cancellation);

    private static async Task RunAsync(EmbeddedPostgres server, string sql)
    {
        await using NpgsqlConnection connection = new(server.AdminConnectionString() + ";Pooling=false");
        await connection.OpenAsync(Cancellation);
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    private static async Task ConnectAsync(int port)
    {
        using Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port, Cancellation);
    }
}
