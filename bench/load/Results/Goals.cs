using System.Globalization;
using Lockplane.Bench.Load.Targets;

namespace Lockplane.Bench.Load.Results;

/// <summary>A goal of the specification, and what the run says of it.</summary>
/// <param name="Text">What is to hold.</param>
/// <param name="Outcome"><c>met</c>, <c>not resolved</c>, <c>missed by ...</c> or <c>not measured</c>.</param>
/// <param name="Figure">What was found.</param>
internal sealed record Goal(string Text, string Outcome, string Figure);

/// <summary>
/// The goals, each with its outcome. Met is what the whole range meets, missed what the whole range misses; but for throughput and p99 the goal itself is that a range of at most 25 %
/// reaches 1.
/// </summary>
internal static class Goals
{
    private const string NotMeasured = "not measured";

    public static List<Goal> Of(LoadReport report) => [.. Processor(report), Gate(report), .. Waiting(report), .. LoginsAndMemory(report)];

    private static IEnumerable<Goal> Processor(LoadReport report)
    {
        foreach (string cases in (string[])[ResultRow.AllCases, ResultRow.SeenCases])
        {
            ResultRow? tcp = report.Find(Target.Lockplane, cases);
            yield return AtMost($"CPU per query, {cases}: at most 0.95 of pgbouncer", 0.95, tcp?.CpuRatio);
            yield return AtMost($"CPU per query, {cases}, Unix sockets: at most 0.95 of pgbouncer with one", 0.95, report.Find(Target.LockplaneUnix, cases)?.CpuRatioOfKind);
            yield return AtMost($"CPU per query, {cases}: at most 1.10 of the C relay", 1.10, tcp?.CpuRatioFloor);
            yield return AtMost($"CPU per query, {cases}, TLS: at most 1.5 of pgbouncer with TLS", 1.5, report.Find(Target.LockplaneTls, cases)?.CpuRatioOfKind);
        }
    }

    private static Goal Gate(LoadReport report)
    {
        Goal goal = AtMost("CPU per query with the gate, texts that differ every time: at most 1.03 of without it", 1.03, report.Gate.Ratio);
        return report.Gate.Ratio is null || report.Gate.Resolved ? goal : goal with { Outcome = "not resolved" };
    }

    private static IEnumerable<Goal> Waiting(LoadReport report)
    {
        foreach (ResultRow row in report.Rows.Where(row => row is { Target: Target.Lockplane, Workload: ResultRow.AllCases, Clients: not null }))
        {
            yield return new Goal($"throughput, {row.ClientsText} clients: the range reaches 1.0 of pgbouncer", Reaches(row.TpsRatio, row.TpsRatio?.High >= 1, 1 - row.TpsRatio?.High), Show(row.TpsRatio));
            yield return new Goal($"p99, {row.ClientsText} clients: the range reaches 1.0 of pgbouncer", Reaches(row.P99Ratio, row.P99Ratio?.Low <= 1, row.P99Ratio?.Low - 1), Show(row.P99Ratio));
        }

        double? worst = report.Rows.Where(row => row is { Target: Target.Lockplane, Clients: 1_000 }).Max(row => row.MaxMs);
        yield return Below("worst wait at 1,000 clients: under 1 s", 1_000, worst, "ms");
    }

    private static IEnumerable<Goal> LoginsAndMemory(LoadReport report)
    {
        yield return Below("an idle session: at most 4 KiB of the gateway", 4, report.Logins.IdleKiB, "KiB");
        yield return Below("CPU per SCRAM login, login = secret: at most 0.4 ms", 0.4, report.Logins.SecretMs, "ms");
        yield return Below("CPU per SCRAM login, login = pass-through: at most 0.4 ms", 0.4, report.Logins.PassThroughMs, "ms");
        RatioRange? connects = report.Logins.Connects;
        yield return new Goal("connects per second: at least 0.9 of direct", connects is null ? NotMeasured : !connects.IsRange ? "not resolved" : connects.Low >= 0.9 ? "met"
            : connects.High < 0.9 ? Missed(0.9 - connects.High, "") : "not resolved", Show(connects));
        yield return Below("500 logins at once: the slowest under 3 times the median", 3, report.Logins.StormRatio, "times");
        Goal collections = Below("collections of generation 2 in a minute: none", 0, report.Memory.Gen2Collections, "");
        yield return report.Memory.Seconds is > 0 and < 60 ? collections with { Outcome = "not resolved", Figure = $"{collections.Figure} in less" } : collections;
    }

    private static Goal AtMost(string text, double goal, RatioRange? range) => new(
        text,
        range is null ? NotMeasured : !range.IsRange ? "not resolved" : range.High <= goal ? "met" : range.Low > goal ? Missed(range.Low - goal, "") : "not resolved",
        Show(range));

    private static Goal Below(string text, double goal, double? figure, string unit) => new(
        text,
        figure is null ? NotMeasured : figure <= goal ? "met" : Missed(figure.Value - goal, unit),
        figure is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{figure:0.###} {unit}").TrimEnd());

    private static string Reaches(RatioRange? range, bool reaches, double? missing) =>
        range is null ? NotMeasured : !range.IsRange ? "not resolved" : !reaches ? Missed(missing!.Value, "") : range.Resolved ? "met" : "not resolved";

    private static string Missed(double by, string unit) => string.Create(CultureInfo.InvariantCulture, $"missed by {by:0.###} {unit}").TrimEnd();

    private static string Show(RatioRange? range) =>
        range is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{range.Median:0.00} ({range.Low:0.00} to {range.High:0.00}, n = {range.Count})");
}
