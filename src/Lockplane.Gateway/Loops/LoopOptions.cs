using Lockplane.Gateway.Metrics;

namespace Lockplane.Gateway.Loops;

/// <summary>When a silent TCP peer is asked whether it is still there, and when it counts as gone.</summary>
internal sealed record KeepAlive(int IdleSeconds, int IntervalSeconds, int Count);

/// <summary>How loops are made.</summary>
internal sealed record LoopOptions
{
    /// <summary>How many loops.</summary>
    public int Count { get; init; } = Math.Clamp(Environment.ProcessorCount, 1, 4);

    /// <summary>Sockets of .NET and poll(2) instead of epoll; the only way elsewhere than on Linux.</summary>
    public bool Portable { get; init; } = !OperatingSystem.IsLinux();

    /// <summary>For the TCP connections of both sides; null leaves it off.</summary>
    public KeepAlive? KeepAlive { get; init; } = new(60, 10, 6);

    /// <summary>What the loops count in.</summary>
    public required GatewayMetrics Metrics { get; init; }
}
