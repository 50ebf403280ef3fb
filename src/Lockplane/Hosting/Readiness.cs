using System.Net.Sockets;
using Lockplane.Control.Connections;
using Lockplane.Gateway.Audit;
using Lockplane.Hosting.Configuration;
using Npgsql;

namespace Lockplane.Hosting;

/// <summary>What <c>/readyz</c> answers.</summary>
/// <param name="Ready">Whether sessions can be served.</param>
/// <param name="Checks">Each part: <c>ok</c>, or what is wrong with it.</param>
/// <param name="Passthrough">The roles of profile passthrough, each with its database: their sessions are not judged and carry no context.</param>
/// <param name="Walls">Of each database, which walls of the second wall are missing. It says nothing about being ready.</param>
/// <param name="FunctionsUnread">The databases whose functions cannot be read at the moment (the log says why): sessions go on by what was read, or by pg_catalog's functions alone.</param>
internal sealed record ReadinessReport(bool Ready, IReadOnlyDictionary<string, string> Checks, IReadOnlyList<string> Passthrough, IReadOnlyDictionary<string, string> Walls, IReadOnlyList<string> FunctionsUnread);

/// <summary>Whether the gateway listens, its server is there, and every database answers. Asked at most once a second, since anyone may ask.</summary>
internal sealed class Readiness(
    Func<LockplaneConfiguration> configuration, IAuditSink audit, TimeProvider clock, Func<CancellationToken, Task<IReadOnlyDictionary<string, string>>> walls) : IDisposable
{
    private const string Ok = "ok";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Validity = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _one = new(1, 1);
    private ReadinessReport? _last;
    private long _asked;

    /// <summary>Set by the host when the gateway listens, and cleared when it drains.</summary>
    public bool GatewayListens { get; set; }

    /// <summary>The databases whose functions cannot be read at the moment.</summary>
    public Func<IReadOnlyList<string>> FunctionsUnread { get; init; } = static () => [];

    /// <summary>Set by the host when it was asked to end.</summary>
    public bool Draining { get; set; }

    public async Task<ReadinessReport> CheckAsync(CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            if (_last is null || clock.GetElapsedTime(_asked) > Validity || !GatewayListens)
            {
                _last = await AskAsync(cancellation);
                _asked = clock.GetTimestamp();
            }

            return _last;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task<ReadinessReport> AskAsync(CancellationToken cancellation)
    {
        SortedDictionary<string, string> checks = new(StringComparer.Ordinal) 
        {
            ["gateway"] = Draining ? "draining" : GatewayListens ? Ok : "does not listen",
            ["audit"] = audit.Refuses ? audit.Failure ?? "cannot be written" : Ok,
        };
        foreach ((string name, ServerSection server) in configuration().Servers)
        {
            checks[$"server {name}"] = await TryAsync(patience => ConnectAsync(server, patience), cancellation);
        }

        foreach ((string name, DatabaseSection database) in configuration().Databases)
        {
            checks[$"database {name}"] = await TryAsync(patience => QueryAsync(database.ApplyUrl, patience), cancellation);
        }

        return new ReadinessReport(checks.Values.All(check => check == Ok), checks, configuration().PassthroughRoles, await walls(cancellation), FunctionsUnread());
    }

    private static async Task<string> TryAsync(Func<CancellationToken, Task> check, CancellationToken cancellation)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        try
        {
            await check(patience.Token);
            return Ok;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return $"no answer within {Patience.TotalSeconds} s";
        }
        catch (PostgresException e)
        {
            return $"refused with {e.SqlState}";
        }
        catch (Exception e) when (e is NpgsqlException or SocketException or IOException)
        {
            return (e.InnerException as SocketException ?? e as SocketException)?.SocketErrorCode.ToString() ?? "cannot be reached";
        }
    }

    private static async Task ConnectAsync(ServerSection server, CancellationToken cancellation)
    {
        if (server.Host.StartsWith('/'))
        {
            using Socket local = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await local.ConnectAsync(new UnixDomainSocketEndPoint($"{server.Host}/.s.PGSQL.{server.Port}"), cancellation);
            return;
        }

        using Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server.Host, server.Port, cancellation);
    }

    private static async Task QueryAsync(string url, CancellationToken cancellation)
    {
        NpgsqlConnectionStringBuilder login = PostgresUrl.Parse(url);
        login.Pooling = false;
        await using NpgsqlConnection connection = new(login.ConnectionString);
        await connection.OpenAsync(cancellation);
        await using NpgsqlCommand command = new("SELECT 1", connection);
        await command.ExecuteScalarAsync(cancellation);
    }
}
