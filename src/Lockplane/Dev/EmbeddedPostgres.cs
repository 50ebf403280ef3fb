using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Lockplane.Sql.Errors;

namespace Lockplane.Dev;

/// <summary>What to run.</summary>
/// <param name="Binaries">The server programs.</param>
/// <param name="Directory">The folder that holds the cluster's folder <c>postgres</c>.</param>
/// <param name="Port">The port on 127.0.0.1, which is also in the socket's name.</param>
/// <param name="SuperuserPassword">The password of the superuser <c>postgres</c>, which initdb sets.</param>
/// <param name="Durable">False for clusters that nobody misses after a power cut: much faster.</param>
/// <param name="Settings">Further settings, as <c>name=value</c>; they win over ours.</param>
internal sealed record EmbeddedPostgresOptions(
    PostgresBinaries Binaries, string Directory, int Port, string SuperuserPassword, bool Durable = true, IReadOnlyList<string>? Settings = null);

/// <summary>
/// A private Postgres server: it listens on 127.0.0.1 and on a socket in a folder of mode 0700, and every login needs SCRAM. It lives as long as this object: a small shell holds a
/// pipe to this process and shuts the server down when the pipe ends, so that even SIGKILL to this process leaves no server behind.
/// </summary>
internal sealed class EmbeddedPostgres : IAsyncDisposable
{
    /// <summary>Overrides the port of <c>./dev up</c>'s server.</summary>
    public const string PortVariable = "LOCKPLANE_PG_PORT";

    // $1 is the log. The reader ends when our end of the pipe does, by whatever death, and sends SIGINT: Postgres's fast shutdown. Signals meant for this process are none of the shell's.
    private const string Keeper = """
        log=$1; shift; exec 3<&0 </dev/null
        "$@" 3<&- >"$log" 2>&1 & server=$!
        trap '' INT TERM HUP
        { read -r _ <&3; kill -INT $server; } 2>/dev/null & reader=$!
        exec 3<&-
        wait $server; code=$?
        kill -9 $reader 2>/dev/null
        exit $code
        """;

    private static readonly TimeSpan LongestStart = TimeSpan.FromMinutes(2);

    private readonly ClusterDirectory _directory;
    private readonly Process _keeper;
    private int _stopped;

    private EmbeddedPostgres(ClusterDirectory directory, Process keeper, int port, string password)
    {
        (_directory, _keeper, Port, SuperuserPassword) = (directory, keeper, port, password);
        Exited = keeper.WaitForExitAsync();
    }

    public int Port { get; }

    public string SuperuserPassword { get; }

    /// <summary>The folder of the server's Unix socket, mode 0700.</summary>
    public string SocketDirectory => _directory.SocketDirectory;

    /// <summary>The cluster's folder: data, socket and log.</summary>
    public string Root => _directory.Root;

    public string Log => _directory.Log;

    public PostgresBinaries Binaries => _directory.Binaries;

    /// <summary>Ends when the server has, whoever stopped it.</summary>
    public Task Exited { get; }

    /// <summary>The shell that ends the server with this process. For tests of that.</summary>
    internal int KeeperProcess => _keeper.Id;

    /// <summary>The postmaster's process number; null when it does not run.</summary>
    internal Task<int?> FindPostmasterAsync(CancellationToken cancellation) => _directory.FindPostmasterAsync(cancellation);

    /// <summary>Closes this process's end of the pipe, as its death would. For tests of that.</summary>
    internal void ReleasePipe() => _keeper.StandardInput.Close();

    /// <summary>Starts the server, after making its cluster when there is none and clearing what a killed run left.</summary>
    /// <param name="options">What to run.</param>
    /// <param name="progress">Told, in a sentence, what is begun that takes a second or more.</param>
    /// <param name="cancellation">Gives up; nothing is left running.</param>
    /// <exception cref="LockplaneException">LP001, with the end of the server's log when it did not start.</exception>
    public static async Task<EmbeddedPostgres> StartAsync(EmbeddedPostgresOptions options, Action<string> progress, CancellationToken cancellation)
    {
        ClusterDirectory directory = await ClusterDirectory.OpenAsync(options.Directory, options.Binaries, progress, cancellation);
        try
        {
            await directory.ClearLeftoversAsync(progress, cancellation);
            RequireFree(options.Port);
            await directory.InitializeAsync(options.SuperuserPassword, options.Durable, progress, cancellation);
            EmbeddedPostgres server = new(directory, StartKeeper(directory, options), options.Port, options.SuperuserPassword);
            try
            {
                await server.WaitUntilReadyAsync(cancellation);
                return server;
            }
            catch
            {
                await server.DisposeAsync();
                throw;
            }
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>A connection string for Npgsql, by TCP.</summary>
    public string ConnectionString(string user, string password, string database = "postgres") =>
        string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={Port};Username={user};Password={password};Database={database}");

    /// <summary>The superuser's connection string for Npgsql.</summary>
    public string AdminConnectionString(string database = "postgres") => ConnectionString("postgres", SuperuserPassword, database);

    /// <summary>Fast shutdown: sessions are ended, what was committed is on disk. Returns when the server is gone.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0)
        {
            return;
        }

        _keeper.StandardInput.Close();
        await Exited;
        if (await _directory.FindPostmasterAsync(CancellationToken.None) is { } orphan)
        {
            // The keeper was killed.
            await ClusterDirectory.StopPostmasterAsync(orphan, CancellationToken.None);
        }

        _keeper.Dispose();
        _directory.Dispose();
    }

    private static Process StartKeeper(ClusterDirectory directory, EmbeddedPostgresOptions options)
    {
        List<string> command =
        [
            "sh", "-c", Keeper, "sh", directory.Log,
            directory.Binaries.Postgres, "-D", directory.Data,
            "-c", "listen_addresses=127.0.0.1",
            "-c", string.Create(CultureInfo.InvariantCulture, $"port={options.Port}"),
            "-c", $"unix_socket_directories={directory.SocketDirectory}",
            "-c", "unix_socket_permissions=0700",
            "-c", "password_encryption=scram-sha-256",
            "-c", "max_connections=200",
            "-c", "logging_collector=off",
            "-c", "log_destination=stderr",
        ];
        if (!options.Durable)
        {
            command.AddRange(["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "autovacuum_naptime=1h"]);
        }

        command.AddRange((options.Settings ?? []).SelectMany(setting => (string[])["-c", setting]));
        if (File.Exists("/usr/bin/setsid"))
        {
            // A group of its own: Ctrl-C on the terminal reaches this process alone, which then stops things in order.
            command.Insert(0, "/usr/bin/setsid");
        }

        Process keeper = Process.Start(directory.Account.Command(command))!;
        keeper.StandardOutput.Close();
        keeper.StandardError.Close();
        return keeper;
    }

    private async Task WaitUntilReadyAsync(CancellationToken cancellation)
    {
        long deadline = Environment.TickCount64 + (long)LongestStart.TotalMilliseconds;
        while (!_directory.IsReady())
        {
            if (Exited.IsCompleted)
            {
                throw new LockplaneException(ErrorCodes.Configuration, "Postgres did not start.", _directory.LogTail(), $"Its log is {Log}.");
            }

            if (Environment.TickCount64 > deadline)
            {
                throw new LockplaneException(ErrorCodes.Configuration, $"Postgres was not ready within {LongestStart.TotalSeconds} s.", _directory.LogTail(), $"Its log is {Log}.");
            }

            await Task.Delay(20, cancellation);
        }
    }

    private static void RequireFree(int port)
    {
        try
        {
            using TcpListener listener = new(IPAddress.Loopback, port);
            listener.Start();
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
        {
            throw new LockplaneException(ErrorCodes.Configuration, $"Port {port} on 127.0.0.1, which is for the embedded Postgres, cannot be had: {e.Message}.",
                null, $"End the program that listens there, or set {PortVariable} to another port.");
        }
    }
}
