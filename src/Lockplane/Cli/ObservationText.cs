using System.Globalization;
using Lockplane.Control.Shadows;

namespace Lockplane.Cli;

/// <summary>What was observed of a plan's tables on the target, for people to read.</summary>
internal static class ObservationText
{
    private static readonly string[] Units = ["bytes", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>One line for each table and for each data change; nothing where nothing was observed.</summary>
    public static void Write(TextWriter output, TargetObservation? target)
    {
        if (target is null || (target.Relations.IsEmpty && target.Estimates.IsEmpty))
        {
            return;
        }

        output.WriteLine($"On the target at {target.ObservedAt}:");
        foreach (RelationSize relation in target.Relations)
        {
            output.WriteLine($"   {PrintableText.Line(relation.Relation)}: {RowsOf(relation)}, {SizeOf(relation.Bytes)}");
        }

        foreach (RowEstimate estimate in target.Estimates)
        {
            string text = estimate.Rows is { } rows ? $"touches about {Count(rows)}, by the server's estimate" : $"no estimate: {PrintableText.Line(estimate.Reason ?? "")}";
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"   step {estimate.N}: {text}"));
        }
    }

    private static string RowsOf(RelationSize relation) => relation.Rows is not { } rows ? "rows not known (never analysed)" : relation.Counted ? Count(rows) : "about " + Count(rows);

    private static string Count(long rows) => rows == 1 ? "1 row" : string.Create(CultureInfo.InvariantCulture, $"{rows:N0} rows");

    private static string SizeOf(long bytes)
    {
        (double size, int unit) = (bytes, 0);
        while (size >= 1024 && unit < Units.Length - 1)
        {
            (size, unit) = (size / 1024, unit + 1);
        }

        return string.Create(CultureInfo.InvariantCulture, $"{(unit == 0 ? size : Math.Round(size, 1))} {Units[unit]}");
    }
}
