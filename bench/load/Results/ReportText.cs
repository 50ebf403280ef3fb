using System.Globalization;
using System.Text;

namespace Lockplane.Bench.Load.Results;

/// <summary>The report for a person: Markdown, which a terminal shows as well.</summary>
internal static class ReportText
{
    public static string Write(LoadReport report)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"Command: `{report.Command}`. Machine: {report.Machine}. {report.Versions}.\n");
        if (report.Rows.Count > 0)
        {
            Pooled(text, report);
            Cells(text, report);
        }

        Figures(text, report);
        text.Append("\n| goal | outcome | figure |\n|---|---|---|\n");
        foreach (Goal goal in Goals.Of(report))
        {
            text.Append(CultureInfo.InvariantCulture, $"| {goal.Text} | {goal.Outcome} | {goal.Figure} |\n");
        }

        foreach (string line in report.Skipped.Select(line => "Skipped: " + line).Concat(report.Failures.Distinct().Select(line => "Failed: " + line)))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{line}\n");
        }

        return text.ToString();
    }

    private static void Pooled(StringBuilder text, LoadReport report)
    {
        text.Append("\nPooled over the cases, as ratios to pgbouncer over TCP, with the range of 95 %:\n\n");
        text.Append("| target | cases | clients | CPU per query | throughput | p99 | CPU, to pgbouncer alike | CPU, to the C relay |\n|---|---|---|---|---|---|---|---|\n");
        foreach (ResultRow row in report.Rows.Where(row => row.Tps is null && (row.TpsRatio ?? row.CpuRatio) is not null))
        {
            text.Append(CultureInfo.InvariantCulture,
                $"| {row.Target} | {row.Workload} | {row.ClientsText} | {Show(row.CpuRatio)} | {Show(row.TpsRatio)} | {Show(row.P99Ratio)} | {Show(row.CpuRatioOfKind)} | {Show(row.CpuRatioFloor)} |\n");
        }
    }

    private static void Cells(StringBuilder text, LoadReport report)
    {
        text.Append("\nEach case: medians of the rounds; CPU in seconds of the proxy for 100,000 queries, and as a ratio to pgbouncer over TCP:\n\n");
        text.Append("| target | workload | clients | per second | p50 ms | p99 ms | longest ms | CPU s | CPU ratio | RSS MB |\n|---|---|---|---|---|---|---|---|---|---|\n");
        foreach (ResultRow row in report.Rows.Where(row => row.Tps is not null))
        {
            text.Append(CultureInfo.InvariantCulture,
                $"| {row.Target} | {row.Workload} | {row.ClientsText} | {row.Tps:0} | {row.P50Ms:0.00} | {row.P99Ms:0.00} | {row.MaxMs:0} | {row.CpuPer100k:0.00} | {Show(row.CpuRatio)} | {row.ResidentMb:0} |\n");
        }
    }

    private static void Figures(StringBuilder text, LoadReport report)
    {
        foreach (string line in report.Gate.Lines.Concat(report.Logins.Lines).Concat(report.Memory.Lines))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{line}\n");
        }
    }

    private static string Show(RatioRange? range) => range switch
    {
        null => "",
        { Resolved: false } => string.Create(CultureInfo.InvariantCulture, $"not resolved ({range.Low:0.00} to {range.High:0.00})"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{range.Median:0.00} ({range.Low:0.00} to {range.High:0.00})"),
    };
}
