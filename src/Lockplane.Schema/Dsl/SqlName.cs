using Lockplane.Sql;

namespace Lockplane.Schema.Dsl;

/// <summary>Writes names, lists of names and strings as SQL.</summary>
public static class SqlName
{
    /// <summary>The name as SQL: <c>notes</c>, <c>"Notes"</c>, <c>"order"</c>.</summary>
    public static string Quote(string name) => Identifiers.Quote(name);

    /// <summary>The name in its schema: <c>public.notes</c>.</summary>
    public static string Quote(string schema, string name) => Identifiers.QuoteQualified(schema, name);

    /// <summary>Names with commas between them.</summary>
    public static string List(IEnumerable<string> names) => string.Join(", ", names.Select(Quote));

    /// <summary>The text as a string constant, whatever <c>standard_conforming_strings</c> says.</summary>
    public static string Literal(string text) => Identifiers.QuoteLiteral(text);
}
