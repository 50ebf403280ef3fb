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

    /// <summary>Why the tokens were not understood; null when they were. Every word DECLARE must start a section, since one that is missed hides what is run.</summary>
    public string? Fault { get; private set; }

    /// <summary>The expressions that variables of the parser's <paramref name="records"/> are initialised with; null when the declarations are not those that the parser found.</summary>
    /// <param name="records">The names of variables whose initialisers the parser leaves out.</param>
    /// <param name="declared">The names of all variables, each as often as it is declared. Found must be just as many: one too many stands in for another that was missed.</param>
    public List<string>? Initialisers(IReadOnlyList<string> records, IReadOnlyList<string> declared)
    {
        // A name in Unicode escapes could be any.
        if (_declarations.Exists(declaration => Text(declaration.Name).StartsWith("U&", StringComparison.OrdinalIgnoreCase)))
        {
            return null;
        }

        Dictionary<string, int> parsed = declared.CountBy(static name => name, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        Dictionary<string, int> found = _declarations.Where(declaration => !IsAlias(declaration.Name)).Select(declaration => declaration.Name)
            .Concat(_declarations.SelectMany(declaration => Parameters(declaration.Name, declaration.End)))
            .CountBy(Name, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        if (found.Any(name => parsed.GetValueOrDefault(name.Key) != name.Value) || records.Any(name => !found.ContainsKey(name)))
        {
            return null;
        }

        HashSet<string> wanted = records.ToHashSet(StringComparer.Ordinal);
        return [.. _declarations.Where(declaration => wanted.Contains(Name(declaration.Name))).Select(declaration => Initialiser(declaration.Name, declaration.End)).OfType<string>()];
    }

    private static bool IsComment(byte[] utf8, ScannedToken token) => utf8.AsSpan(token.Start).StartsWith("--"u8) || utf8.AsSpan(token.Start).StartsWith("/*"u8);

    private void Find()
    {
        // Compiler options, such as #variable_conflict use_column.
        int start = 0;
        while (Is(start, "#"))
        {
            start += 3;
        }

        bool declares = false;
        for (int at = start; at < _tokens.Count; at++)
        {
            if (Word(at) == "declare" && (at == start || Word(at - 1) is ";" or ">>" or "begin" or "then" or "else" or "loop" || declares))
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
                    RefuseDeclare(end);
                    end++;
                }

                _declarations.Add((at, end));
                at = end;
            }
            else
            {
                RefuseDeclare(at);
            }
        }

        for (int at = 0; at < Math.Min(start, _tokens.Count); at++)
        {
            RefuseDeclare(at);
        }

        FindAdjacentStrings();
    }

    private void RefuseDeclare(int at) => Fault ??= Word(at) == "declare" ? "DECLARE stands in it where no section starts" : null;

    // Postgres goes on with a string behind a comment and a line end, with the escapes of its first part; the parser does not, and may see its end elsewhere.
    private void FindAdjacentStrings()
    {
        for (int at = 1; at < _tokens.Count; at++)
        {
            if (_utf8[_tokens[at].Start] == '\'' && _utf8[_tokens[at - 1].End - 1] == '\'')
            {
                Fault ??= "it has a string of several parts with comments between them";
            }
        }
    }

    // Another name of what is declared elsewhere.
    private bool IsAlias(int name) => name + 2 < _tokens.Count && Word(name + 1) == "alias" && Word(name + 2) == "for";

    /// <summary>The names of a cursor's parameters: variables too.</summary>
    private IEnumerable<int> Parameters(int name, int end)
    {
        int cursor = name + 1;
        while (cursor < end && Word(cursor) is "no" or "scroll")
        {
            cursor++;
        }

        if (cursor >= end || Word(cursor) != "cursor" || !Is(cursor + 1, "("))
        {
            yield break;
        }

        int depth = 0;
        for (int at = cursor + 1; at + 1 < end; at++)
        {
            depth += Text(at) switch { "(" => 1, ")" => -1, _ => 0 };
            if (depth == 0)
            {
                yield break;
            }

            if (depth == 1 && Text(at) is "(" or ",")
            {
                yield return at + 1;
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
