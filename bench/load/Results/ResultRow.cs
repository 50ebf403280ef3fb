using System.Globalization;
using Lockplane.Bench.Load.Measurement;
using Lockplane.Bench.Load.Targets;

namespace Lockplane.Bench.Load.Results;

/// <summary>A row of the results: one target in one case, or in several pooled.</summary>
/// <param name="Workload">A workload's name, or which cases are pooled.</param>
/// <param name="Clients">Null where all sizes are pooled.</param>
/// <param name="Tps">Medians of the rounds, here and below; null in pooled rows.</param>
/// <param name="MaxMs">The longest of all rounds.</param>
/// <param name="CpuRatio">To pgbouncer over TCP: processor time per query.</param>
/// <param name="TpsRatio">To pgbouncer over TCP.</param>
/// <param name="P99Ratio">To pgbouncer over TCP.</param>
/// <param name="CpuRatioOfKind">To what is alike: pgbouncer with a Unix socket for targets with one, pgbouncer with TLS for targets with it; null for others.</param>
/// <param name="CpuRatioFloor">To the C relay.</param>
internal sealed record ResultRow(
    string Target, string Workload, int? Clients, double? Tps, double? P50Ms, double? P99Ms, double? MaxMs, double? CpuPer100k, double? ResidentMb,
    RatioRange? CpuRatio, RatioRange? TpsRatio, RatioRange? P99Ratio, RatioRange? CpuRatioOfKind, RatioRange? CpuRatioFloor)
{
    /// <summary>pgbench -S in its three modes.</summary>
    public const string AllCases = "all";

    /// <summary>The same with the texts that repeat instead of those that do not.</summary>
    public const string SeenCases = "all, texts seen before";

    public string ClientsText => Clients?.ToString(CultureInfo.InvariantCulture) ?? "all";
}

/// <summary>Makes the rows of what was measured.</summary>
/// <param name="samples">What was measured.</param>
/// <param name="targets">In the order of the rows.</param>
internal sealed class ResultRows(IReadOnlyList<Sample> samples, IReadOnlyList<string> targets)
{
    private readonly Dictionary<(int Round, Cell Cell, string Target), Sample> _samples = samples.ToDictionary(sample => (sample.Round, sample.Cell, sample.Target));

    /// <summary>Each target in each case, then what is pooled.</summary>
    public List<ResultRow> Make()
    {
        List<ResultRow> rows = [];
        foreach (IGrouping<Cell, Sample> cell in samples.GroupBy(sample => sample.Cell))
        {
            rows.AddRange(targets.Select(target => cell.Where(sample => sample.Target == target).ToArray()).Where(own => own.Length > 0).Select(own => Row(own[0].Target, cell.Key, own)));
        }

        foreach (string target in targets)
        {
            Sample[] all = [.. samples.Where(sample => sample.Target == target && sample.Cell.Workload.Pooled)];
            Sample[] seen = [.. samples.Where(sample => sample.Target == target && sample.Cell.Workload.Name is "simple-repeated" or "extended" or "prepared")];
            rows.AddRange(all.GroupBy(sample => sample.Cell.Clients).Select(group => Pooled(target, ResultRow.AllCases, group.Key, [.. group])));
            rows.Add(Pooled(target, ResultRow.AllCases, null, all));
            rows.Add(Pooled(target, ResultRow.SeenCases, null, seen));
        }

        return rows;
    }

    private ResultRow Row(string target, Cell cell, Sample[] own) => Ratios(own, new ResultRow(
        target, cell.Workload.Name, cell.Clients,
        RatioRange.MedianOf(own.Select(sample => sample.Tps)), RatioRange.MedianOf(own.Select(sample => sample.P50Ms)), RatioRange.MedianOf(own.Select(sample => sample.P99Ms)),
        own.Max(sample => sample.MaxMs), Median(own, sample => sample.CpuPer100k), Median(own, sample => sample.ResidentMb), null, null, null, null, null));

    private ResultRow Pooled(string target, string cases, int? clients, Sample[] own) =>
        Ratios(own, new ResultRow(target, cases, clients, null, null, null, null, null, null, null, null, null, null, null));

    private ResultRow Ratios(Sample[] own, ResultRow row)
    {
        string? kind = row.Target switch
        {
            Target.LockplaneUnix => Target.PgBouncerUnix,
            Target.LockplaneTls => Target.PgBouncerTls,
            _ => null,
        };
        return row with
        {
            CpuRatio = Ratio(own, Target.PgBouncer, sample => sample.CpuPer100k),
            TpsRatio = Ratio(own, Target.PgBouncer, sample => sample.Tps),
            P99Ratio = Ratio(own, Target.PgBouncer, sample => sample.P99Ms),
            CpuRatioOfKind = kind is null ? null : Ratio(own, kind, sample => sample.CpuPer100k),
            CpuRatioFloor = Ratio(own, Target.Floor, sample => sample.CpuPer100k),
        };
    }

    /// <summary>Each of the target's samples by the other's of the same round and case.</summary>
    private RatioRange? Ratio(Sample[] own, string other, Func<Sample, double?> figure) => RatioRange.Of(
        from sample in own
        let pair = _samples.GetValueOrDefault((sample.Round, sample.Cell, other))
        where pair is not null && figure(sample) is not null && figure(pair) is > 0
        select figure(sample)!.Value / figure(pair)!.Value);

    private static double? Median(Sample[] own, Func<Sample, double?> figure) =>
        own.All(sample => figure(sample) is null) ? null : RatioRange.MedianOf(own.Select(figure).OfType<double>());
}
