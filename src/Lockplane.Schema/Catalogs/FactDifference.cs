using System.Collections.Immutable;
using System.Text.Json;
using Lockplane.Schema.Kinds;

namespace Lockplane.Schema.Catalogs;

/// <summary>One thing that is true of an object in one catalog and not in another.</summary>
/// <param name="Path">The member as the manifest has it, with dots: <c>comment</c>, <c>columns.title.type</c>; <c>columns</c> alone is their order.</param>
/// <param name="Before">Its value in the first catalog: text as it is, all else as canonical JSON; null when it is absent.</param>
/// <param name="After">Its value in the second.</param>
public sealed record FactDifference(string Path, string? Before, string? After)
{
    private const int LongestValue = 200;

    /// <summary>What differs between the facts of one object, in the order of the members.</summary>
    public static ImmutableArray<FactDifference> Of(ObjectFacts before, ObjectFacts after)
    {
        using JsonDocument old = JsonDocument.Parse(FactsJson.Write(before));
        using JsonDocument made = JsonDocument.Parse(FactsJson.Write(after));
        List<FactDifference> all = [];
        Compare("", old.RootElement, made.RootElement, all);

        // What an object needs follows from the rest, and is told only where nothing else is to tell.
        FactDifference[] shown = [.. all.Where(d => !IsDependency(d.Path))];
        return shown.Length > 0 ? [.. shown] : [.. all];
    }

    /// <summary><c>columns.title.type: text -> integer</c>, on one line; of longer texts the first line that differs.</summary>
    public override string ToString()
    {
        (string? before, string? after, string line) = (Before, After, "");
        if (before is not null && after is not null && (before.Contains('\n', StringComparison.Ordinal) || after.Contains('\n', StringComparison.Ordinal)))
        {
            string[] old = before.Split('\n');
            string[] made = after.Split('\n');
            int first = old.Zip(made).TakeWhile(pair => pair.First == pair.Second).Count();
            (before, after, line) = (old.ElementAtOrDefault(first), made.ElementAtOrDefault(first), string.Create(System.Globalization.CultureInfo.InvariantCulture, $" line {first + 1}"));
        }

        return $"{Path}{line}: {Shown(before)} -> {Shown(after)}";
    }

    private static string Shown(string? value) => value is null ? "(none)" : value.Length <= LongestValue ? value : value[..LongestValue] + "...";

    private static bool IsDependency(string path) => path == "depends_on" || path.EndsWith(".depends_on", StringComparison.Ordinal);

    private static void Compare(string path, JsonElement? before, JsonElement? after, List<FactDifference> differences)
    {
        if (Text(before) == Text(after))
        {
            return;
        }

        if (before?.ValueKind == JsonValueKind.Object && after?.ValueKind == JsonValueKind.Object)
        {
            CompareMembers(path, Members(before.Value), Members(after.Value), differences);
        }
        else if (IsNamed(before) && IsNamed(after))
        {
            int seen = differences.Count;
            CompareMembers(path, Named(before!.Value), Named(after!.Value), differences);
            string[] old = [.. Named(before.Value).Select(m => m.Name)];
            string[] made = [.. Named(after.Value).Select(m => m.Name)];
            if (!old.Intersect(made, StringComparer.Ordinal).SequenceEqual(made.Intersect(old, StringComparer.Ordinal), StringComparer.Ordinal) || differences.Count == seen)
            {
                differences.Add(new FactDifference(path, string.Join(", ", old), string.Join(", ", made)));
            }
        }
        else
        {
            differences.Add(new FactDifference(path, Text(before), Text(after)));
        }
    }

    private static void CompareMembers(
        string path, List<(string Name, JsonElement Value)> before, List<(string Name, JsonElement Value)> after, List<FactDifference> differences)
    {
        foreach (string name in before.Select(m => m.Name).Union(after.Select(m => m.Name), StringComparer.Ordinal).Order(Utf8Order.Instance))
        {
            Compare(path.Length == 0 ? name : path + "." + name, Find(before, name), Find(after, name), differences);
        }
    }

    private static JsonElement? Find(List<(string Name, JsonElement Value)> members, string name)
    {
        int place = members.FindIndex(m => m.Name == name);
        return place < 0 ? null : members[place].Value;
    }

    private static List<(string Name, JsonElement Value)> Members(JsonElement value) => [.. value.EnumerateObject().Select(m => (m.Name, m.Value))];

    // Columns and the like are compared by their names, and then by their order.
    private static bool IsNamed(JsonElement? list) => list?.ValueKind == JsonValueKind.Array && list.Value.GetArrayLength() > 0
        && list.Value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Object && item.TryGetProperty("name", out _) && !item.TryGetProperty("kind", out _));

    private static List<(string Name, JsonElement Value)> Named(JsonElement list) =>
        [.. list.EnumerateArray().Select(item => (item.GetProperty("name").GetString()!, item))];

    private static string? Text(JsonElement? value) => value is null ? null : value.Value.ValueKind == JsonValueKind.String ? value.Value.GetString() : value.Value.GetRawText();
}
