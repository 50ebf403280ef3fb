using System.Collections.Concurrent;
using Lockplane.Gateway.Audit;
using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Metrics;
using Lockplane.Gateway.Operations;
using Lockplane.Gateway.Relays;
using Lockplane.Gateway.Servers;
using Lockplane.Gateway.Statements;
using Microsoft.Extensions.Logging;

namespace Lockplane.Gateway.Sessions;

/// <summary>What all sessions of a gateway share, on whichever loop.</summary>
internal sealed class GatewayParts(SessionTerms terms, IDdlGate ddl, IAuditSink audit, GatewayMetrics metrics, ICancelPeers? peers, ILogger log)
    : IAsyncDisposable
{
    private readonly ConcurrentDictionary<long, Session> _sessions = new();
    private TaskCompletionSource? _empty;
    private SessionTerms _terms = terms;
    private long _last;
    private bool _draining;

    /// <summary>What new sessions get.</summary>
    public SessionTerms Terms => Volatile.Read(ref _terms);

    public IDdlGate Ddl { get; } = ddl;

    public IAuditSink Audit { get; } = audit;

    public GatewayMetrics Metrics { get; } = metrics;

    public ICancelPeers? Peers { get; } = peers;

    public LoginAuthority Authority { get; } = new(terms.Options, log);

    public ILogger Log { get; } = log;

    public Admission Admission { get; } = new();

    public StartingConnections Starting { get; } = new();

    public CancelKeys CancelKeys { get; } = new(terms.Options.ProcessNumber);

    public UnknownKeys UnknownKeys { get; } = new();

    public GatheredBytes Gathered { get; } = new(terms.Options.Limits.GatheredBytes);

    public ServerHealth Server { get; } = new();

    /// <summary>How many more descriptors there are.</summary>
    public Func<long> AvailableDescriptors { get; set; } = static () => long.MaxValue;

    /// <summary>No new sessions.</summary>
    public bool Draining => Volatile.Read(ref _draining);

    /// <summary>Every connection of a client.</summary>
    public ICollection<Session> Sessions => _sessions.Values;

    /// <summary>How many connections of clients there are.</summary>
    public int Connections => _sessions.Count;

    public long NextNumber() => Interlocked.Increment(ref _last);

    public Session? Find(long number) => _sessions.GetValueOrDefault(number);

    public void Add(Session session) => _sessions[session.Number] = session;

    public void Remove(Session session)
    {
        if (_sessions.TryRemove(session.Number, out _) && _sessions.IsEmpty)
        {
            Volatile.Read(ref _empty)?.TrySetResult();
        }
    }

    /// <summary>Takes another configuration for the sessions to come.</summary>
    public void Change(SessionTerms terms)
    {
        Authority.Reload(terms.Options);
        Gathered.Limit(terms.Options.Limits.GatheredBytes);
        Volatile.Write(ref _terms, terms);
    }

    /// <summary>Takes no more sessions; done when the last connection is gone.</summary>
    public Task DrainAsync()
    {
        Volatile.Write(ref _draining, true);
        TaskCompletionSource empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
        empty = Interlocked.CompareExchange(ref _empty, empty, null) ?? empty;
        if (_sessions.IsEmpty)
        {
            empty.TrySetResult();
        }

        return empty.Task;
    }
    /// <summary>After the loops have ended.</summary>
    public ValueTask DisposeAsync() => Authority.DisposeAsync();
}
