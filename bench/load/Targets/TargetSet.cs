using System.Diagnostics;
using System.Globalization;
using Lockplane.Dev;

namespace Lockplane.Bench.Load.Targets;

/// <summary>All targets, running side by side; idle but for the one that is measured.</summary>
internal sealed class TargetSet : IAsyncDisposable
{
    private readonly List<Child> _children = [];

    /// <summary>In the order of the results.</summary>
    public List<Target> Targets { get; } = [];

    /// <summary>What is not measured, and why.</summary>
    public List<string> Skipped { get; } = [];

    public static async Task<TargetSet> StartAsync(LoadOptions options, Programs programs, BenchServer server, string directory, Action<string> progress, CancellationToken cancellation)
    {
        TargetSet set = new();
        try
        {
            int port = options.Port + 10;
            set.Targets.Add(new Target(Target.Direct, server.Port, null, RoleLogin.ForQueries));
            (string certificate, string key) = TlsFiles.Write(directory);
            Builder builder = new(set, programs, server, directory, certificate, key);
            foreach (string name in (string[])
                [Target.PgBouncer, Target.PgBouncerUnix, Target.PgBouncerTls, Target.Haproxy, Target.Floor, Target.Lockplane, Target.LockplaneUnix, Target.LockplaneTls])
            {
                port += 5;
                if (!options.Targets.IsEmpty && !options.Targets.Contains(name))
                {
                    continue;
                }

                progress($"Starting {name}");
                try
                {
                    await builder.StartAsync(name, port, cancellation);
                }
                catch (LoadException e)
                {
                    set.Skipped.Add($"{name}: {e.Message}");
                    progress($"{name} is skipped: {e.Message}");
                }
            }

            return set;
        }
        catch
        {
            await set.DisposeAsync();
            throw;
        }
    }

    /// <summary>Leaves out a target that runs but does not serve.</summary>
    public void Skip(Target target, string reason)
    {
        Targets.Remove(target);
        Skipped.Add($"{target.Name}: {reason}");
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_children.Select(child => child.DisposeAsync().AsTask()));
    }

    private sealed class Builder(TargetSet set, Programs programs, BenchServer server, string directory, string certificate, string key)
    {
        private readonly UnixAccount _account = UnixAccount.ForPostgres();

        public Task StartAsync(string name, int port, CancellationToken cancellation) => name switch
        {
            Target.PgBouncer => StartPgBouncerAsync(name, port, "127.0.0.1", tls: false, cancellation),
            Target.PgBouncerUnix => StartPgBouncerAsync(name, port, server.SocketDirectory, tls: false, cancellation),
            Target.PgBouncerTls => StartPgBouncerAsync(name, port, "127.0.0.1", tls: true, cancellation),
            Target.Haproxy => StartHaproxyAsync(port, cancellation),
            Target.Floor => StartFloorAsync(port, cancellation),
            Target.Lockplane => StartLockplaneAsync(name, port, "127.0.0.1", tls: false, cancellation),
            Target.LockplaneUnix => StartLockplaneAsync(name, port, server.SocketDirectory, tls: false, cancellation),
            _ => StartLockplaneAsync(name, port, "127.0.0.1", tls: true, cancellation),
        };

        private async Task StartPgBouncerAsync(string name, int port, string serverHost, bool tls, CancellationToken cancellation)
        {
            string program = programs.PgBouncer ?? throw new LoadException("there is no pgbouncer on this machine (Debian: package pgbouncer).");
            string folder = Path.Combine(directory, name);
            await _account.CreatePrivateDirectoryAsync(folder, cancellation);
            await _account.WriteAsync(Path.Combine(folder, "users"), RoleLogin.Userlist, cancellation);
            string encryption = "";
            if (tls)
            {
                await _account.WriteAsync(Path.Combine(folder, "certificate"), await File.ReadAllTextAsync(certificate, cancellation), cancellation);
                await _account.WriteAsync(Path.Combine(folder, "key"), await File.ReadAllTextAsync(key, cancellation), cancellation);
                encryption = $"client_tls_sslmode = require\nclient_tls_cert_file = {folder}/certificate\nclient_tls_key_file = {folder}/key\n";
            }

            string configuration = Path.Combine(folder, "pgbouncer.ini");
            await _account.WriteAsync(configuration, $"""
                [databases]
                {Target.Database} = host={serverHost} port={server.Port} dbname={Target.Database}
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = {port}
                unix_socket_dir =
                listen_backlog = 4096
                auth_type = trust
                auth_file = {folder}/users
                pool_mode = session
                max_client_conn = 2000
                default_pool_size = 1100
                server_login_retry = 1
                log_connections = 0
                log_disconnections = 0
                {encryption}
                """, cancellation);
            await AddAsync(name, port, _account.Command(Child.Kept(Path.Combine(folder, "log"), [program, configuration])), Path.Combine(folder, "log"), tls, cancellation);
        }

        private async Task StartHaproxyAsync(int port, CancellationToken cancellation)
        {
            string program = programs.Haproxy ?? throw new LoadException("there is no haproxy on this machine (Debian: package haproxy).");
            string configuration = Path.Combine(directory, "haproxy.cfg");
            await File.WriteAllTextAsync(configuration, $"""
                global
                  maxconn 4000
                defaults
                  mode tcp
                  timeout connect 30s
                  timeout client 1h
                  timeout server 1h
                listen postgres
                  bind 127.0.0.1:{port} backlog 4096
                  server postgres 127.0.0.1:{server.Port}

                """, cancellation);
            string log = Path.Combine(directory, "haproxy.log");
            await AddAsync(Target.Haproxy, port, Plain(Child.Kept(log, [program, "-db", "-f", configuration])), log, tls: false, cancellation);
        }

        private async Task StartFloorAsync(int port, CancellationToken cancellation)
        {
            string compiler = programs.Compiler ?? throw new LoadException("there is no C compiler on this machine (Debian: package gcc).");
            string program = Path.Combine(directory, "floor");
            ProcessStartInfo compile = new(compiler, ["-O2", "-o", program, Path.Combine(AppContext.BaseDirectory, "floor.c")]);
            (int exitCode, string _, string errors) = await Child.RunAsync(compile, TimeSpan.FromMinutes(1), cancellation);
            if (exitCode != 0)
            {
                throw new LoadException($"it does not compile: {errors.Trim()}");
            }

            string log = Path.Combine(directory, "floor.log");
            await AddAsync(Target.Floor, port, Plain(Child.Kept(log, [program, $"{port}", $"{server.Port}"])), log, tls: false, cancellation);
        }

        private async Task StartLockplaneAsync(string name, int port, string serverHost, bool tls, CancellationToken cancellation)
        {
            LockplaneProcess process = new(name, directory)
            {
                Port = port,
                ServerHost = serverHost,
                ServerPort = server.Port,
                AdminUrl = server.AdminUrl,
                TlsFiles = tls ? (certificate, key) : null,
            };
            await AddAsync(name, port, process.Command(), process.Log, tls, cancellation);
        }

        private async Task AddAsync(string name, int port, ProcessStartInfo command, string log, bool tls, CancellationToken cancellation)
        {
            Child child = await Child.StartAsync(name, command, log, port, cancellation);
            set._children.Add(child);
            set.Targets.Add(new Target(name, port, child.ProcessId, RoleLogin.ForQueries, tls));
        }

        private static ProcessStartInfo Plain(IEnumerable<string> words) => new(words.First(), words.Skip(1)) { WorkingDirectory = "/" };
    }
}
