using System.Text.Json;

namespace Lockplane.Schema.Dsl;

/// <summary>Walks libpg_query's JSON: <c>{"stmts":[{"stmt":{"GrantStmt":{...}}}]}</c>. Members with their zero value are absent.</summary>
public static class TreeJson
{
    /// <summary>The tree as a document; the caller disposes it.</summary>
    public static JsonDocument Parse(ReadOnlySpan<byte> tree)
    {
        Utf8JsonReader reader = new(tree, new JsonReaderOptions { MaxDepth = int.MaxValue });
        return JsonDocument.ParseValue(ref reader);
    }

    /// <summary>The first statement: its node type and its node.</summary>
    public static JsonProperty Statement(JsonDocument tree) => tree.RootElement.GetProperty("stmts")[0].GetProperty("stmt").EnumerateObject().First();

    /// <summary>Every object in it and itself, in the order of the text. Without recursion: a tree may be ten thousand levels deep.</summary>
    public static IEnumerable<JsonElement> Objects(JsonElement root)
    {
        Stack<JsonElement> open = new([root]);
        while (open.TryPop(out JsonElement element))
        {
            if (element.ValueKind == JsonValueKind.Object)
            {
                yield return element;
                foreach (JsonProperty member in element.EnumerateObject().Reverse())
                {
                    open.Push(member.Value);
                }
            }
            else if (element.ValueKind == JsonValueKind.Array)
            {
                foreach (JsonElement item in element.EnumerateArray().Reverse())
                {
                    open.Push(item);
                }
            }
        }
    }

    /// <summary>A member's text; null when it is absent or no text.</summary>
    public static string? Text(this JsonElement node, string member) =>
        node.ValueKind == JsonValueKind.Object && node.TryGetProperty(member, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>Whether a member is true.</summary>
    public static bool Flag(this JsonElement node, string member) => node.ValueKind == JsonValueKind.Object && node.TryGetProperty(member, out JsonElement value) && value.ValueKind == JsonValueKind.True;

    /// <summary>The texts of a list of String nodes.</summary>
    public static string[] Names(this JsonElement node, string member) =>
        node.ValueKind == JsonValueKind.Object && node.TryGetProperty(member, out JsonElement list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Select(item => item.TryGetProperty("String", out JsonElement name) ? name.Text("sval") ?? "" : "")]
            : [];

    /// <summary>A byte offset in the text; 0 when the tree leaves it out.</summary>
    public static int Location(this JsonElement node) => node.TryGetProperty("location", out JsonElement location) ? location.GetInt32() : 0;
}
