using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Lockplane.Bench.Load.Targets;

namespace Lockplane.Bench.Load.Measurement;

/// <summary>One run of pgbench against one target, with the proxy's processor time between the first transaction's begin and the last one's end: logins are outside.</summary>
internal sealed partial class PgbenchRun(string pgbench, string directory)
{
    // pgbench's -T begins before its clients have logged in, so that is added; what is measured begins with the first transaction.
    private readonly Dictionary<(string Target, int Clients), double> _loginSeconds = [];

    /// <summary>Runs one case.</summary>
    /// <exception cref="LoadException">pgbench failed, in its words.</exception>
    public async Task<Sample> MeasureAsync(int round, Cell cell, Target target, int seconds, CancellationToken cancellation)
    {
        string log = Path.Combine(directory, "transactions");
        RemoveLogs(log);
        if (cell.Clients >= LoadOptions.ManyClients && (target.Pools || !_loginSeconds.ContainsKey((target.Name, cell.Clients))))
        {
            // Fills a pool whose connections to the server are opened one by one: before the measurement, not in it.
            Learn(target, cell.Clients, await RunAsync(target, cell.Workload, cell.Clients, ["-t", "1"], cancellation));
        }

        using CpuSampler? sampler = target.ProcessId is { } process ? new CpuSampler(process) : null;
        int whole = seconds + 1 + (int)Math.Ceiling(1.5 * _loginSeconds.GetValueOrDefault((target.Name, cell.Clients)));
        Learn(target, cell.Clients, await RunAsync(target, cell.Workload, cell.Clients, ["-T", Text(whole), "--log", "--log-prefix", log], cancellation));
        sampler?.Dispose();

        TransactionLog transactions = TransactionLog.Read(Directory.GetFiles(directory, "transactions.*"), seconds);
        RemoveLogs(log);
        double? cpu = sampler?.Between(transactions.Start, transactions.End) / transactions.Count * 100_000;
        return new Sample(
            round, cell, target.Name, transactions.Count / (transactions.End - transactions.Start),
            transactions.Percentile(0.50), transactions.Percentile(0.99), transactions.LongestMs, cpu, sampler?.PeakResidentMb);
    }

    /// <summary>Runs pgbench with these further words; gives its output.</summary>
    public async Task<string> RunAsync(Target target, Workload workload, int clients, IEnumerable<string> words, CancellationToken cancellation)
    {
        string script = Path.Combine(directory, workload.Name + ".sql");
        await File.WriteAllTextAsync(script, workload.Script, cancellation);
        ProcessStartInfo command = new(pgbench, ["-n", "-M", workload.Mode, "-f", script, "-c", Text(clients), "-j", "2", .. words]);
        foreach ((string name, string value) in target.LibpqEnvironment)
        {
            command.Environment[name] = value;
        }

        (int exitCode, string output, string errors) = await Child.RunAsync(command, TimeSpan.FromSeconds(120), cancellation);
        return exitCode == 0 && !Failed().IsMatch(output)
            ? output
            : throw new LoadException($"pgbench at {target.Name}, {workload.Name}, {clients} clients: {string.Join(" / ", errors.Trim().Split('\n').Distinct().TakeLast(2))}");
    }

    private void Learn(Target target, int clients, string output)
    {
        Match time = LoginTime().Match(output);
        if (time.Success)
        {
            _loginSeconds[(target.Name, clients)] = double.Parse(time.Groups[1].Value, CultureInfo.InvariantCulture) / 1_000;
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private void RemoveLogs(string log)
    {
        foreach (string file in Directory.GetFiles(directory, Path.GetFileName(log) + ".*"))
        {
            File.Delete(file);
        }
    }

    [GeneratedRegex(@"initial connection time = ([0-9.]+) ms")]
    private static partial Regex LoginTime();

    [GeneratedRegex(@"number of failed transactions: [1-9]")]
    private static partial Regex Failed();
}
