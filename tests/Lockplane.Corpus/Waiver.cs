namespace Lockplane.Corpus;

/// <summary>A pair that is known to fail, with the reason. They stand in tests/corpus-waivers.txt, one a line: <c>case, mode, reason</c>.</summary>
/// <param name="Case">The pair's folder, or the end of its path.</param>
/// <param name="Mode">round-trip or plan.</param>
internal sealed record Waiver(string Case, string Mode, string Reason)
{
    /// <summary>The name of the file in the folder of the tests.</summary>
    public const string File = "corpus-waivers.txt";

    /// <summary>Reads the file's lines; empty ones and those that begin with # are none.</summary>
    /// <exception cref="FormatException">A line has no case, mode or reason.</exception>
    public static IReadOnlyList<Waiver> Parse(IEnumerable<string> lines) =>
        [.. lines.Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#').Select(ParseLine)];

    /// <summary>Whether it is about this pair in this mode.</summary>
    public bool Covers(string pair, string mode) => Mode == mode && (pair == Case || pair.EndsWith("/" + Case, StringComparison.Ordinal));

    private static Waiver ParseLine(string line)
    {
        string[] parts = line.Split(',', 3, StringSplitOptions.TrimEntries);
        return parts.Length == 3 && parts.All(part => part.Length > 0) && parts[1] is CorpusMode.RoundTrip or CorpusMode.Plan
            ? new Waiver(parts[0], parts[1], parts[2])
            : throw new FormatException($"{File}: \"{line}\" is no waiver; one is written: case, {CorpusMode.RoundTrip} or {CorpusMode.Plan}, reason.");
    }
}

/// <summary>How pairs are judged.</summary>
internal static class CorpusMode
{
    /// <summary>Each side is read, printed, loaded and read again.</summary>
    public const string RoundTrip = "round-trip";

    /// <summary>One side is led to the other.</summary>
    public const string Plan = "plan";
}
