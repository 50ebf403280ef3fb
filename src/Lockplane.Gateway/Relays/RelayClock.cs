using System.Diagnostics;
using Lockplane.Gateway.Metrics;

namespace Lockplane.Gateway.Relays;

/// <summary>Splits the time of a query into the gateway's and the server's. Ticks of <see cref="Stopwatch"/>; nothing allocates.</summary>
internal struct RelayClock
{
    private long _gateway;
    private long _sent;

    /// <summary>A turn that dealt with the client is over, after which the server works.</summary>
    public void ClientTurn(long began)
    {
        _sent = Stopwatch.GetTimestamp();
        _gateway += _sent - began;
    }

    /// <summary>A turn that brought a ReadyForQuery is over.</summary>
    public void Answered(long arrived, LoopMetrics metrics)
    {
        metrics.QueryEnded(_gateway + Stopwatch.GetTimestamp() - arrived, arrived - _sent);
        _gateway = 0;
    }
}
