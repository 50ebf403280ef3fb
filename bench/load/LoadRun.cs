using System.Globalization;
using Lockplane.Bench.Load.Gate;
using Lockplane.Bench.Load.Logins;
using Lockplane.Bench.Load.Measurement;
using Lockplane.Bench.Load.Results;
using Lockplane.Bench.Load.Targets;
using Lockplane.Dev;

namespace Lockplane.Bench.Load;

/// <summary>The whole benchmark: starts what is measured, measures it, prints, stops everything.</summary>
internal static class LoadRun
{
    private const string DirectoryPrefix = "/tmp/lockplane-load-";

    public static async Task RunAsync(LoadOptions options, CancellationToken cancellation)
    {
        RemoveLeftovers();
        string directory = string.Create(CultureInfo.InvariantCulture, $"{DirectoryPrefix}{Environment.ProcessId}");
        Directory.CreateDirectory(directory);
        File.SetUnixFileMode(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        try
        {
            LoadReport report = await MeasureAsync(options, directory, cancellation);
            await WriteAsync(options, report, cancellation);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<LoadReport> MeasureAsync(LoadOptions options, string directory, CancellationToken cancellation)
    {
        Programs programs = await Programs.FindAsync(Say, cancellation);
        string program = programs.Pgbench ?? throw new LoadException("there is no pgbench on this machine (Debian: package postgresql-contrib).");
        Say("Starting Postgres");
        await using BenchServer server = await BenchServer.StartAsync(directory, options.Port, program, Say, cancellation);
        LoadReport report = new() { Command = options.Command, Machine = Machine.Describe(), Versions = await Machine.VersionsAsync(programs, server, cancellation) };
        PgbenchRun pgbench = new(program, directory);
        if (options.Wants("queries"))
        {
            await using TargetSet set = await TargetSet.StartAsync(options, programs, server, directory, Say, cancellation);
            Rounds rounds = new(options, pgbench, set, server, Say);
            await rounds.RunAsync(cancellation);
            report.Rows = new ResultRows(rounds.Samples, [.. set.Targets.Select(target => target.Name)]).Make();
            report.Skipped.AddRange(set.Skipped);
            report.Failures.AddRange(rounds.Failures);
        }

        if (options.Wants("gate"))
        {
            report.Gate = await new GateMeasurement(options, server, pgbench, directory, Say).RunAsync(cancellation);
        }

        if (options.Wants("logins"))
        {
            report.Logins = await new LoginMeasurement(options, server, pgbench, directory, Say).RunAsync(report, cancellation);
        }

        if (options.Wants("memory"))
        {
            Say("Measuring what the gateway allocates");
            report.Memory = await new MemoryMeasurement(options, server, pgbench, directory).RunAsync(cancellation);
        }

        return report;
    }

    private static async Task WriteAsync(LoadOptions options, LoadReport report, CancellationToken cancellation)
    {
        string json = ReportJson.Write(report);
        string text = ReportText.Write(report);
        string checkout = Checkout.Find() ?? throw new LoadException("this program does not run from a checkout.");
        string kept = Path.Combine(checkout, "artifacts", "load");
        Directory.CreateDirectory(kept);
        await File.WriteAllTextAsync(Path.Combine(kept, "results.json"), json, cancellation);
        Console.WriteLine(options.Json ? json : text);
        if (options.Record)
        {
            await RecordedPage.WriteAsync(Path.Combine(checkout, "bench", "load", "README.md"), text, cancellation);
        }
    }

    // Of killed runs; what they had started has ended by itself.
    private static void RemoveLeftovers()
    {
        foreach (string directory in Directory.GetDirectories("/tmp", Path.GetFileName(DirectoryPrefix) + "*"))
        {
            if (int.TryParse(directory[DirectoryPrefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out int process) && !UnixAccount.Signal(process, 0))
            {
                Directory.Delete(directory, recursive: true);
            }
        }
    }

    private static void Say(string text) => Console.Error.WriteLine(text);
}
