using Lockplane.PostgresTests.Gateway.Bypass;

namespace Lockplane.PostgresTests.Gateway.Fuzz;

/// <summary>Texts that random ones are made from: the bypass corpus, the gate's fixtures, and the corpora of schema changes where a checkout has them beside it.</summary>
internal static class SqlSeeds
{
    // Longer ones are mostly comments and data.
    private const int Longest = 2_000;

    public static IReadOnlyList<string> Read(IReadOnlyDictionary<string, string> names)
    {
        IEnumerable<string> attacks = BypassCase.ReadAll().Where(static attack => !attack.IsWire).SelectMany(static attack => attack.Steps).Where(static step => !step.Contains("{repeat", StringComparison.Ordinal));
        IEnumerable<string> gate = Directory.EnumerateFiles(Path.Combine(BypassCase.Root, "..", "gate"), "*.txt").Order(StringComparer.Ordinal)
            .SelectMany(static file => File.ReadAllText(file).Split("\n==")[1..].Select(static part => part[(part.IndexOf('\n', StringComparison.Ordinal) + 1)..]));
        string corpora = Path.Combine(BypassCase.Root, "..", "..", "..", "..", "shared", "corpora");
        IEnumerable<string> changes = Directory.Exists(corpora)
            ? Directory.EnumerateFiles(corpora, "*.sql", SearchOption.AllDirectories).Order(StringComparer.Ordinal).SelectMany(static file => File.ReadAllText(file).Split(";\n"))
            : [];
        return [.. attacks.Concat(gate).Concat(changes).Select(text => BypassCase.Fill(text, names).Trim()).Where(static text => text.Length is > 0 and < Longest && !text.Contains('\0', StringComparison.Ordinal)).Distinct()];
    }
}
