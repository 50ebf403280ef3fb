using System.Text.Json;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Kinds;

namespace Lockplane.Schema.Plans;

/// <summary>Values that an enum gets. In the transaction that adds one it cannot be used (Spec: ALTER TYPE, Notes), but a type that is made in it can be.</summary>
internal static class NewEnumValues
{
    /// <summary>Whether a statement of the plan would read such a value: a default, check, view or bound that is new or differs has it as a constant.</summary>
    public static bool AreUsed(Catalog from, Catalog to, ObjectId type, ObjectFacts old, ObjectFacts made)
    {
        if (old is not EnumFacts before || made is not EnumFacts after)
        {
            return false;
        }

        string[] added = [.. after.Values.Except(before.Values).Select(value => value.Replace("'", "''", StringComparison.Ordinal))];

        // A table that it divides would have to be made again without its rows: rather the shadow refuses the value.
        bool divides = from.Objects.Any(item => item.Facts is TableFacts table && to.Contains(item.Id) && Needs(table, type) && table.PartitionColumns.Any(name => table.Find(name)?.Type == type.QualifiedName));
        return added.Length > 0 && !divides && to.Objects.Any(item =>
            item.Id != type && Needs(item.Facts, type) && !item.Facts.Equals(from.Find(item.Id)?.Facts) && Texts(item.Facts).Any(text => added.Any(value => HasConstant(text, value))));
    }

    private static bool Needs(ObjectFacts facts, ObjectId type) =>
        facts.DependsOn.Contains(type) || (facts is RelationFacts relation && relation.Columns.Any(column => column.DependsOn.Contains(type)));

    // The body that is a text is not read when the function is made.
    private static IEnumerable<string> Texts(ObjectFacts facts)
    {
        ObjectFacts read = facts is FunctionFacts function ? function with { Body = null } : facts;
        return Texts(JsonSerializer.SerializeToElement(read, read.GetType(), FactsJson.Facts));
    }

    private static IEnumerable<string> Texts(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => [value.GetString()!],
        JsonValueKind.Array => value.EnumerateArray().SelectMany(Texts),
        JsonValueKind.Object => value.EnumerateObject().SelectMany(member => Texts(member.Value)),
        _ => [],
    };

    // As a literal of its own, or as an element of an array's.
    private static bool HasConstant(string text, string value)
    {
        for (int at = text.IndexOf(value, StringComparison.Ordinal); at >= 0; at = text.IndexOf(value, at + 1, StringComparison.Ordinal))
        {
            int end = at + value.Length;
            if (at > 0 && end < text.Length && (text[at - 1] is '\'' or '{' or ',' or '"') && (text[end] is '\'' or '}' or ',' or '"'))
            {
                return true;
            }
        }

        return false;
    }
}
