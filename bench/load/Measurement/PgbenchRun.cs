using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Lockplane.Bench.Load.Targets;

namespace Lockplane.Bench.Load.Measurement;

/// <summary>One run of pgbench against one target, with the proxy's processor time between the first transaction's begin and the last one's end: logins are outside.</summary>
internal sealed partial class PgbenchRun(string pgbench, string directory)
{
    /// <summary>Runs one case.</summary>
    /// <exception cref="LoadException">pgbench failed, in its words.</exception>
    public async Task<Sample> MeasureAsync(int round, Cell cell, Target target, int seconds, CancellationToken cancellation)
    {
        string log = Path.Combine(directory, "transactions");
        RemoveLogs(log);
        using CpuSampler? sampler = target.ProcessId is { } process ? new CpuSampler(process) : null;
        string output = await RunAsync(target, cell.Workload, cell.Clients, ["-T", Text(seconds), "--log", "--log-prefix", log], cancellation);
        sampler?.Dispose();

        double tps = double.Parse(Tps().Match(output).Groups[1].Value, CultureInfo.InvariantCulture);
        TransactionLog transactions = TransactionLog.Read(Directory.GetFiles(directory, "transactions.*"));
        RemoveLogs(log);
        double? cpu = sampler?.Between(transactions.Start, transactions.End) / transactions.Count * 100_000;
        return new Sample(round, cell, target.Name, tps, transactions.Percentile(0.50), transactions.Percentile(0.99), transactions.Percentile(1), cpu, sampler?.PeakResidentMb);
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

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private void RemoveLogs(string log)
    {
        foreach (string file in Directory.GetFiles(directory, Path.GetFileName(log) + ".*"))
        {
            File.Delete(file);
        }
    }

    [GeneratedRegex(@"^tps = ([0-9.]+)", RegexOptions.Multiline)]
    private static partial Regex Tps();

    [GeneratedRegex(@"number of failed transactions: [1-9]")]
    private static partial Regex Failed();
}
