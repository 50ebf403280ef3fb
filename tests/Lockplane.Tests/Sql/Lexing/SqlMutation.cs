using System.Globalization;
using System.Text;
using System.Text.Json;
using Lockplane.Sql.Lexing;
using Lockplane.Sql.PgQuery;

namespace Lockplane.Tests.Sql.Lexing;

/// <summary>A text that lexes, changed so that its reduction stays, or so that it does not.</summary>
internal sealed class SqlMutation(Random random, byte[] text, List<SqlToken> tokens)
{
    // What changed literals hold, so that a tree tells them from names.
    private const string Mark = "zq";
    private const string Float = "7.25";
    private static readonly string[] Spaces = [" ", "  ", "\n", "\t", " \r\n ", " /* c */ ", "/* a /* b */ */\n", " -- c'\n"];

    private static readonly string[] LooksAhead = ["not", "nulls", "with", "without", "format"];

    /// <summary>Other literals of the same kinds, other parameters, other white space and comments where there was any, other case of letters.</summary>
    public byte[] OfLiterals()
    {
        List<byte> changed = [];
        for (int n = 0; n < tokens.Count; n++)
        {
            SqlToken token = tokens[n];
            int end = n == 0 ? 0 : tokens[n - 1].End;
            if (token.Start > end)
            {
                // A line end between two strings would make them one; and where the grammar looks at the word behind, the parser does not look behind a comment, as Postgres does.
                bool plain = text[token.Start] == (byte)'\'' || (n > 0 && LooksAhead.Contains(Text(n - 1), StringComparer.OrdinalIgnoreCase));
                changed.AddRange(Encoding.UTF8.GetBytes(plain ? " " : Spaces[random.Next(Spaces.Length)]));
            }

            changed.AddRange(Encoding.Latin1.GetBytes(Changed(n)));
        }

        return [.. changed];
    }

    /// <summary>One token less, a name that is another, or a literal of another kind.</summary>
    public byte[] OfOneToken()
    {
        int n = random.Next(tokens.Count);
        string other = tokens[n].Kind switch
        {
            TokenKind.Word => Text(n) + "q",
            TokenKind.Integer when random.Next(2) == 0 => Text(n) + ".5",
            TokenKind.Integer => IsZero(n) ? "1" : "0",
            TokenKind.String => Text(n).Length == 2 ? "'x'" : "''",
            _ => "",
        };
        return [.. text[..tokens[n].Start], .. Encoding.Latin1.GetBytes(other), .. text[tokens[n].End..]];
    }

    /// <summary>Where two trees differ in more than positions, the numbers of parameters and changed literals; null where they do not.</summary>
    public static string? FirstDifference(ParsedSql tree, ParsedSql changed)
    {
        if (!changed.Succeeded)
        {
            return changed.Error.Message;
        }

        using JsonDocument left = tree.OpenTree();
        using JsonDocument right = changed.OpenTree();
        return FirstDifference(left.RootElement, right.RootElement, "");
    }

    private static string? FirstDifference(JsonElement left, JsonElement right, string path)
    {
        if (left.ValueKind != right.ValueKind)
        {
            return $"{path}: {left} and {right}";
        }

        switch (left.ValueKind)
        {
            case JsonValueKind.Object:
                string[] fields = [.. Fields(left)];
                return !fields.SequenceEqual(Fields(right)) ? $"{path}: {left} and {right}"
                    : fields.Select(field => FirstDifference(left.GetProperty(field), right.GetProperty(field), path + "." + field)).FirstOrDefault(difference => difference is not null);
            case JsonValueKind.Array:
                return left.GetArrayLength() != right.GetArrayLength() ? $"{path}: {left} and {right}"
                    : left.EnumerateArray().Zip(right.EnumerateArray(), (one, other) => FirstDifference(one, other, path + "[]")).FirstOrDefault(difference => difference is not null);
            case JsonValueKind.String:
                string value = right.GetString()!;
                return left.GetString() == value || value.StartsWith(Mark, StringComparison.Ordinal) || value is "b1100" or "xabcd" || value.TrimStart('-') == Float ? null : $"{path}: {left} and {right}";
            default:
                return null;
        }
    }

    private static IEnumerable<string> Fields(JsonElement node) =>
        node.EnumerateObject().Select(field => field.Name).Where(name => name is not ("location" or "stmt_location" or "stmt_len" or "number" or "list_start" or "list_end" or "rexpr_list_start" or "rexpr_list_end"));

    private string Text(int n) => Encoding.Latin1.GetString(text.AsSpan(tokens[n].Start..tokens[n].End));

    private bool IsZero(int n) => Text(n).All(c => c is '0' or '_' or 'x' or 'X' or 'o' or 'O' or 'b' or 'B');

    private string Changed(int n)
    {
        string old = Text(n);
        string word = $"{Mark}{random.Next(100)}";
        switch (tokens[n].Kind)
        {
            case TokenKind.Word:
                return random.Next(3) == 0 ? string.Concat(old.Select(c => !char.IsAsciiLetter(c) ? c : random.Next(2) == 0 ? char.ToUpperInvariant(c) : char.ToLowerInvariant(c))) : old;
            case TokenKind.Integer:
                return n > 1 && Text(n - 1) == "(" && Text(n - 2).EndsWith("float", StringComparison.OrdinalIgnoreCase) ? old
                    : IsZero(n) ? new[] { "0", "00", "0x0", "0b0", "0_0" }[random.Next(5)]
                    : random.Next(4) == 0 ? $"0x{random.Next(1, 1_000):X}" : random.Next(1, 1_000).ToString(CultureInfo.InvariantCulture);
            case TokenKind.Float:
                return Float;
            case TokenKind.Parameter:
                return $"${random.Next(1, 100)}";
            case TokenKind.BitString:
                return "B'1100'";
            case TokenKind.HexString:
                return "x'abcd'";
            case TokenKind.String when Is(old, 'E'):
                return IsEmpty(old) ? "e''" : $"E'{word}\\'\\\\'";
            case TokenKind.String:
                return Quoted(IsEmpty(old) ? "" : word, afterName: n > 0 && tokens[n - 1].End == tokens[n].Start);
            default:
                return old;
        }
    }

    private string Quoted(string content, bool afterName) => (afterName ? 0 : random.Next(4)) switch
    {
        0 => $"'{content}'",
        1 => $"$${content}$$",
        2 => $"$t${content}$t$",
        _ => content.Length == 0 ? "''\n''" : $"'{content}'' -- '\n ' /*'",
    };

    private static bool Is(string literal, char prefix) => (literal[0] & ~0x20) == prefix;

    private static bool IsEmpty(string literal)
    {
        byte[] reduced = new byte[literal.Length + SqlReduction.Slack];
        return SqlReduction.TryReduce(Encoding.Latin1.GetBytes(literal), reduced, out int length) && reduced[length - 1] == SqlReduction.EmptyStringMark;
    }
}
