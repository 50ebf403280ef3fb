namespace Lockplane.Corpus;

/// <summary>One way to judge pairs. May be asked for several pairs at a time.</summary>
internal interface IPairJudge : IAsyncDisposable
{
    /// <summary>One of <see cref="CorpusMode"/>.</summary>
    string Mode { get; }

    /// <summary>Judges a pair.</summary>
    Task<Findings> JudgeAsync(Pair pair, CancellationToken cancellation);
}

/// <summary>What a judge found.</summary>
/// <param name="Failures">Why the pair is not ok.</param>
/// <param name="NotLoaded">The sides that the server refused, which are not judged.</param>
internal sealed record Findings(IReadOnlyList<string> Failures, IReadOnlyList<string> NotLoaded)
{
    /// <summary>What it means that a side does not load: nothing, unless the corpus says that it does on this major.</summary>
    public static Findings Refused(Pair pair, string file, int major, string refusal) => major == 15 && pair.Meta.LoadsOn15.GetValueOrDefault(file)
        ? new([$"{file}: does not load, and should: {refusal}"], [])
        : new([], [$"{file}: {refusal}"]);
}
