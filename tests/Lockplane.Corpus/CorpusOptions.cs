namespace Lockplane.Corpus;

/// <summary>The command line.</summary>
/// <param name="Folder">The corpus: a folder of pairs, or of such folders.</param>
/// <param name="Mode">One of <see cref="CorpusMode"/>.</param>
/// <param name="Json">Canonical JSON instead of lines.</param>
internal sealed record CorpusOptions(string Folder, string Mode, bool Json, int Major)
{
    public const string Usage = "./dev corpus DIR [--round-trip|--plan] [--json] [--pg 15|16|17|18]";

    /// <summary>Reads the arguments.</summary>
    /// <exception cref="FormatException">They are not understood.</exception>
    public static CorpusOptions Parse(string[] arguments)
    {
        CorpusOptions options = new("", CorpusMode.RoundTrip, Json: false, 18);
        for (int i = 0; i < arguments.Length; i++)
        {
            options = arguments[i] switch
            {
                "--round-trip" => options with { Mode = CorpusMode.RoundTrip },
                "--plan" => options with { Mode = CorpusMode.Plan },
                "--json" => options with { Json = true },
                "--pg" => options with { Major = ParseMajor(++i < arguments.Length ? arguments[i] : "") },
                ['-', ..] => throw new FormatException($"There is no option {arguments[i]}."),
                _ when options.Folder.Length > 0 => throw new FormatException($"One folder is judged; {arguments[i]} is a second."),
                _ => options with { Folder = arguments[i] },
            };
        }

        return options.Folder.Length == 0 ? throw new FormatException("The folder of the corpus is missing.")
            : !Directory.Exists(options.Folder) ? throw new FormatException($"There is no folder {options.Folder}.")
            : options;
    }

    private static int ParseMajor(string text) => text switch
    {
        "15" => 15,
        "16" => 16,
        "17" => 17,
        "18" => 18,
        _ => throw new FormatException($"--pg takes 15, 16, 17 or 18, not \"{text}\"."),
    };
}
