using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Lockplane.Gateway.Audit;
using Lockplane.Gateway.Identity;
using Lockplane.Gateway.Loops;
using Lockplane.Gateway.Metrics;
using Lockplane.Gateway.Operations;
using Lockplane.Gateway.Sessions;
using Lockplane.Gateway.Statements;
using Lockplane.Sql.Errors;
using Lockplane.Wire.Frontend;
using Microsoft.Extensions.Logging;

namespace Lockplane.Gateway;

/// <summary>The data plane: listeners, loops and their sessions. From any thread.</summary>
public sealed class GatewayServer : IOperatedGateway, IAsyncDisposable
{
    private const int Backlog = 4_096;

    private readonly GatewayParts _parts;
    private readonly ILogger _log;
    private readonly GatewayMetrics? _ownMetrics;
    private readonly List<Listener> _listeners = [];
    private EventLoops? _loops;
    private Task? _stopped;

    /// <param name="options">Validated here: LP001 for what cannot work.</param>
    /// <param name="identities">Who a login is for row level security; <see cref="RuleIdentitySource"/> follows the configuration.</param>
    /// <param name="gates">The statement gate of each profile and database.</param>
    /// <param name="ddl">Where schema changes go.</param>
    /// <param name="loggers">For logins, refusals and ends of sessions; no SQL text.</param>
    /// <param name="audit">Null for none.</param>
    /// <param name="metrics">Null for some that nobody reads.</param>
    /// <param name="peers">Where cancels of other processes' sessions go; null when there are none.</param>
    /// <exception cref="LockplaneException">LP001.</exception>
    public GatewayServer(
        GatewayOptions options, IIdentitySource identities, IStatementGates gates, IDdlGate ddl, ILoggerFactory loggers,
        IAuditSink? audit = null, GatewayMetrics? metrics = null, ICancelPeers? peers = null)
    {
        _log = loggers.CreateLogger("Lockplane.Gateway");
        _ownMetrics = metrics is null ? new GatewayMetrics() : null;
        _parts = new GatewayParts(SessionTerms.From(options, identities, gates), ddl, audit ?? NoAudit.Instance, metrics ?? _ownMetrics!, peers, _log);
        _parts.Metrics.ObserveSessions(() => _parts.Sessions.CountBy(session => session.State()));
    }

    /// <summary>The port that is listened on; 0 before <see cref="StartAsync"/>.</summary>
    public int Port { get; private set; }

    /// <summary>Sessions that are admitted: logged in, or logging in at the server.</summary>
    public int SessionCount => _parts.Admission.Count;

    /// <inheritdoc/>
    public IReadOnlyList<SessionInfo> Sessions => [.. _parts.Sessions.Select(session => session.Describe()).OrderBy(info => info.Id)];

    /// <inheritdoc/>
    public GatewayStatus Status => new(Addresses(), _parts.Draining, SessionCount, _parts.Connections, _parts.Server.Of(_parts.Terms.Options.Server));

    /// <summary>Sockets of .NET and poll(2) in place of epoll, for tests on Linux.</summary>
    internal bool Portable { get; init; } = !OperatingSystem.IsLinux();

    /// <summary>Begins to listen.</summary>
    /// <exception cref="LockplaneException">LP001 when the port or the socket cannot be listened on.</exception>
    public Task StartAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        GatewayOptions options = _parts.Terms.Options;
        LoopOptions loopOptions = new() { Portable = Portable, Metrics = _parts.Metrics };
        EventLoops loops = new(options.Loops > 0 ? loopOptions with { Count = options.Loops } : loopOptions, _log.TurnFailed);
        _loops = loops;
        _parts.AvailableDescriptors = () => loops.AvailableDescriptors;
        IPEndPoint address = new(IPAddress.Parse(options.Listen), options.Port);
        Listener tcp = Listen(address, $"gateway.port {options.Port} on {options.Listen}");
        Port = tcp.Port;
        if (options.UnixSocket is { } path)
        {
            _ = Listen(new UnixDomainSocketEndPoint(path), $"gateway.unix_socket {path}");
        }

        _log.Listening(string.Join(" and ", Addresses()), options.Server.Name, options.Server.Address);
        return Task.CompletedTask;
    }

    /// <summary>Stops accepting; idle sessions end at once with 57P01, others when their transaction does, all after <paramref name="drain"/>. Again gives the first call's end, sooner when it may take less time.</summary>
    public Task StopAsync(TimeSpan drain)
    {
        lock (_listeners)
        {
            if (_stopped is null)
            {
                _stopped = DrainAsync(drain);
                return _stopped;
            }
        }

        return HurryAsync(drain);
    }

    /// <inheritdoc/>
    public bool Kill(long session)
    {
        if (_parts.Find(session) is not { } found)
        {
            return false;
        }

        found.Post(found.Kill);
        return true;
    }

    /// <summary>Takes another configuration for new sessions. Sessions that are there keep theirs; those whose profile became stricter end at their next idle point. Where to listen and how many loops there are stays as it was.</summary>
    /// <exception cref="LockplaneException">LP001; nothing has changed then.</exception>
    public void Reload(GatewayOptions options, IIdentitySource identities, IStatementGates gates)
    {
        SessionTerms terms = SessionTerms.From(options, identities, gates);
        _parts.Change(terms);
        foreach (Session session in _parts.Sessions)
        {
            session.Post(() => session.Compare(terms.Login.Profiles));
        }
    }

    /// <inheritdoc/>
    public Task<bool> CancelAsync(CancelRequest request)
    {
        TaskCompletionSource<bool> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        if (_parts.CancelKeys.Find(request) is { } session)
        {
            session.Post(() => session.CancelQuery(outcome => done.TrySetResult(outcome == CancelOutcome.Sent)));
        }
        else
        {
            done.SetResult(false);
        }

        return done.Task;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero).ConfigureAwait(false);
        _loops?.Dispose();
        await _parts.DisposeAsync().ConfigureAwait(false);
        _ownMetrics?.Dispose();
    }

    private Listener Listen(EndPoint address, string key)
    {
        try
        {
            Listener listener = Listener.Start(_loops!, address, Backlog, (loop, connection, remote) => Accepted(new Session(loop, _parts, connection, remote)), _log.AcceptFailed);
            _listeners.Add(listener);
            return listener;
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            throw new LockplaneException(ErrorCodes.Configuration, $"{key} cannot be listened on: {(e is SocketException socket ? socket.SocketErrorCode.ToString() : e.Message)}.", inner: e);
        }
    }

    private static void Accepted(Session session)
    {
        try
        {
            session.Begin();
        }
        catch
        {
            session.End(SessionEnd.Failed);
            throw;
        }
    }

    private ImmutableArray<string> Addresses()
    {
        if (_parts.Draining || Port == 0)
        {
            return [];
        }

        GatewayOptions options = _parts.Terms.Options;
        string tcp = new IPEndPoint(IPAddress.Parse(options.Listen), Port).ToString();
        return options.UnixSocket is null ? [tcp] : [tcp, options.UnixSocket];
    }

    private async Task DrainAsync(TimeSpan drain)
    {
        Task ended = _parts.DrainAsync();
        await Task.WhenAll(_listeners.Select(listener => listener.StopAsync())).ConfigureAwait(false);
        ForAll(session => session.EndAtIdle(SessionEnd.Shutdown));
        await HurryAsync(drain, ended).ConfigureAwait(false);
    }

    private Task HurryAsync(TimeSpan drain) => HurryAsync(drain, _parts.DrainAsync());

    private async Task HurryAsync(TimeSpan drain, Task ended)
    {
        if (await Task.WhenAny(ended, Task.Delay(drain)).ConfigureAwait(false) != ended)
        {
            ForAll(session => session.End(SessionEnd.Shutdown));
            if (await Task.WhenAny(ended, Task.Delay(TimeSpan.FromMilliseconds(EndPhase.AnswerPatience))).ConfigureAwait(false) != ended)
            {
                // Who is so slow to take the rest of its answer does not keep the process.
                ForAll(session => session.Dispose());
            }
        }

        await ended.ConfigureAwait(false);
    }

    private void ForAll(Action<Session> action)
    {
        foreach (Session session in _parts.Sessions)
        {
            session.Post(() => action(session));
        }
    }
}
