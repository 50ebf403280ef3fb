using System.Globalization;
using System.Text.Json;
using Lockplane.Bench.Load.Results;

namespace Lockplane.Bench.Load.Gate;

/// <summary>What the statement gate costs; null where it was not measured.</summary>
internal sealed record GateFigures
{
    // In points: a wider range of ratios does not resolve a goal of 3 %.
    private const double WidestRange = 0.03;

    /// <summary>CPU of the process per query with the gate, as ratios to without it.</summary>
    public RatioRange? Ratio { get; set; }

    /// <summary>CPU of the process for a query without the gate, in microseconds: the median of the runs.</summary>
    public double? MicrosecondsWithout { get; set; }

    /// <summary>Whether the range is narrow enough to be held against the goal.</summary>
    public bool Resolved => Ratio is { IsRange: true } ratio && ratio.High - ratio.Low <= WidestRange;

    /// <summary>The figures as sentences.</summary>
    public IEnumerable<string> Lines => Ratio is null
        ? []
        : [string.Create(CultureInfo.InvariantCulture,
            $"The gate, pgbench -S -M simple from 8 clients, {Ratio.Count} interleaved pairs of runs: {Ratio.Median:0.000} ({Ratio.Low:0.000} to {Ratio.High:0.000}) times the CPU of the process per query without it, which is {MicrosecondsWithout:0.0} microseconds{(Resolved ? "" : "; not resolved")}.")];

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject("gate");
        json.WriteRatio("cpu_ratio", Ratio);
        json.WriteFigure("cpu_us_without", MicrosecondsWithout, 2);
        json.WriteEndObject();
    }
}
