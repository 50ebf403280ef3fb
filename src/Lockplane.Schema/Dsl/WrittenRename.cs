using System.Text.Json;

namespace Lockplane.Schema.Dsl;

/// <summary>What ALTER ... RENAME and ALTER ... SET SCHEMA say: an object as it is written, and its new name or schema.</summary>
/// <param name="Type">What the statement says that it is: <c>OBJECT_TABLE</c>, which may be a view, too.</param>
/// <param name="Schema">Its schema; null when that is left to the search path, or it has none.</param>
/// <param name="Name">Its name; of a part, the name of what it is part of.</param>
/// <param name="Part">The part: a column, constraint, trigger, policy or rule.</param>
/// <param name="NewName">Its new name; null where it keeps its name.</param>
/// <param name="NewSchema">The schema that it is moved to; null where it stays.</param>
/// <remarks>Spec: Postgres's parsenodes.h, RenameStmt and AlterObjectSchemaStmt.</remarks>
public sealed record WrittenRename(string Type, string? Schema, string Name, string? Part, string? NewName, string? NewSchema)
{
    /// <summary>Reads it from libpg_query's tree of one statement; null when that renames nothing.</summary>
    internal static WrittenRename? Read(ReadOnlySpan<byte> tree)
    {
        using JsonDocument document = TreeJson.Parse(tree);
        JsonProperty statement = TreeJson.Statement(document);
        JsonElement node = statement.Value;
        string? type = statement.Name switch
        {
            "RenameStmt" => node.Text("renameType"),
            "AlterObjectSchemaStmt" => node.Text("objectType"),
            _ => null,
        };
        if (type is null)
        {
            return null;
        }

        (string? newName, string? newSchema, string? part) = (node.Text("newname"), node.Text("newschema"), node.Text("subname"));
        if (type == "OBJECT_SCHEMA")
        {
            return part is null ? null : new WrittenRename(type, null, part, null, newName, null);
        }

        return NameOf(node) is { } name ? new WrittenRename(type, name.Schema, name.Name, part, newName, newSchema) : null;
    }

    private static (string? Schema, string Name)? NameOf(JsonElement node)
    {
        if (node.TryGetProperty("relation", out JsonElement relation))
        {
            return relation.Text("relname") is { } name ? (relation.Text("schemaname"), name) : null;
        }

        if (!node.TryGetProperty("object", out JsonElement target))
        {
            return null;
        }

        string[] names = target.TryGetProperty("List", out JsonElement list) ? list.Names("items")
            : target.TryGetProperty("ObjectWithArgs", out JsonElement routine) ? routine.Names("objname")
            : target.TryGetProperty("TypeName", out JsonElement named) ? named.Names("names")
            : [];
        return names.Length switch
        {
            1 => (null, names[0]),
            2 => (names[0], names[1]),
            _ => null,
        };
    }
}
