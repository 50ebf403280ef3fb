using System.Diagnostics.Tracing;
using System.Globalization;
using Lockplane.Bench.Load.Measurement;
using Lockplane.Bench.Load.Targets;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;

namespace Lockplane.Bench.Load.Logins;

/// <summary>Watches the event counters of the gateway's runtime, once a second, while queries run.</summary>
internal sealed class MemoryMeasurement(LoadOptions options, BenchServer server, PgbenchRun pgbench, string directory)
{
    private const int GatewayPort = 110;
    private const int Clients = 32;

    private static readonly Workload Prepared = Workload.All.First(workload => workload.Name == "prepared");

    private readonly Dictionary<string, double> _sums = new(StringComparer.Ordinal);

    public async Task<MemoryFigures> RunAsync(CancellationToken cancellation)
    {
        int seconds = options.Quick ? 10 : 60;
        LockplaneProcess process = new("memory", directory) { Port = options.Port + GatewayPort, ServerHost = "127.0.0.1", ServerPort = server.Port, AdminUrl = server.AdminUrl };
        await using Child gateway = await Child.StartAsync(process.Name, process.Command(), process.Log, process.Port, cancellation);
        Target target = new(Target.Lockplane, process.Port, gateway.ProcessId, RoleLogin.ForQueries);
        await pgbench.RunAsync(target, Prepared, Clients, ["-T", "5"], cancellation);

        EventPipeProvider counters = new("System.Runtime", EventLevel.Informational, (long)EventKeywords.None, new Dictionary<string, string> { ["EventCounterIntervalSec"] = "1" });
        using EventPipeSession session = new DiagnosticsClient(gateway.ProcessId).StartEventPipeSession(counters, requestRundown: false);
        using EventPipeEventSource source = new(session.EventStream);
        source.Dynamic.All += Add;
        Task reading = Task.Run(source.Process, CancellationToken.None);
        string output;
        try
        {
            output = await pgbench.RunAsync(target, Prepared, Clients, ["-T", seconds.ToString(CultureInfo.InvariantCulture)], cancellation);
            // The last second's counters.
            await Task.Delay(1_500, cancellation);
        }
        finally
        {
            session.Stop();
            await reading;
        }

        const string Processed = "number of transactions actually processed: ";
        string line = output.Split('\n').First(line => line.StartsWith(Processed, StringComparison.Ordinal));
        return new MemoryFigures
        {
            Seconds = seconds,
            Gen0Collections = _sums.GetValueOrDefault("gen-0-gc-count"),
            Gen2Collections = _sums.GetValueOrDefault("gen-2-gc-count"),
            AllocatedBytesPerQuery = _sums.GetValueOrDefault("alloc-rate") / double.Parse(line[Processed.Length..], CultureInfo.InvariantCulture),
        };
    }

    // An event holds one counter: its name, and how much it grew in the interval.
    private void Add(TraceEvent data)
    {
        if (data.EventName == "EventCounters" && data.PayloadValue(0) is IDictionary<string, object> outer && outer["Payload"] is IDictionary<string, object> counter
            && counter.TryGetValue("Increment", out object? increment))
        {
            string name = (string)counter["Name"];
            _sums[name] = _sums.GetValueOrDefault(name) + Convert.ToDouble(increment, CultureInfo.InvariantCulture);
        }
    }
}
