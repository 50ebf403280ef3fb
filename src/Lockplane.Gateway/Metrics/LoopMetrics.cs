using System.Diagnostics;
using Lockplane.Gateway.Statements;

namespace Lockplane.Gateway.Metrics;

/// <summary>What one event loop counts, on its own thread only: plain fields, so that counting a message costs a few instructions and allocates nothing. Read from other threads.</summary>
internal sealed class LoopMetrics
{
    private long _fromClients;
    private long _toClients;
    private long _fromServers;
    private long _toServers;
    private long _permitted;
    private long _refused;
    private long _ddl;
    private long _observed;
    private long _connections;

    /// <summary>What the gateway added to a query: from its first byte here to its last byte to the server, and from ReadyForQuery's arrival to its departure.</summary>
    public LatencyBuckets GatewayTime { get; } = new();

    /// <summary>What the server took: from a query's last byte to it until its ReadyForQuery arrived.</summary>
    public LatencyBuckets ServerTime { get; } = new();

    /// <summary>How long one turn of the loop kept the others waiting.</summary>
    public LatencyBuckets Lag { get; } = new();

    public long FromClients => Volatile.Read(ref _fromClients);

    public long ToClients => Volatile.Read(ref _toClients);

    public long FromServers => Volatile.Read(ref _fromServers);

    public long ToServers => Volatile.Read(ref _toServers);

    public long Connections => Volatile.Read(ref _connections);

    public void ReceivedFromClient(int bytes) => _fromClients += bytes;

    public void SentToClient(int bytes) => _toClients += bytes;

    public void ReceivedFromServer(int bytes) => _fromServers += bytes;

    public void SentToServer(int bytes) => _toServers += bytes;

    public void ConnectionOpened() => _connections++;

    public void ConnectionClosed() => _connections--;

    /// <summary>A Query or Parse was judged. Observed: it passed only because its profile observes.</summary>
    public void Judged(VerdictKind verdict, bool observed = false)
    {
        if (observed)
        {
            _observed++;
            return;
        }

        switch (verdict)
        {
            case VerdictKind.Permit: _permitted++; break;
            case VerdictKind.Ddl: _ddl++; break;
            default: _refused++; break;
        }
    }

    /// <summary>A query cycle is over: both in ticks of <see cref="Stopwatch"/>.</summary>
    public void QueryEnded(long gatewayTicks, long serverTicks)
    {
        GatewayTime.Add(gatewayTicks);
        ServerTime.Add(serverTicks);
    }

    /// <summary>A turn of the loop is over: how long it took, in ticks of <see cref="Stopwatch"/>.</summary>
    public void TurnEnded(long ticks) => Lag.Add(ticks);

    public long Queries(string verdict) => verdict switch
    {
        "permit" => Volatile.Read(ref _permitted),
        "ddl" => Volatile.Read(ref _ddl),
        "observe" => Volatile.Read(ref _observed),
        _ => Volatile.Read(ref _refused),
    };
}
