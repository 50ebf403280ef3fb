using System.Text.Json;

namespace Lockplane.Corpus;

/// <summary>Two states of a schema, as a folder: <c>from.sql</c>, <c>to.sql</c>, <c>meta.json</c> and, where there is one, <c>setup.sql</c>, which runs first on both sides.</summary>
/// <param name="Name">Its folder from the corpus's own, with slashes.</param>
/// <param name="Setup">The text of setup.sql; empty when there is none.</param>
internal sealed record Pair(string Name, string Setup, string From, string To, PairMeta Meta)
{
    /// <summary>Both sides: the name of the file and its text.</summary>
    public IReadOnlyList<(string File, string Script)> Sides => [("from.sql", From), ("to.sql", To)];

    /// <summary>Every pair at or below a folder, in the order of names.</summary>
    public static IReadOnlyList<Pair> Find(string folder) =>
    [
        .. Directory.EnumerateFiles(folder, "from.sql", SearchOption.AllDirectories)
            .Select(file => Path.GetDirectoryName(file)!)
            .Where(pair => File.Exists(Path.Combine(pair, "to.sql")))
            .OrderBy(pair => pair, StringComparer.Ordinal)
            .Select(pair => Read(folder, pair)),
    ];

    private static Pair Read(string root, string folder)
    {
        string Text(string file) => File.Exists(Path.Combine(folder, file)) ? File.ReadAllText(Path.Combine(folder, file)) : "";
        string name = Path.GetRelativePath(root, folder).Replace('\\', '/');
        return new Pair(name == "." ? Path.GetFileName(Path.GetFullPath(folder)) : name, Text("setup.sql"), Text("from.sql"), Text("to.sql"), PairMeta.Parse(Text("meta.json")));
    }
}

/// <summary>What <c>meta.json</c> says that a judge needs; members that are not there have their defaults.</summary>
/// <param name="Roles">Roles that have to be there first, as SQL writes their names.</param>
/// <param name="ExpectedHazards">Hazards that a plan has to report, in the words of the corpus.</param>
/// <param name="ExpectsEmptyPlan">A plan from one side to the other has no steps.</param>
/// <param name="DumpsAlike">pg_dump 15 writes the same for both sides.</param>
/// <param name="LoadsOn15">By file name, whether it loads on Postgres 15.</param>
internal sealed record PairMeta(
    IReadOnlyList<string> Roles, IReadOnlyList<string> ExpectedHazards, bool ExpectsEmptyPlan, bool DumpsAlike, IReadOnlyDictionary<string, bool> LoadsOn15)
{
    /// <summary>Reads the text of a meta.json.</summary>
    public static PairMeta Parse(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json.Length == 0 ? "{}" : json);
        JsonElement root = document.RootElement;
        Dictionary<string, bool> loads = new(StringComparer.Ordinal);
        bool alike = false;
        if (root.TryGetProperty("pg15", out JsonElement measured) && measured.ValueKind == JsonValueKind.Object)
        {
            alike = IsTrue(measured, "pg_dump_identical");
            foreach (string side in (string[])["from", "to"])
            {
                if (measured.TryGetProperty(side + "_sql", out JsonElement result))
                {
                    loads[side + ".sql"] = result.ValueKind == JsonValueKind.String && result.GetString() == "ok";
                }
            }
        }

        return new PairMeta(Names(root, "roles"), Names(root, "expected_hazards"), IsTrue(root, "expect_empty_plan"), alike, loads);
    }

    private static bool IsTrue(JsonElement element, string member) => element.TryGetProperty(member, out JsonElement value) && value.ValueKind == JsonValueKind.True;

    private static string[] Names(JsonElement element, string member) =>
        element.TryGetProperty(member, out JsonElement list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray().Select(item => item.ToString())] : [];
}
