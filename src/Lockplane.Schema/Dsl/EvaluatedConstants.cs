using System.Text.Json;
using System.Text.RegularExpressions;

namespace Lockplane.Schema.Dsl;

/// <summary>Constants that Postgres turns into a date or time when it reads the statement: <c>DEFAULT 'today'</c> is the day on which the file was loaded, and another one tomorrow.</summary>
/// <remarks>Spec: Date/Time Types, Special Values. <c>epoch</c>, <c>infinity</c> and <c>allballs</c> always mean the same.</remarks>
internal static partial class EvaluatedConstants
{
    /// <summary>Where they stand and what they say. Of a constant without a type it is not known what it becomes: it counts.</summary>
    public static IEnumerable<(int Offset, string Text)> Find(JsonElement node)
    {
        HashSet<int> harmless = [];
        foreach (JsonElement element in TreeJson.Objects(node))
        {
            if (element.TryGetProperty("TypeCast", out JsonElement cast) && Constant(cast, "arg") is { } typed && !BecomesTime(cast))
            {
                harmless.Add(typed.Location());
            }
            else if (element.TryGetProperty("ColumnDef", out JsonElement column) && IsTextual(column))
            {
                foreach (JsonElement constant in Defaults(column))
                {
                    harmless.Add(constant.Location());
                }
            }
        }

        foreach (JsonElement element in TreeJson.Objects(node))
        {
            if (element.TryGetProperty("A_Const", out JsonElement constant) && TextOf(constant) is { } text && IsEvaluated(text) && !harmless.Contains(constant.Location()))
            {
                yield return (constant.Location(), text);
            }
        }
    }

    // Ranges and arrays have several in one text.
    private static bool IsEvaluated(string text) => text.Split(['[', ']', '(', ')', '{', '}', ',', '"'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Any(part => Moment().IsMatch(part));

    private static IEnumerable<JsonElement> Defaults(JsonElement column)
    {
        if (!column.TryGetProperty("constraints", out JsonElement constraints))
        {
            yield break;
        }

        foreach (JsonElement item in constraints.EnumerateArray())
        {
            if (item.TryGetProperty("Constraint", out JsonElement constraint) && constraint.Text("contype") == "CONSTR_DEFAULT" && Constant(constraint, "raw_expr") is { } constant)
            {
                yield return constant;
            }
        }
    }

    private static bool IsTextual(JsonElement column) => column.TryGetProperty("typeName", out JsonElement type) && type.Names("names") is [.., var last]
        && last is "text" or "varchar" or "bpchar" or "char" or "name" or "citext" or "json" or "jsonb" or "bytea";

    private static bool BecomesTime(JsonElement cast) => cast.TryGetProperty("typeName", out JsonElement type) && type.Names("names") is [.., var last]
        && (last is "date" or "time" or "timetz" or "timestamp" or "timestamptz" || last.EndsWith("range", StringComparison.Ordinal));

    private static JsonElement? Constant(JsonElement node, string member) =>
        node.TryGetProperty(member, out JsonElement value) && value.TryGetProperty("A_Const", out JsonElement constant) ? constant : null;

    private static string? TextOf(JsonElement constant) => constant.TryGetProperty("sval", out JsonElement text) ? text.Text("sval") ?? "" : null;

    [GeneratedRegex(@"^([\d:.\-/]+\s+)?(now|today|tomorrow|yesterday)(\s+[\d:.]+\s*(am|pm)?)?(\s+[\w/+\-:]+)?$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Moment();
}
