using System.Text;
using Lockplane.Sql.Lexing;
using Lockplane.Sql.PgQuery;

namespace Lockplane.Sql.Plpgsql;

/// <summary>An assignment of PL/pgSQL: what is assigned to, which may hold expressions in brackets, and the value.</summary>
internal static class SqlAssignment
{
    /// <summary>Both sides; null when it cannot be split.</summary>
    public static (string Target, string Value)? Split(PgQueryParser parser, string assignment)
    {
        byte[] text = ScannedTokens.Cleaned(Encoding.UTF8.GetBytes(assignment));
        List<ScannedToken> tokens = ScannedTokens.Read(parser, text) ?? [];
        int at = Find(text, tokens, 0, tokens.Count, static word => word is ":=" or "=");
        if (at < 0)
        {
            return null;
        }

        byte[] whole = Encoding.UTF8.GetBytes(assignment);
        return (Encoding.UTF8.GetString(whole, 0, tokens[at].Start), Encoding.UTF8.GetString(whole, tokens[at].End, whole.Length - tokens[at].End));
    }

    /// <summary>The first token outside of all brackets that is one of the wanted; -1 when none is.</summary>
    public static int Find(byte[] utf8, List<ScannedToken> tokens, int first, int end, Func<string, bool> wanted)
    {
        int depth = 0;
        for (int at = first; at < end; at++)
        {
            string text = Text(utf8, tokens[at]);
            depth += text switch { "(" or "[" => 1, ")" or "]" => -1, _ => 0 };
            if (depth == 0 && wanted(text))
            {
                return at;
            }
        }

        return -1;
    }

    public static string Text(byte[] utf8, ScannedToken token) => Encoding.UTF8.GetString(utf8, token.Start, token.End - token.Start);
}
