using System.Globalization;

namespace Lockplane.Bench.Load.Measurement;

/// <summary>pgbench's log of transactions: a line is client, number, microseconds, script, and the end in seconds and microseconds since 1970.</summary>
internal sealed class TransactionLog
{
    private readonly long[] _latencies;

    private TransactionLog(long[] latencies, double start, double end, long longest) => (_latencies, Start, End, LongestMs) = (latencies, start, end, longest / 1e3);

    /// <summary>How many transactions ended in the window.</summary>
    public int Count => _latencies.Length;

    /// <summary>When the first transaction began.</summary>
    public double Start { get; }

    /// <summary>When the window ended.</summary>
    public double End { get; }

    /// <summary>Of all transactions, also of those that ended after the window.</summary>
    public double LongestMs { get; }

    /// <summary>Reads the files.</summary>
    /// <param name="files">One for each thread.</param>
    /// <param name="seconds">The window's length, from the first transaction's begin.</param>
    public static TransactionLog Read(IEnumerable<string> files, double seconds)
    {
        List<(double Ended, long Latency)> all = [];
        foreach (string line in files.SelectMany(File.ReadLines))
        {
            string[] fields = line.Split(' ');
            double ended = long.Parse(fields[4], CultureInfo.InvariantCulture) + (long.Parse(fields[5], CultureInfo.InvariantCulture) / 1e6);
            all.Add((ended, long.Parse(fields[2], CultureInfo.InvariantCulture)));
        }

        if (all.Count == 0)
        {
            throw new LoadException("pgbench ended before its clients had logged in.");
        }

        double start = all.Min(transaction => transaction.Ended - (transaction.Latency / 1e6));
        double end = Math.Min(start + seconds, all.Max(transaction => transaction.Ended));
        long[] latencies = [.. all.Where(transaction => transaction.Ended <= end).Select(transaction => transaction.Latency)];
        Array.Sort(latencies);
        return new TransactionLog(latencies, start, end, all.Max(transaction => transaction.Latency));
    }

    /// <summary>The latency, in milliseconds, that a part of the transactions did not exceed.</summary>
    public double Percentile(double part) => _latencies[Math.Max(0, (int)Math.Ceiling(part * _latencies.Length) - 1)] / 1e3;
}
