using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Lockplane.Gateway.Identity;
using Lockplane.Gateway.Sessions;
using Lockplane.Gateway.Statements;
using Lockplane.Sql.Errors;
using Microsoft.Extensions.Logging;

namespace Lockplane.Gateway;

/// <summary>Decides about the text of one Query or Parse message (valid or not, without its terminating NUL). Called from many threads.</summary>
public delegate Verdict JudgeStatement(ReadOnlySpan<byte> text);

/// <summary>The data plane: a listener and its sessions.</summary>
public sealed class GatewayServer : IAsyncDisposable
{
    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(100);

    private readonly GatewayParts _parts;
    private readonly ConcurrentDictionary<Session, Task> _sessions = new();
    private readonly CancellationTokenSource _stopping = new();
    private Socket? _listener;
    private Task _accepting = Task.CompletedTask;

    /// <param name="options">Validated here: LP001 for what cannot work.</param>
    /// <param name="identities">Who a login is for row level security; <see cref="RuleIdentitySource"/> follows the configuration.</param>
    /// <param name="judge">The statement gate.</param>
    /// <param name="ddl">Where schema changes go.</param>
    /// <param name="loggers">For logins, refusals and ends of sessions; no SQL text.</param>
    /// <exception cref="LockplaneException">LP001.</exception>
    public GatewayServer(GatewayOptions options, IIdentitySource identities, JudgeStatement judge, IDdlGate ddl, ILoggerFactory loggers)
    {
        options.Validate();
        _parts = new GatewayParts(options, identities, judge, ddl, loggers);
    }

    /// <summary>The port that is listened on; 0 before <see cref="StartAsync"/>.</summary>
    public int Port { get; private set; }

    /// <summary>Sessions that are logged in or logging in.</summary>
    public int SessionCount => _parts.SessionCount;

    // Connections that have not asked for a session yet, and cancel requests, are not sessions; they are bounded too.
    private int MaxConnections => (2 * _parts.Options.MaxSessions) + 64;

    /// <summary>Begins to listen.</summary>
    /// <exception cref="LockplaneException">LP001 when the port cannot be listened on.</exception>
    public Task StartAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        GatewayOptions options = _parts.Options;
        IPAddress address = IPAddress.Parse(options.Listen);
        Socket listener = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(new IPEndPoint(address, options.Port));
            listener.Listen(512);
        }
        catch (SocketException e)
        {
            listener.Dispose();
            throw new LockplaneException(ErrorCodes.Configuration, $"gateway.port {options.Port} on {options.Listen} cannot be listened on: {e.SocketErrorCode}.", inner: e);
        }

        _listener = listener;
        Port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        _accepting = AcceptAsync(listener);
        _parts.Log.Listening(options.Listen, Port, options.Server.Name, options.Server.Address);
        return Task.CompletedTask;
    }

    /// <summary>Stops accepting; idle sessions end at once with 57P01, others when their transaction does, all after <paramref name="drain"/>.</summary>
    public async Task StopAsync(TimeSpan drain)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        _listener?.Dispose();
        await _accepting.ConfigureAwait(false);
        foreach (Session session in _sessions.Keys)
        {
            session.Drain();
        }

        Task ended = Task.WhenAll(_sessions.Values);
        await Task.WhenAny(ended, Task.Delay(drain)).ConfigureAwait(false);
        foreach (Session session in _sessions.Keys)
        {
            session.End(SessionEnd.Shutdown);
        }

        await ended.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero).ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task AcceptAsync(Socket listener)
    {
        for (long number = 1; !_stopping.IsCancellationRequested; number++)
        {
            Socket socket;
            try
            {
                socket = await listener.AcceptAsync(_stopping.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                // Out of descriptors, or the client left before it was accepted: neither ends the gateway.
                _parts.Log.AcceptFailed(e.SocketErrorCode.ToString());
                await Task.Delay(AcceptPause).ConfigureAwait(false);
                continue;
            }

            Begin(number, socket);
        }
    }

    private void Begin(long number, Socket socket)
    {
        IPAddress address;
        try
        {
            address = ((IPEndPoint)socket.RemoteEndPoint!).Address;
            socket.NoDelay = true;
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        }
        catch (SocketException)
        {
            socket.Dispose();
            return;
        }

        if (_sessions.Count >= MaxConnections)
        {
            _parts.Log.TooManyConnections(address, MaxConnections);
            socket.Dispose();
            return;
        }

        Session session = new(number, new Peer(socket), address, _parts);
        TaskCompletionSource added = new();
        _sessions[session] = RunAsync(session, added.Task);
        added.SetResult();
    }

    private async Task RunAsync(Session session, Task added)
    {
        await added.ConfigureAwait(false);
        await Task.Yield();
        try
        {
            await session.RunAsync(_stopping.Token).ConfigureAwait(false);
        }
        finally
        {
            _sessions.TryRemove(session, out _);
            session.Dispose();
        }
    }
}
