using System.Globalization;
using Lockplane.Bench.Load.Targets;

namespace Lockplane.Bench.Load.Measurement;

/// <summary>The interleaved rounds: in each, every case is run against every target, one after the other, so that a ratio compares what was measured within seconds.</summary>
internal sealed class Rounds(LoadOptions options, PgbenchRun pgbench, TargetSet set, BenchServer server, Action<string> progress)
{
    public List<Sample> Samples { get; } = [];

    /// <summary>Runs that failed, in words.</summary>
    public List<string> Failures { get; } = [];

    public async Task RunAsync(CancellationToken cancellation)
    {
        Cell[] cells = [.. Cells()];
        progress("Warming up");
        await WarmUpAsync(cancellation);
        for (int round = 0; round < options.Rounds; round++)
        {
            for (int i = 0; i < cells.Length; i++)
            {
                Cell cell = cells[i];
                if (cell.Clients >= LoadOptions.ManyClients && round % 2 == 1)
                {
                    // Most of such a run is its logins: every second round only.
                    continue;
                }

                progress(string.Create(CultureInfo.InvariantCulture, $"Round {round + 1} of {options.Rounds}: {cell.Workload.Name}, {cell.Clients} clients"));
                Target[] targets = [.. Measured(cell)];
                for (int turn = 0; turn < targets.Length; turn++)
                {
                    // Nobody is always first.
                    await MeasureAsync(round, cell, targets[(turn + round + i) % targets.Length], cancellation);
                }
            }
        }
    }

    private IEnumerable<Cell> Cells() =>
        from workload in Workload.All
        where options.Workloads.IsEmpty || options.Workloads.Contains(workload.Name)
        from clients in workload.Clients.IsEmpty || !options.AskedClients.IsEmpty ? options.Clients : workload.Clients
        select new Cell(workload, clients);

    // TLS at two sizes: enough for its ratio.
    private IEnumerable<Target> Measured(Cell cell) =>
        set.Targets.Where(target => !target.Tls || !options.AskedClients.IsEmpty || cell.Clients is 8 or 128 || cell.Workload.Name == "bulk");

    private async Task WarmUpAsync(CancellationToken cancellation)
    {
        foreach (Target target in set.Targets.ToArray())
        {
            // What is compiled while it runs needs more than a moment.
            string seconds = target.Name.StartsWith(Target.Lockplane, StringComparison.Ordinal) ? "4" : "1";
            try
            {
                foreach (Workload workload in Workload.All)
                {
                    await pgbench.RunAsync(target, workload, 8, ["-T", seconds], cancellation);
                }
            }
            catch (LoadException e)
            {
                set.Skip(target, e.Message);
                progress($"{target.Name} is skipped: {e.Message}");
            }
        }
    }

    private async Task MeasureAsync(int round, Cell cell, Target target, CancellationToken cancellation)
    {
        try
        {
            Samples.Add(await pgbench.MeasureAsync(round, cell, target, options.Seconds, cancellation));
        }
        catch (LoadException e)
        {
            Fail(e.Message);
        }

        if (cell.Clients >= LoadOptions.ManyClients)
        {
            await server.EndSessionsAsync(cancellation);
        }
    }

    private void Fail(string message)
    {
        Failures.Add(message);
        progress(message);
    }
}
