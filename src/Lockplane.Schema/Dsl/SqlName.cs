using System.Collections.Frozen;

namespace Lockplane.Schema.Dsl;

/// <summary>Writes names and strings as SQL.</summary>
/// <remarks>Spec: "SQL Syntax, Identifiers and Key Words". A name is quoted unless every supported major reads it back unquoted.</remarks>
public static class SqlName
{
    // Every key word of Postgres 15 to 18 that is not unreserved (pg_get_keywords).
    private static readonly FrozenSet<string> KeyWords = """
        all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case cast char
        character check coalesce collate collation column concurrently constraint create cross current_catalog current_date
        current_role current_schema current_time current_timestamp current_user dec decimal default deferrable desc distinct do
        else end except exists extract false fetch float for foreign freeze from full grant greatest group grouping having
        ilike in initially inner inout int integer intersect interval into is isnull join json json_array json_arrayagg
        json_exists json_object json_objectagg json_query json_scalar json_serialize json_table json_value lateral leading
        least left like limit localtime localtimestamp merge_action national natural nchar none normalize not notnull null
        nullif numeric offset on only or order out outer overlaps overlay placing position precision primary real references
        returning right row select session_user setof similar smallint some substring symmetric system_user table tablesample
        then time timestamp to trailing treat trim true union unique user using values varchar variadic verbose when where
        window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize
        xmltable
        """.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>The name as SQL: <c>notes</c>, <c>"Notes"</c>, <c>"order"</c>.</summary>
    public static string Quote(string name) =>
        IsPlain(name) && !KeyWords.Contains(name) ? name : "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    /// <summary>The name in its schema: <c>public.notes</c>.</summary>
    public static string Quote(string schema, string name) => Quote(schema) + "." + Quote(name);

    /// <summary>Names with commas between them.</summary>
    public static string List(IEnumerable<string> names) => string.Join(", ", names.Select(Quote));

    /// <summary>The text as a string constant, whatever <c>standard_conforming_strings</c> says.</summary>
    public static string Literal(string text)
    {
        string doubled = text.Replace("'", "''", StringComparison.Ordinal);
        return text.Contains('\\', StringComparison.Ordinal)
            ? "E'" + doubled.Replace("\\", "\\\\", StringComparison.Ordinal) + "'"
            : "'" + doubled + "'";
    }

    private static bool IsPlain(string name) =>
        name.Length > 0 && (char.IsAsciiLetterLower(name[0]) || name[0] == '_')
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_');
}
