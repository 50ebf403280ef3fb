using System.Globalization;

namespace Lockplane.Bench.Load.Measurement;

/// <summary>pgbench's log of transactions: a line is client, number, microseconds, script, and the end in seconds and microseconds since 1970.</summary>
internal sealed class TransactionLog
{
    private readonly long[] _latencies;

    private TransactionLog(long[] latencies, double start, double end) => (_latencies, Start, End) = (latencies, start, end);

    public int Count => _latencies.Length;

    /// <summary>When the first transaction began.</summary>
    public double Start { get; }

    /// <summary>When the last transaction ended.</summary>
    public double End { get; }

    public static TransactionLog Read(IEnumerable<string> files)
    {
        List<long> latencies = [];
        (double start, double end) = (double.MaxValue, 0);
        foreach (string line in files.SelectMany(File.ReadLines))
        {
            string[] fields = line.Split(' ');
            long latency = long.Parse(fields[2], CultureInfo.InvariantCulture);
            double ended = long.Parse(fields[4], CultureInfo.InvariantCulture) + (long.Parse(fields[5], CultureInfo.InvariantCulture) / 1e6);
            latencies.Add(latency);
            (start, end) = (Math.Min(start, ended - (latency / 1e6)), Math.Max(end, ended));
        }

        if (latencies.Count == 0)
        {
            throw new LoadException("pgbench logged no transaction.");
        }

        long[] sorted = [.. latencies];
        Array.Sort(sorted);
        return new TransactionLog(sorted, start, end);
    }

    /// <summary>The latency, in milliseconds, that a part of the transactions did not exceed.</summary>
    public double Percentile(double part) => _latencies[Math.Max(0, (int)Math.Ceiling(part * _latencies.Length) - 1)] / 1e3;
}
