using System.Text;
using Lockplane.Sql.Lexing;

namespace Lockplane.Sql.Plpgsql;

/// <summary>What the parser does not tell of a body's DECLARE sections, read from its tokens: how variables of other types than Postgres's own are initialised.</summary>
internal sealed class PlpgsqlDeclarations
{
    private readonly byte[] _utf8;
    private readonly List<ScannedToken> _tokens;

    // The first token of each declaration, and its semicolon.
    private readonly List<(int Name, int End)> _declarations = [];

    public PlpgsqlDeclarations(byte[] utf8, List<ScannedToken> tokens)
    {
        (_utf8, _tokens) = (utf8, tokens.FindAll(token => !IsComment(utf8, token)));
        Find();
    }

    /// <summary>The body with <c>table%ROWTYPE</c> written as <c>record</c>: the parser knows no tables, and takes a field of such a variable for a mistake.</summary>
    public string WithRecords()
    {
        StringBuilder text = new();
        int from = 0;
        foreach ((int name, int end) in _declarations)
        {
            int type = name + 1 < end && Word(name + 1) == "constant" ? name + 2 : name + 1;
            int last = type;
            while (last + 2 < end && Is(last + 1, "."))
            {
                last += 2;
            }

            if (last + 2 < end && Is(last + 1, "%") && Word(last + 2) == "rowtype" && !Is(last + 3, "["))
            {
                text.Append(Encoding.UTF8.GetString(_utf8, from, _tokens[type].Start - from)).Append("record");
                from = _tokens[last + 2].End;
            }
        }

        return text.Append(Encoding.UTF8.GetString(_utf8, from, _utf8.Length - from)).ToString();
    }

    /// <summary>The expressions that declared variables of these names are initialised with; null when not every one is found.</summary>
    public List<string>? Initialisers(IReadOnlyList<string> names)
    {
        List<string> found = [];
        foreach (IGrouping<string, string> name in names.GroupBy(static name => name, StringComparer.Ordinal))
        {
            int missing = name.Count();
            foreach ((int first, int end) in _declarations)
            {
                // A name in Unicode escapes could be any.
                if (Text(first).StartsWith("U&", StringComparison.OrdinalIgnoreCase))
                {
                    return null;
                }

                if (Name(first) == name.Key)
                {
                    missing--;
                    if (Initialiser(first, end) is { } expression)
                    {
                        found.Add(expression);
                    }
                }
            }

            if (missing > 0)
            {
                return null;
            }
        }

        return found;
    }

    private static bool IsComment(byte[] utf8, ScannedToken token) => utf8.AsSpan(token.Start).StartsWith("--"u8) || utf8.AsSpan(token.Start).StartsWith("/*"u8);

    private void Find()
    {
        bool declares = false;
        for (int at = 0; at < _tokens.Count; at++)
        {
            if (Word(at) == "declare" && (at == 0 || Word(at - 1) is ";" or ">>" or "begin" or "then" or "else" or "loop" || declares))
            {
                declares = true;
            }
            else if (Word(at) == "begin")
            {
                declares = false;
            }
            else if (declares)
            {
                int end = at;
                while (end < _tokens.Count && !Is(end, ";"))
                {
                    end++;
                }

                _declarations.Add((at, end));
                at = end;
            }
        }
    }

    private string? Initialiser(int first, int end)
    {
        int assigned = SqlAssignment.Find(_utf8, _tokens, first, end, static word => word is ":=" or "=" || word.Equals("default", StringComparison.OrdinalIgnoreCase));
        return assigned < 0 || assigned + 1 >= end ? null : Encoding.UTF8.GetString(_utf8, _tokens[assigned].End, _tokens[end - 1].End - _tokens[assigned].End);
    }

    private bool Is(int token, string text) => token < _tokens.Count && Text(token) == text;

    private string Text(int token) => SqlAssignment.Text(_utf8, _tokens[token]);

    private string Word(int token) => Text(token).ToLowerInvariant();

    // As Postgres: outside of quotes only A to Z are folded.
    private string Name(int token)
    {
        string text = Text(token);
        return text.StartsWith('"') ? text[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal)
            : string.Concat(text.Select(static c => char.IsAsciiLetterUpper(c) ? char.ToLowerInvariant(c) : c));
    }
}
