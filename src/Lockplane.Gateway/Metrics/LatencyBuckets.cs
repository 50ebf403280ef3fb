using System.Diagnostics;

namespace Lockplane.Gateway.Metrics;

/// <summary>A histogram of durations: one writer, any readers. Adding costs a search in a few bounds and three plain writes.</summary>
internal sealed class LatencyBuckets
{
    /// <summary>Upper bounds in seconds: what a relay adds is tens of microseconds, what a server takes up to seconds.</summary>
    public static readonly double[] Bounds =
        [0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private static readonly long[] BoundTicks = [.. Bounds.Select(bound => (long)(bound * Stopwatch.Frequency))];

    private readonly long[] _counts = new long[Bounds.Length + 1];
    private long _ticks;

    /// <summary>The sum of all, in seconds.</summary>
    public double Sum => (double)Volatile.Read(ref _ticks) / Stopwatch.Frequency;

    public void Add(long ticks)
    {
        ticks = Math.Max(0, ticks);
        int bucket = 0;
        while (bucket < BoundTicks.Length && ticks > BoundTicks[bucket])
        {
            bucket++;
        }

        _counts[bucket]++;
        _ticks += ticks;
    }

    /// <summary>How many were in this bucket (not in those below it); the last is above every bound.</summary>
    public long Count(int bucket) => Volatile.Read(ref _counts[bucket]);
}
