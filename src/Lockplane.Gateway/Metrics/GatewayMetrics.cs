using System.Collections.Immutable;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Lockplane.Gateway.Operations;

namespace Lockplane.Gateway.Metrics;

/// <summary>
/// All that the gateway measures. What happens per message is counted by each loop for itself (<see cref="LoopMetrics"/>) and only summed when somebody reads; what happens per session at most
/// is counted here, from any thread. No name of a role, database, tenant or address is an attribute: the number of series is bounded by the program, not by who connects.
/// </summary>
/// <remarks>Names and units follow OpenTelemetry's semantic conventions.</remarks>
public sealed class GatewayMetrics : IDisposable
{
    /// <summary>The meter's name, for exporters.</summary>
    public const string MeterName = "Lockplane.Gateway";

    // In seconds. What the relay adds is tens of microseconds; what a server takes is up to seconds.
    private static readonly InstrumentAdvice<double> Buckets = new()
    {
        HistogramBucketBoundaries = [0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    };

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _authentications;
    private readonly Counter<long> _refusals;
    private readonly Counter<long> _cancels;
    private readonly Counter<long> _serverConnects;
    private readonly Counter<long> _sessionsEnded;
    private readonly Histogram<double> _connectDuration;
    private readonly Histogram<double> _gatewayTime;
    private readonly Histogram<double> _serverTime;
    private readonly Histogram<double> _lag;
    private ImmutableArray<LoopMetrics> _loops = [];
    private Func<IEnumerable<KeyValuePair<SessionState, int>>>? _sessions;
    private Audit.AuditLog? _audit;

    /// <summary>Makes the instruments; nothing is counted before somebody listens to the meter.</summary>
    public GatewayMetrics()
    {
        _authentications = _meter.CreateCounter<long>("lockplane.gateway.authentications", "{authentication}", "Logins of clients, by method and outcome.");
        _refusals = _meter.CreateCounter<long>("lockplane.gateway.refusals", "{refusal}", "Logins, messages and statements that were refused, by code.");
        _cancels = _meter.CreateCounter<long>("lockplane.gateway.cancels", "{request}", "Cancel requests of clients, by outcome.");
        _serverConnects = _meter.CreateCounter<long>("lockplane.gateway.server.connects", "{connection}", "Attempts to connect to the server, by outcome.");
        _sessionsEnded = _meter.CreateCounter<long>("lockplane.gateway.sessions.ended", "{session}", "Sessions that were logged in and have ended, by reason.");
        _connectDuration = _meter.CreateHistogram("lockplane.gateway.server.connect.duration", "s", "Time to connect to the server.", null, Buckets);
        _gatewayTime = _meter.CreateHistogram("lockplane.gateway.query.gateway.duration", "s", "What the gateway added to a query: until its last byte went to the server, and from ReadyForQuery's arrival until it went to the client.", null, Buckets);
        _serverTime = _meter.CreateHistogram("lockplane.gateway.query.server.duration", "s", "What the server took for a query: from its last byte to it until ReadyForQuery.", null, Buckets);
        _lag = _meter.CreateHistogram("lockplane.gateway.loop.lag", "s", "How long one turn of an event loop kept its other connections waiting.", null, Buckets);
        _meter.CreateObservableCounter("lockplane.gateway.io", Bytes, "By", "Bytes received and sent, as they are on the wire inside of TLS.");
        _meter.CreateObservableCounter("lockplane.gateway.statements", Statements, "{statement}", "Query and Parse messages by what the gate decided.");
        _meter.CreateObservableUpDownCounter("lockplane.gateway.connections", () => _loops.Sum(loop => loop.Connections), "{connection}", "Connections of clients, with those that log in.");
        _meter.CreateObservableCounter("lockplane.audit.events", AuditEvents, "{event}", "Audit events by whether they were written.");
        _meter.CreateObservableUpDownCounter("lockplane.gateway.sessions", Sessions, "{session}", "Sessions by state.");
    }

    /// <summary>The counters of one more loop; called once by each.</summary>
    internal LoopMetrics AddLoop()
    {
        LoopMetrics loop = new(_gatewayTime, _serverTime, _lag);
        ImmutableInterlocked.Update(ref _loops, loops => loops.Add(loop));
        return loop;
    }

    /// <summary>A client proved, or did not prove, who it is.</summary>
    /// <param name="method">As the rule writes it: <c>scram</c>, <c>md5</c>, <c>cert</c>, <c>jwt</c>, <c>oauth</c>, <c>trust</c>; <c>none</c> where no rule matched.</param>
    /// <param name="code">The SQLSTATE of the refusal; null when the login held.</param>
    internal void Authenticated(string method, string? code)
    {
        TagList tags = new() { { "method", method }, { "outcome", code is null ? "success" : "failure" } };
        if (code is not null)
        {
            tags.Add("error.type", code);
        }

        _authentications.Add(1, tags);
    }

    /// <summary>A login, a message or a statement was refused.</summary>
    internal void Refused(string code) => _refusals.Add(1, new KeyValuePair<string, object?>("db.response.status_code", code));

    /// <summary>A CancelRequest was dealt with.</summary>
    internal void Cancelled(CancelOutcome outcome) => _cancels.Add(1, new KeyValuePair<string, object?>("outcome", Word(outcome)));

    /// <summary>A connection to the server is up, after so many ticks of <see cref="Stopwatch"/>.</summary>
    internal void ServerConnected(long ticks)
    {
        _serverConnects.Add(1, new KeyValuePair<string, object?>("outcome", "success"));
        _connectDuration.Record((double)ticks / Stopwatch.Frequency);
    }

    /// <summary>A connection to the server could not be made, or ended during the login.</summary>
    /// <param name="reason">One of a few words: never an address or a text of the server.</param>
    internal void ServerFailed(string reason) =>
        _serverConnects.Add(1, new KeyValuePair<string, object?>("outcome", "failure"), new KeyValuePair<string, object?>("error.type", reason));

    /// <summary>A session that was logged in has ended.</summary>
    /// <param name="reason">Who or what ended it, one of a few words.</param>
    internal void SessionEnded(string reason) => _sessionsEnded.Add(1, new KeyValuePair<string, object?>("reason", reason));

    /// <summary>Gives the sessions by their state when they are asked for.</summary>
    internal void ObserveSessions(Func<IEnumerable<KeyValuePair<SessionState, int>>> count) => _sessions = count;

    /// <summary>Gives what the audit wrote and lost when it is asked for.</summary>
    public void Observe(Audit.AuditLog audit) => _audit = audit;

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<long>> Sessions() =>
        (_sessions?.Invoke() ?? []).Select(pair => new Measurement<long>(pair.Value, new KeyValuePair<string, object?>("state", Word(pair.Key))));

    private IEnumerable<Measurement<long>> AuditEvents() => _audit is null ? [] :
    [
        new(_audit.Written, new KeyValuePair<string, object?>("outcome", "written")),
        new(_audit.Lost, new KeyValuePair<string, object?>("outcome", "lost")),
    ];

    private IEnumerable<Measurement<long>> Bytes() =>
    [
        Direction(loop => loop.FromClients, "client", "receive"), Direction(loop => loop.ToClients, "client", "transmit"),
        Direction(loop => loop.FromServers, "server", "receive"), Direction(loop => loop.ToServers, "server", "transmit"),
    ];

    private Measurement<long> Direction(Func<LoopMetrics, long> count, string peer, string direction) =>
        new(_loops.Sum(count), new KeyValuePair<string, object?>("peer", peer), new KeyValuePair<string, object?>("network.io.direction", direction));

    private IEnumerable<Measurement<long>> Statements() =>
    [
        Verdict(loop => loop.Permitted, "permit"), Verdict(loop => loop.Refused, "refuse"), Verdict(loop => loop.Ddl, "ddl"), Verdict(loop => loop.Observed, "observe"),
    ];

    private Measurement<long> Verdict(Func<LoopMetrics, long> count, string verdict) => new(_loops.Sum(count), new KeyValuePair<string, object?>("verdict", verdict));

    private static string Word(SessionState state) => state switch
    {
        SessionState.Starting => "starting",
        SessionState.Idle => "idle",
        SessionState.Active => "active",
        SessionState.IdleInTransaction => "idle_in_transaction",
        _ => "ending",
    };

    private static string Word(CancelOutcome outcome) => outcome switch
    {
        CancelOutcome.Sent => "sent",
        CancelOutcome.Idle => "idle",
        CancelOutcome.UnknownKey => "unknown_key",
        CancelOutcome.RateLimited => "rate_limited",
        CancelOutcome.PassedOn => "passed_on",
        _ => "failed",
    };
}
