using System.Collections.Concurrent;

namespace Lockplane.Corpus;

/// <summary>Judges all pairs of a corpus.</summary>
internal static class CorpusRun
{
    /// <summary>Runs the judge over the pairs, several at a time; the verdicts are in the order of the pairs.</summary>
    public static async Task<CorpusVerdict> RunAsync(IReadOnlyList<Pair> pairs, IPairJudge judge, int major, IReadOnlyList<Waiver> waivers, int parallel, CancellationToken cancellation)
    {
        ConcurrentDictionary<string, PairVerdict> verdicts = new(StringComparer.Ordinal);
        await Parallel.ForEachAsync(pairs, new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancellation }, async (pair, stop) =>
        {
            Findings findings = await judge.JudgeAsync(pair, stop);
            string? waived = waivers.FirstOrDefault(waiver => waiver.Covers(pair.Name, judge.Mode))?.Reason;
            verdicts[pair.Name] = new PairVerdict(pair.Name, findings.Failures, waived, findings.NotLoaded);
        });
        PairVerdict[] ordered = [.. pairs.Select(pair => verdicts[pair.Name])];
        return new CorpusVerdict(judge.Mode, major, ordered, [.. Unused(waivers, ordered, judge.Mode)]);
    }

    private static IEnumerable<string> Unused(IEnumerable<Waiver> waivers, PairVerdict[] verdicts, string mode) => waivers
        .Where(waiver => waiver.Mode == mode && !verdicts.Any(verdict => !verdict.IsOk && waiver.Covers(verdict.Pair, mode)))
        .Select(waiver => $"{waiver.Case}: {(verdicts.Any(verdict => waiver.Covers(verdict.Pair, mode)) ? "the pair is ok" : "no pair has this name here")}");
}
