using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Lockplane.PostgresTests.Gateway.Fuzz;

/// <summary>Makes hostile SQL at random: attacks and schema changes whose tokens are changed, moved and mixed, calls of any function of the server in any place, soups of tokens. The same seed makes the same texts.</summary>
internal sealed partial class SqlSoup(int seed, IReadOnlyList<string> seeds, IReadOnlyList<string> functions)
{
    // Where a call can stand; {0} is the call.
    private static readonly string[] Places =
    [
        "SELECT {0}", "SELECT * FROM {0} f", "SELECT f.* FROM notes n, LATERAL {0} f", "INSERT INTO scratch VALUES (1, ({0})::text)", "INSERT INTO scratch VALUES (1) RETURNING {0}",
        "UPDATE scratch SET body = ({0})::text", "DELETE FROM scratch WHERE ({0})::text = ''", "SELECT 1 FROM notes WHERE ({0})::text IS NOT NULL", "SELECT 1 FROM notes ORDER BY {0}",
        "COPY (SELECT {0}) TO STDOUT", "EXPLAIN ANALYZE SELECT {0}", "PREPARE f AS SELECT {0}", "DECLARE f CURSOR WITH HOLD FOR SELECT {0}", "VALUES ({0})", "WITH f AS MATERIALIZED (SELECT {0}) TABLE f",
        "SELECT count(*) FILTER (WHERE ({0})::text = '') FROM notes", "SELECT ({0}).x", "SELECT CASE WHEN ({0})::text = '' THEN 1 END", "SELECT * FROM ROWS FROM ({0}, generate_series(1, 2)) f", "SELECT {0} INTO soup",
        "MERGE INTO scratch s USING notes n ON s.id = n.id WHEN NOT MATCHED AND ({0})::text = '' THEN DO NOTHING", "SELECT 1 LIMIT ({0})::text::int",
    ];

    // What a statement can be put into; {0} is the statement.
    private static readonly string[] Shells =
    [
        "EXPLAIN ANALYZE {0}", "EXPLAIN (ANALYZE, COSTS off) {0}", "PREPARE soup AS {0}", "DECLARE soup CURSOR WITH HOLD FOR {0}", "COPY ({0}) TO STDOUT", "WITH soup AS ({0}) SELECT * FROM soup", "SELECT 1; {0}",
        "BEGIN; {0}; COMMIT", "BEGIN; {0}; ROLLBACK", "SELECT * FROM ({0}) soup", "SELECT ({0})", "CREATE TABLE soup AS {0}", "{0}; SELECT 1", "/* {0} */ {0}", "CREATE SCHEMA soup {0}", "DO $soup$ BEGIN {0}; END $soup$",
        "SELECT 1 -- {0}\n; {0}", "CREATE FUNCTION soup() RETURNS void LANGUAGE sql AS $soup$ {0} $soup$", "SELECT query_to_xml($soup${0}$soup$, true, false, '')", "EXECUTE soup; {0}", "SAVEPOINT a; {0}; ROLLBACK TO a",
    ];

    private static readonly string[] Values =
    [
        "'app.tenant_id'", "'globex'", "false", "true", "1", "0", "4242", "'select set_config(''app.tenant_id'', ''globex'', false)'", "'bypass_secret'", "'notes'", "'bypass_file'", "NULL", "'{}'", "'1'", "$1",
        "'standard_conforming_strings'", "'off'", "'counter'", "ARRAY[1]", "'<a/>'", "'x' COLLATE \"C\"", "n", "n.body", "(SELECT body FROM notes LIMIT 1)", "'role'", "'bypass_other'",
    ];

    private static readonly string[] Spaces = [" ", "\n", "\t", "/**/", "/* ' */", "--\n", "/* /* */ */", " /*$$*/ "];

    private readonly Random _random = new(seed);

    /// <summary>The next text.</summary>
    public string Next() => _random.Next(10) switch
    {
        < 4 => Mutated(),
        < 6 => Shelled(),
        < 9 => Called(),
        _ => Soup(),
    };

    /// <summary>The tokens of a text, white space among them: near enough to Postgres's that most changes leave something that parses.</summary>
    public static List<string> Tokens(string text) => [.. Token().Matches(text).Select(static match => match.Value)];

    private T Pick<T>(IReadOnlyList<T> from) => from[_random.Next(from.Count)];

    private string Shelled()
    {
        string text = _random.Next(3) == 0 ? Mutated() : Pick(seeds);
        for (int i = _random.Next(1, 3); i > 0; i--)
        {
            text = Pick(Shells).Replace("{0}", text.TrimEnd(';', '\n', ' '), StringComparison.Ordinal);
        }

        return text;
    }

    private string Called()
    {
        string[] function = Pick(functions).Split(' ');
        string name = Spelled(function[0]);
        string call = _random.Next(8) == 0
            ? $"({Pick(Values)}{(function.Length > 1 ? "::" + function[1] : "")}).{name}"
            : $"{(_random.Next(4) == 0 ? "pg_catalog." : "")}{name}({string.Join(", ", function[1..].Select(type => _random.Next(3) == 0 ? Pick(Values) : $"{Pick(Values)}::{type}"))})";
        string text = Pick(Places).Replace("{0}", call, StringComparison.Ordinal);
        return _random.Next(6) == 0 ? Pick(Shells).Replace("{0}", text, StringComparison.Ordinal) : text;
    }

    private string Soup()
    {
        StringBuilder text = new(Pick(seeds).Split([' ', '\n', ';'])[0]);
        for (int i = _random.Next(1, 20); i > 0; i--)
        {
            text.Append(Pick(Spaces)).Append(Pick(Tokens(Pick(seeds))));
        }

        return text.ToString();
    }

    private string Mutated()
    {
        List<string> tokens = Tokens(Pick(seeds));
        for (int i = _random.Next(1, 5); i > 0 && tokens.Count > 0; i--)
        {
            int at = _random.Next(tokens.Count);
            switch (_random.Next(9))
            {
                case 0:
                    tokens.RemoveAt(at);
                    break;
                case 1:
                    tokens.Insert(at, tokens[_random.Next(tokens.Count)]);
                    break;
                case 2:
                    tokens[at] = Pick(Tokens(Pick(seeds)));
                    break;
                case 3:
                    List<string> other = Tokens(Pick(seeds));
                    tokens = [.. tokens[..at], .. other[_random.Next(other.Count)..]];
                    break;
                case 4:
                    tokens[at] = char.IsWhiteSpace(tokens[at][0]) ? Pick(Spaces) : Spelled(tokens[at]);
                    break;
                case 5:
                    tokens[at] = tokens[at][0] is '\'' or '$' || char.IsDigit(tokens[at][0]) ? Pick(Values) : Spelled(tokens[at]);
                    break;
                case 6:
                    (tokens[at], tokens[^1]) = (tokens[^1], tokens[at]);
                    break;
                case 7:
                    tokens.Insert(at, Pick<string>([";", "(", ")", "'", "\"", "$$", "--", "/*", "*/", "::text", ".", "E'\\'", "U&\"", "$1", ",", "\\"]));
                    break;
                default:
                    tokens[at] = char.IsLetter(tokens[at][0]) ? Spelled(Pick(functions).Split(' ')[0]) : tokens[at];
                    break;
            }
        }

        return string.Concat(tokens);
    }

    /// <summary>The same name to Postgres, mostly.</summary>
    private string Spelled(string name)
    {
        if (name.Length == 0 || !name.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_') || char.IsDigit(name[0]))
        {
            return name;
        }

        int at = _random.Next(name.Length);
        return _random.Next(6) switch
        {
            0 => name.ToUpperInvariant(),
            1 => $"\"{name.ToLowerInvariant()}\"",
            2 => string.Create(CultureInfo.InvariantCulture, $"U&\"{name[..at]}\\{(int)name[at]:x4}{name[(at + 1)..]}\""),
            3 => Pick(Spaces) + name + Pick(Spaces),
            4 => char.ToUpperInvariant(name[0]) + name[1..],
            _ => name,
        };
    }

    [GeneratedRegex(@"\s+|--[^\n]*|/\*.*?\*/|[EUBXNeubxn]?&?'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$|U?&?""[^""]*""|\w+|[-+*/<>=~!@#%^&|`?:]+|.", RegexOptions.Singleline)]
    private static partial Regex Token();
}
