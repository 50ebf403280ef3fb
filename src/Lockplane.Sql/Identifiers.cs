using System.Buffers;
using System.Collections.Frozen;
using System.Text;

namespace Lockplane.Sql;

/// <summary>Names and literals as SQL text, exactly as Postgres 18's quote_ident() and quote_literal() write them.</summary>
public static class Identifiers
{
    private static readonly SearchValues<char> Plain = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_");

    /// <summary>The keywords that cannot stand for every kind of name: those of pg_get_keywords() of Postgres 18 whose catcode is not U.</summary>
    private static readonly FrozenSet<string> QuotedKeywords = """
        all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case cast char character check coalesce collate collation column
        concurrently constraint create cross current_catalog current_date current_role current_schema current_time current_timestamp current_user dec decimal default deferrable
        desc distinct do else end except exists extract false fetch float for foreign freeze from full grant greatest group grouping having ilike in initially inner inout int
        integer intersect interval into is isnull join json json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize json_table
        json_value lateral leading least left like limit localtime localtimestamp merge_action national natural nchar none normalize not notnull null nullif numeric offset on
        only or order out outer overlaps overlay placing position precision primary real references returning right row select session_user setof similar smallint some substring
        symmetric system_user table tablesample then time timestamp to trailing treat trim true union unique user using values varchar variadic verbose when where window with
        xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable
        """.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>A name, in double quotes only where it needs them. Errors: <see cref="ArgumentException"/> for an empty name or one with a NUL, which Postgres cannot have.</summary>
    public static string Quote(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        RefuseNul(name);
        return IsPlain(name) ? name : "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
    }

    /// <summary>Names joined by dots, each quoted where it needs it, such as schema and table.</summary>
    public static string QuoteQualified(params ReadOnlySpan<string> names)
    {
        StringBuilder text = new();
        foreach (string name in names)
        {
            if (text.Length > 0)
            {
                text.Append('.');
            }

            text.Append(Quote(name));
        }

        return text.ToString();
    }

    /// <summary>Names with commas between them, each quoted where it needs it.</summary>
    public static string QuoteList(IEnumerable<string> names) => string.Join(", ", names.Select(Quote));

    /// <summary>A string constant; the E'' form where it holds a backslash, so that it means the same whatever standard_conforming_strings is.</summary>
    public static string QuoteLiteral(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        RefuseNul(value);
        string doubled = value.Replace("'", "''", StringComparison.Ordinal);
        return doubled.Contains('\\', StringComparison.Ordinal) ? "E'" + doubled.Replace("\\", "\\\\", StringComparison.Ordinal) + "'" : "'" + doubled + "'";
    }

    private static bool IsPlain(string name) =>
        name[0] is (>= 'a' and <= 'z') or '_' && !name.AsSpan().ContainsAnyExcept(Plain) && !QuotedKeywords.Contains(name);

    private static void RefuseNul(string text)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException("Text in Postgres cannot hold a NUL character.");
        }
    }
}
