using System.Text.Json;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Corpus;

/// <summary>How one pair did.</summary>
/// <param name="Failures">Why it is not ok, a line each; empty when it is.</param>
/// <param name="Waiver">The reason for which it may fail; null when there is none.</param>
/// <param name="NotLoaded">The sides that the server refused, and why.</param>
internal sealed record PairVerdict(string Pair, IReadOnlyList<string> Failures, string? Waiver, IReadOnlyList<string> NotLoaded)
{
    public bool IsOk => Failures.Count == 0;

    public bool IsUnexplained => !IsOk && Waiver is null;
}

/// <summary>How a corpus did.</summary>
/// <param name="UnusedWaivers">Waivers of this mode that no failing pair needed.</param>
internal sealed record CorpusVerdict(string Mode, int Major, IReadOnlyList<PairVerdict> Pairs, IReadOnlyList<string> UnusedWaivers)
{
    public int Unexplained => Pairs.Count(pair => pair.IsUnexplained);

    /// <summary>A line for each failing pair, and the last with the counts.</summary>
    public IEnumerable<string> Lines() =>
    [
        .. Pairs.Where(pair => !pair.IsOk).Select(pair => pair.Waiver is null
            ? $"unexplained: {pair.Pair}: {string.Join("; ", pair.Failures)}"
            : $"waived: {pair.Pair}: {pair.Waiver}"),
        .. UnusedWaivers.Select(waiver => $"waiver not used: {waiver}"),
        .. NotLoadedLine(),
        $"{Pairs.Count} pairs, {Pairs.Count(pair => pair.IsOk)} ok, {Pairs.Count(pair => !pair.IsOk && pair.Waiver is not null)} waived, {Unexplained} unexplained",
    ];

    /// <summary>All of it as canonical JSON.</summary>
    public byte[] ToJson() => CanonicalJson.Write(JsonSerializer.SerializeToElement(new
    {
        mode = Mode,
        server_major = Major,
        pairs = Pairs.Select(pair => new
        {
            name = pair.Pair,
            outcome = pair.IsOk ? "ok" : pair.Waiver is null ? "unexplained" : "waived",
            failures = pair.Failures,
            waiver = pair.Waiver,
            not_loaded = pair.NotLoaded,
        }),
        unused_waivers = UnusedWaivers,
        totals = new { pairs = Pairs.Count, ok = Pairs.Count(pair => pair.IsOk), waived = Pairs.Count(pair => !pair.IsOk && pair.Waiver is not null), unexplained = Unexplained },
    }));

    private IEnumerable<string> NotLoadedLine()
    {
        string[] sides = [.. Pairs.SelectMany(pair => pair.NotLoaded.Select(side => $"{pair.Pair}/{side}"))];
        return sides.Length == 0 ? [] : [$"{sides.Length} sides do not load on this server and are not judged, such as {sides[0]}"];
    }
}
