using System.Text.Json;
using Lockplane.Sql;

namespace Lockplane.Schema.Dsl;

/// <summary>What DROP names, as it is written.</summary>
/// <remarks>Spec: Postgres's parsenodes.h, DropStmt.</remarks>
internal static class DroppedObjects
{
    /// <summary>Reads the names from libpg_query's tree of one statement, each with its kind: <c>table notes</c>; empty where nothing is dropped by name.</summary>
    public static string[] Read(ReadOnlySpan<byte> tree)
    {
        using JsonDocument document = TreeJson.Parse(tree);
        JsonProperty statement = TreeJson.Statement(document);
        if (statement.Name != "DropStmt" || !statement.Value.TryGetProperty("objects", out JsonElement objects))
        {
            return [];
        }

        string kind = statement.Value.Text("removeType") switch
        {
            "OBJECT_MATVIEW" => "materialized view",
            string type => type["OBJECT_".Length..].ToLowerInvariant().Replace('_', ' '),
            null => "",
        };
        return [.. objects.EnumerateArray().Select(NameOf).Where(name => name.Length > 0 && name.All(part => part.Length > 0)).Select(name => $"{kind} {string.Join('.', name.Select(Identifiers.Quote))}")];
    }

    private static string[] NameOf(JsonElement item) =>
        item.TryGetProperty("List", out JsonElement list) ? list.Names("items")
        : item.TryGetProperty("ObjectWithArgs", out JsonElement routine) ? routine.Names("objname")
        : item.TryGetProperty("TypeName", out JsonElement type) ? type.Names("names")
        : item.TryGetProperty("String", out JsonElement text) && text.Text("sval") is { } name ? [name]
        : [];
}
