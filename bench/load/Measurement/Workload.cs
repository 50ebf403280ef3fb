using System.Collections.Immutable;

namespace Lockplane.Bench.Load.Measurement;

/// <summary>What the clients send.</summary>
/// <param name="Name">In the results.</param>
/// <param name="Mode">pgbench's <c>-M</c>.</param>
/// <param name="Script">pgbench's script.</param>
/// <param name="Clients">Instead of the numbers of clients that were asked for.</param>
/// <param name="Pooled">Whether it is one of the cases of the pooled ratios.</param>
internal sealed record Workload(string Name, string Mode, string Script, ImmutableArray<int> Clients, bool Pooled)
{
    // What pgbench -S sends at scale 1.
    private const string Select = "\\set aid random(1, 100000)\nSELECT abalance FROM pgbench_accounts WHERE aid = :aid;\n";

    private const string FewTexts = "\\set aid random(1, 1000)\nSELECT abalance FROM pgbench_accounts WHERE aid = :aid;\n";

    /// <summary>All of them. The texts of <c>simple</c> differ nearly every time; <c>simple-repeated</c> sends 1,000 texts over and over.</summary>
    public static ImmutableArray<Workload> All { get; } =
    [
        new("simple", "simple", Select, [], Pooled: true),
        new("extended", "extended", Select, [], Pooled: true),
        new("prepared", "prepared", Select, [], Pooled: true),
        new("simple-repeated", "simple", FewTexts, [8, 128], Pooled: false),
        new("bulk", "simple", "SELECT body FROM bulk WHERE id = 1;\n", [4], Pooled: false),
    ];
}

/// <summary>One case: a workload and how many clients send it.</summary>
internal sealed record Cell(Workload Workload, int Clients);

/// <summary>What one run of pgbench found.</summary>
/// <param name="CpuPer100k">Processor seconds of the proxy for 100,000 queries; null without a proxy.</param>
/// <param name="ResidentMb">The proxy's; null without one.</param>
internal sealed record Sample(int Round, Cell Cell, string Target, double Tps, double P50Ms, double P99Ms, double MaxMs, double? CpuPer100k, double? ResidentMb);
