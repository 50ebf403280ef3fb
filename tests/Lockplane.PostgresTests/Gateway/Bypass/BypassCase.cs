using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Lockplane.PostgresTests.Gateway.Bypass;

/// <summary>One attack of the corpus; tests/fixtures/bypass/README.md says how it is written.</summary>
/// <param name="Row">The threat model's row, such as <c>C2</c>; <c>own</c> for none.</param>
/// <param name="Steps">Texts that are sent one after another; for a wire script its lines.</param>
/// <param name="Superuser">Whether it logs in as a superuser, whom row level security does not hold.</param>
/// <param name="Harmless">Why it has no effect even without a gateway, or none that the judge sees; otherwise null.</param>
/// <param name="Left">What of setup-left.sql it is about; null for a case that is tried without it.</param>
/// <param name="Major">The only version that it works on; null for every one.</param>
internal sealed partial record BypassCase(string Row, string Title, IReadOnlyList<string> Steps, bool IsWire, bool Superuser, string? Harmless, string? Left, int? Major)
{
    /// <summary>The corpus's folder.</summary>
    public static string Root { get; } = FindRoot();

    public override string ToString() => $"{Row} {Title}";

    /// <summary>The whole corpus, in order of files.</summary>
    public static IReadOnlyList<BypassCase> ReadAll() =>
        [.. Directory.EnumerateFiles(Root, "*.txt").Order(StringComparer.Ordinal).SelectMany(static file => Read(File.ReadAllText(file), Path.GetFileName(file)))];

    /// <summary>The statements of a script of the corpus's folder.</summary>
    public static IEnumerable<string> Script(string file, IReadOnlyDictionary<string, string> names) =>
        Fill(File.ReadAllText(Path.Combine(Root, file)), names).Split(";\n", StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Puts in the scene's names and the repetitions.</summary>
    public static string Fill(string text, IReadOnlyDictionary<string, string> names)
    {
        text = CodePoint().Replace(text, static match => ((char)int.Parse(match.Groups[1].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString());
        string filled = Repetition().Replace(text, static match => new StringBuilder().Insert(0, match.Groups[2].Value, int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).ToString());
        foreach ((string name, string value) in names)
        {
            filled = filled.Replace("{" + name + "}", value, StringComparison.Ordinal);
        }

        return filled;
    }

    private static IEnumerable<BypassCase> Read(string text, string file)
    {
        foreach (string part in ("\n" + text).Split("\n== ")[1..])
        {
            string[] lines = part.TrimEnd('\n').Split('\n');
            string[] heading = lines[0].Split(' ', 2);
            Dictionary<string, string> keys = [];
            int line = 1;
            for (; line < lines.Length && Key().Match(lines[line]) is { Success: true } key; line++)
            {
                keys.Add(key.Groups[1].Value, key.Groups[2].Value);
            }

            bool isWire = keys.ContainsKey("wire");
            string body = string.Join('\n', lines[line..]);
            string[] steps = isWire ? lines[line..] : body.Split("\n>>\n");
            Assert.True(heading.Length == 2 && body.Length > 0, $"{file}: case \"{lines[0]}\" has no title or no text");
            yield return new BypassCase(heading[0], heading[1], steps, isWire, keys.GetValueOrDefault("as") == "superuser", keys.GetValueOrDefault("harmless"), keys.GetValueOrDefault("left"),
                keys.TryGetValue("major", out string? major) ? int.Parse(major, CultureInfo.InvariantCulture) : null);
        }
    }

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Lockplane.sln")))
        {
            folder = folder.Parent;
        }

        return Path.Combine(folder!.FullName, "tests", "fixtures", "bypass");
    }

    [GeneratedRegex("^(as|harmless|left|major|wire): ?(.*)$")]
    private static partial Regex Key();

    // What an editor would not show.
    [GeneratedRegex(@"\{u\+([0-9a-f]{4})\}")]
    private static partial Regex CodePoint();

    [GeneratedRegex(@"\{repeat (\d+) ([^}]*)\}")]
    private static partial Regex Repetition();
}
