using Lockplane.Bench.Load.Gate;
using Lockplane.Bench.Load.Logins;

namespace Lockplane.Bench.Load.Results;

/// <summary>All that a run found.</summary>
internal sealed record LoadReport
{
    public required string Command { get; init; }

    /// <summary>Processors, system, versions.</summary>
    public required string Machine { get; init; }

    public required string Versions { get; init; }

    public List<ResultRow> Rows { get; set; } = [];

    public GateFigures Gate { get; set; } = new();

    public LoginFigures Logins { get; set; } = new();

    public MemoryFigures Memory { get; set; } = new();

    /// <summary>What was not measured, and why.</summary>
    public List<string> Skipped { get; } = [];

    /// <summary>Runs that failed, in words.</summary>
    public List<string> Failures { get; set; } = [];

    public ResultRow? Find(string target, string workload, int? clients = null) =>
        Rows.Find(row => row.Target == target && row.Workload == workload && row.Clients == clients);
}
