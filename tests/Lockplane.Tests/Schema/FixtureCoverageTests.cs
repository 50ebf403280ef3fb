using System.Text.Json;
using Lockplane.Tests.House;

namespace Lockplane.Tests.Schema;

/// <summary>For each kind of object that a manifest can hold there are golden fixtures: it is made, it goes, each of its properties changes alone or beside others, and it changes under what depends on it.</summary>
public sealed class FixtureCoverageTests
{
    // What every kind can have: asked for only where a fixture shows that the kind has it.
    private static readonly string[] Common = ["owner", "comment", "privileges", "security_labels", "depends_on_extensions", "depends_on"];

    // What no fixture can show, and why.
    private static readonly IReadOnlyDictionary<string, string[]> Excepted = new Dictionary<string, string[]>
    {
        ["the record is shared by kinds, and this kind has no such property"] =
        [
            .. new[] { "access method", "aggregate", "cast", "collation", "language", "operator", "text search configuration", "text search dictionary", "text search parser", "text search template", "transform" }.Select(kind => kind + ": default"),
            .. new[] { "access method", "aggregate", "cast", "collation", "conversion", "operator", "text search configuration", "text search dictionary", "text search parser", "text search template", "transform" }.Select(kind => kind + ": trusted"),
            .. new[] { "access method", "aggregate", "cast", "collation", "conversion", "language", "operator", "text search dictionary", "text search parser", "text search template", "transform" }.Select(kind => kind + ": members"),
            .. new[] { "cost", "leakproof", "library", "parallel", "result", "rows", "strict", "support", "symbol", "transforms", "volatility", "window" }.Select(property => "procedure: " + property),
        ],
        ["it says of what kind the name is"] = ["catalog privileges: on"],
        ["only superusers can own it, and a fixture knows one"] = ["event trigger: owner", "foreign data wrapper: owner", "subscription: owner"],
        ["it follows from the version of the extension"] = ["extension: relocatable"],
        ["what can be secret is not in a manifest"] = ["subscription: connection", "user mapping: options"],
        ["its name says on which server it is"] = ["user mapping: depends_on"],
        ["a tablespace belongs to the cluster"] = ["constraint: tablespace", "index: tablespace", "materialized view: tablespace", "table: tablespace"],
        ["no script leads to it, only a statement that fails midway"] = ["constraint: index_invalid", "index: invalid", "table: detach_pending"],
    };

    [Fact]
    public void Every_kind_and_every_property_of_it_is_in_a_fixture()
    {
        Seen seen = Seen.InFixtures();
        IReadOnlyDictionary<string, string[]> kinds = Kinds();
        string[] missing =
        [
            .. kinds.Keys.SelectMany(kind => new[] { kind + " is made", kind + " goes" }).Where(what => !seen.Changes.Contains(what)),
            .. kinds.SelectMany(kind => kind.Value.Select(property => $"{kind.Key}: {property}")).Where(property => !seen.Changes.Contains(property)),
            .. seen.Properties.Where(property => !seen.Changes.Contains(property)),
            .. seen.DependedOn.Where(kind => !seen.Changes.Contains(kind + " changes under what depends on it")).Select(kind => kind + " changes under what depends on it"),
        ];

        Assert.Equal(Excepted.SelectMany(reason => reason.Value).Order(StringComparer.Ordinal), missing.Distinct().Order(StringComparer.Ordinal));
    }

    // Kind -> the properties that its record has of its own.
    private static SortedDictionary<string, string[]> Kinds()
    {
        const string prefix = "facts of ";
        using JsonDocument schema = JsonDocument.Parse(Repository.Read("docs/manifest.schema.json"));
        SortedDictionary<string, string[]> kinds = new(StringComparer.Ordinal);
        foreach (JsonProperty definition in schema.RootElement.GetProperty("$defs").EnumerateObject().Where(d => d.Name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            kinds.Add(definition.Name[prefix.Length..], [.. definition.Value.GetProperty("properties").EnumerateObject().Select(p => p.Name).Except(Common)]);
        }

        return kinds;
    }

    /// <summary>What the recorded fixtures hold, in words: "KIND is made", "KIND goes", "KIND: PROPERTY", "KIND changes under what depends on it".</summary>
    private sealed record Seen(ISet<string> Changes, ISet<string> Properties, ISet<string> DependedOn)
    {
        public static Seen InFixtures()
        {
            Seen seen = new(new HashSet<string>(), new SortedSet<string>(StringComparer.Ordinal), new SortedSet<string>(StringComparer.Ordinal));
            foreach (string file in Repository.Files("from.json", "tests/fixtures"))
            {
                using JsonDocument from = JsonDocument.Parse(Repository.Read(file));
                using JsonDocument to = JsonDocument.Parse(Repository.Read(Path.Combine(Path.GetDirectoryName(file)!, "to.json")));
                seen.Add(Objects(from), Objects(to));
            }

            return seen;
        }

        private void Add(Dictionary<string, JsonElement> from, Dictionary<string, JsonElement> to)
        {
            foreach ((string id, JsonElement made) in to)
            {
                if (!from.TryGetValue(id, out JsonElement old))
                {
                    Changes.Add(Kind(made) + " is made");
                    continue;
                }

                if (!JsonElement.DeepEquals(old, made))
                {
                    AddChange(id, old.GetProperty("facts"), made, [.. from.Values.Where(o => to.ContainsKey(Id(o)))]);
                }
            }

            Changes.UnionWith(from.Where(old => !to.ContainsKey(old.Key)).Select(old => Kind(old.Value) + " goes"));
            foreach (JsonElement each in from.Values.Concat(to.Values))
            {
                Properties.UnionWith(Facts(each.GetProperty("facts")).Select(fact => $"{Kind(each)}: {fact.Key}"));
                DependedOn.UnionWith(DependsOn(each).Select(Kind).Where(kind => kind != "column"));
            }
        }

        private void AddChange(string id, JsonElement old, JsonElement made, IReadOnlyList<JsonElement> others)
        {
            Dictionary<string, string> before = Facts(old);
            Dictionary<string, string> after = Facts(made.GetProperty("facts"));
            Changes.UnionWith(before.Keys.Union(after.Keys).Where(key => before.GetValueOrDefault(key) != after.GetValueOrDefault(key)).Select(key => $"{Kind(made)}: {key}"));
            if (others.Any(other => DependsOn(other).Any(on => Id(on) == id)))
            {
                Changes.Add(Kind(made) + " changes under what depends on it");
            }
        }

        // The columns' properties, too: "columns.type" holds the type of each column by its name.
        private static Dictionary<string, string> Facts(JsonElement facts)
        {
            Dictionary<string, string> all = facts.EnumerateObject().ToDictionary(fact => fact.Name, fact => fact.Value.GetRawText());
            if (facts.TryGetProperty("columns", out JsonElement columns) && columns.EnumerateArray().FirstOrDefault().ValueKind == JsonValueKind.Object)
            {
                foreach (JsonProperty property in columns.EnumerateArray().SelectMany(column => column.EnumerateObject()).Where(property => property.Name != "name"))
                {
                    all[$"columns.{property.Name}"] = string.Concat(columns.EnumerateArray().Select(column =>
                        $"{column.GetProperty("name")}={(column.TryGetProperty(property.Name, out JsonElement value) ? value.GetRawText() : "")};"));
                }
            }

            return all;
        }

        private static JsonElement[] DependsOn(JsonElement each) =>
            each.GetProperty("facts").TryGetProperty("depends_on", out JsonElement on) ? [.. on.EnumerateArray()] : [];

        private static Dictionary<string, JsonElement> Objects(JsonDocument manifest) => manifest.RootElement.GetProperty("objects").EnumerateArray().ToDictionary(Id);

        private static string Kind(JsonElement each) => each.GetProperty("kind").GetString()!;

        private static string Id(JsonElement each) =>
            string.Join('\n', new[] { "kind", "schema", "name", "part", "signature" }.Select(part => each.TryGetProperty(part, out JsonElement value) ? value.GetString() : ""));
    }
}
