using System.Text;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>Brings expressions into the form that they keep when they are loaded again.</summary>
/// <remarks>
/// Of <c>name IN ('a', 'b')</c> on a varchar column Postgres writes <c>(ARRAY['a'::character varying, 'b'::character varying])::text[]</c>, and of that, loaded
/// again, <c>ARRAY[('a'::character varying)::text, ('b'::character varying)::text]</c>, since a cast of an array constructor is one of its elements. The second
/// form stays as it is, and means the same.
/// </remarks>
internal static class ArrayCasts
{
    private const string Start = "(ARRAY[";

    /// <summary>The expression, query or definition with all such casts where they end up.</summary>
    public static string Settle(string sql)
    {
        int start = sql.Contains("])::", StringComparison.Ordinal) ? FindStart(sql, 0) : -1;
        if (start < 0)
        {
            return sql;
        }

        StringBuilder text = new(sql.Length + 64);
        int done = 0;
        for (; start >= 0; start = FindStart(sql, done))
        {
            text.Append(sql, done, start - done);
            (string settled, done) = Array(sql, start);
            text.Append(settled);
        }

        return text.Append(sql, done, sql.Length - done).ToString();
    }

    /// <summary>The same for what may be null.</summary>
    public static string? SettleAny(string? sql) => sql is null ? null : Settle(sql);

    /// <summary>The columns with their defaults settled.</summary>
    public static FactList<ColumnFacts> Settle(FactList<ColumnFacts> columns) => columns.All(c => c.Default is null && c.Generated is null)
        ? columns
        : columns.Select(c => c with
        {
            Default = SettleAny(c.Default),
            Generated = c.Generated is null ? null : c.Generated with { Expression = Settle(c.Generated.Expression) },
        }).ToFactList();

    // What stands for the constructor at this place, and where it ends; a constructor that is not cast stays.
    private static (string Text, int End) Array(string sql, int start)
    {
        List<string> elements = [];
        int from = start + Start.Length;
        int depth = 0;
        int i = from;
        for (; i < sql.Length; i = Next(sql, i))
        {
            char c = sql[i];
            if (depth == 0 && c is ',' or ']')
            {
                elements.Add(sql[from..i].Trim());
                from = i + 1;
            }

            if (c == ']' && depth == 0)
            {
                break;
            }

            depth += c is '(' or '[' ? 1 : c is ')' or ']' ? -1 : 0;
        }

        int end = FindTypeEnd(sql, i);
        if (end < 0 || elements.Any(e => e.Length == 0 || e.StartsWith("ARRAY[", StringComparison.Ordinal)))
        {
            return (Start, start + Start.Length);
        }

        string type = sql[(i + "])::".Length)..(end - "[]".Length)];
        return ($"ARRAY[{string.Join(", ", elements.Select(e => $"({Settle(e)})::{type}"))}]", end);
    }

    // Behind "])::" a type's name and "[]".
    private static int FindTypeEnd(string sql, int bracket)
    {
        if (bracket >= sql.Length || string.CompareOrdinal(sql, bracket, "])::", 0, 4) != 0)
        {
            return -1;
        }

        for (int i = bracket + 4; i < sql.Length; i = sql[i] == '"' ? Next(sql, i) : i + 1)
        {
            if (sql[i] == '[')
            {
                return i + 1 < sql.Length && sql[i + 1] == ']' ? i + 2 : -1;
            }

            if (!(char.IsLetterOrDigit(sql[i]) || sql[i] is '_' or '$' or '.' or ' ' or '"' or '(' or ','))
            {
                if (sql[i] != ')' || sql.LastIndexOf('(', i) < bracket + 4)
                {
                    return -1;
                }
            }
        }

        return -1;
    }

    private static int FindStart(string sql, int from)
    {
        for (int i = from; i < sql.Length; i = Next(sql, i))
        {
            if (sql[i] == '(' && string.CompareOrdinal(sql, i, Start, 0, Start.Length) == 0)
            {
                return i;
            }
        }

        return -1;
    }

    // Over one character, or over a string or a quoted name.
    private static int Next(string sql, int i)
    {
        char quote = sql[i];
        if (quote is not ('\'' or '"'))
        {
            return i + 1;
        }

        bool escapes = quote == '\'' && i > 0 && sql[i - 1] is 'E' or 'e';
        for (i++; i < sql.Length && sql[i] != quote; i++)
        {
            i += escapes && sql[i] == '\\' ? 1 : 0;
        }

        return i + 1;
    }
}
