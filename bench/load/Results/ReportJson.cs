using System.Text;
using System.Text.Json;

namespace Lockplane.Bench.Load.Results;

/// <summary>The report for a program.</summary>
internal static class ReportJson
{
    public static string Write(LoadReport report)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("command", report.Command);
            json.WriteString("machine", report.Machine);
            json.WriteString("versions", report.Versions);
            json.WriteStartArray("results");
            foreach (ResultRow row in report.Rows)
            {
                WriteRow(json, row);
            }

            json.WriteEndArray();
            report.Gate.Write(json);
            report.Logins.Write(json);
            report.Memory.Write(json);
            WriteTexts(json, "skipped", report.Skipped);
            WriteTexts(json, "failures", report.Failures);
            json.WriteStartArray("goals");
            foreach (Goal goal in Goals.Of(report))
            {
                json.WriteStartObject();
                json.WriteString("goal", goal.Text);
                json.WriteString("outcome", goal.Outcome);
                json.WriteString("figure", goal.Figure);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>A number; nothing where it is not known.</summary>
    public static void WriteFigure(this Utf8JsonWriter json, string name, double? value, int digits)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, Math.Round(number, digits));
        }
    }

    /// <summary>A ratio and its range; nothing where it is not known.</summary>
    public static void WriteRatio(this Utf8JsonWriter json, string name, RatioRange? range)
    {
        if (range is null)
        {
            return;
        }

        json.WriteNumber(name, Math.Round(range.Median, 4));
        json.WriteStartArray(name + "_range");
        json.WriteNumberValue(Math.Round(range.Low, 4));
        json.WriteNumberValue(Math.Round(range.High, 4));
        json.WriteEndArray();
        json.WriteNumber(name + "_count", range.Count);
        json.WriteBoolean(name + "_resolved", range.Resolved);
    }

    private static void WriteRow(Utf8JsonWriter json, ResultRow row)
    {
        json.WriteStartObject();
        json.WriteString("target", row.Target);
        json.WriteString("workload", row.Workload);
        if (row.Clients is { } clients)
        {
            json.WriteNumber("clients", clients);
        }
        else
        {
            json.WriteString("clients", "all");
        }

        json.WriteFigure("tps", row.Tps, 1);
        json.WriteFigure("p50_ms", row.P50Ms, 3);
        json.WriteFigure("p99_ms", row.P99Ms, 3);
        json.WriteFigure("max_ms", row.MaxMs, 3);
        json.WriteFigure("cpu_s_per_100k", row.CpuPer100k, 4);
        json.WriteRatio("cpu_ratio_pgbouncer", row.CpuRatio);
        json.WriteRatio("tps_ratio_pgbouncer", row.TpsRatio);
        json.WriteRatio("p99_ratio_pgbouncer", row.P99Ratio);
        json.WriteRatio("cpu_ratio_pgbouncer_alike", row.CpuRatioOfKind);
        json.WriteRatio("cpu_ratio_floor", row.CpuRatioFloor);
        json.WriteFigure("rss_mb", row.ResidentMb, 1);
        json.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }
}
