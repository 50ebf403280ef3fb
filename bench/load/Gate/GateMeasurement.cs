using System.Globalization;
using Lockplane.Bench.Load.Measurement;
using Lockplane.Bench.Load.Results;
using Lockplane.Bench.Load.Targets;

namespace Lockplane.Bench.Load.Gate;

/// <summary>Two processes of the same build, one whose sessions are judged and one whose are not, measured by turns with texts that differ every time.</summary>
internal sealed class GateMeasurement(LoadOptions options, BenchServer server, PgbenchRun pgbench, string directory, Action<string> progress)
{
    private const int GatewayPort = 120;
    private const int Pairs = 60;

    // What is compiled while it runs needs more than a moment.
    private const string WarmUpSeconds = "8";

    private static readonly Cell Simple = new(Workload.All.First(workload => workload.Name == "simple"), 8);

    public async Task<GateFigures> RunAsync(CancellationToken cancellation)
    {
        LockplaneProcess judged = Process("judged", GatewayPort, passthrough: false);
        LockplaneProcess unjudged = Process("unjudged", GatewayPort + 5, passthrough: true);
        await using Child first = await Child.StartAsync(judged.Name, judged.Command(), judged.Log, judged.Port, cancellation);
        await using Child second = await Child.StartAsync(unjudged.Name, unjudged.Command(), unjudged.Log, unjudged.Port, cancellation);
        Target with = new(judged.Name, judged.Port, first.ProcessId, RoleLogin.ForQueries);
        Target without = new(unjudged.Name, unjudged.Port, second.ProcessId, RoleLogin.ForQueries);
        foreach (Target target in (Target[])[with, without])
        {
            await pgbench.RunAsync(target, Simple.Workload, Simple.Clients, ["-T", WarmUpSeconds], cancellation);
        }

        List<(double With, double Without)> pairs = [];
        int count = options.AskedRounds ?? (options.Quick ? 6 : Pairs);
        for (int pair = 0; pair < count; pair++)
        {
            progress(string.Create(CultureInfo.InvariantCulture, $"Pair {pair + 1} of {count} with and without the gate"));

            // Neither is always first.
            bool judgedFirst = pair % 2 == 0;
            double one = await CpuAsync(pair, judgedFirst ? with : without, cancellation);
            double other = await CpuAsync(pair, judgedFirst ? without : with, cancellation);
            pairs.Add(judgedFirst ? (one, other) : (other, one));
        }

        return new GateFigures { Ratio = RatioRange.Of(pairs.Select(pair => pair.With / pair.Without)), MicrosecondsWithout = RatioRange.MedianOf(pairs.Select(pair => pair.Without)) * 10 };
    }

    private async Task<double> CpuAsync(int pair, Target target, CancellationToken cancellation) =>
        (await pgbench.MeasureAsync(pair, Simple, target, options.Seconds, cancellation)).CpuPer100k ?? throw new LoadException("The processor time of the gateway is not known.");

    private LockplaneProcess Process(string name, int port, bool passthrough) => new(name, directory)
    {
        Port = options.Port + port, ServerHost = "127.0.0.1", ServerPort = server.Port, AdminUrl = server.AdminUrl, Passthrough = passthrough,
    };
}
