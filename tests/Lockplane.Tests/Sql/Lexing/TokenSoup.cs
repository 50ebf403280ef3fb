using System.Text;

namespace Lockplane.Tests.Sql.Lexing;

/// <summary>Texts made of what lexers get wrong: quotes, escapes, dollar quotes, comments, numbers and operators, whole, cut and run together. From a seed.</summary>
internal sealed class TokenSoup(int seed)
{
    private static readonly string[] Pieces =
    [
        "select", "SELECT", "From", "a", "b1", "_x", "t$1", "$", "ä", "Ärger", "名前", "😀", "e", "E", "b", "B", "x", "X", "n", "N", "u", "U", "float", "interval", "null", "uescape",
        "'", "''", "'''", "'a'", "'it''s'", "'\\'", "'a\\'", "E'", "e'\\''", "E'\\\\'", "E'\\n'", "E'\\x41'", "E'\\x'", "E'\\101'", "E'\\u0041'", "E'\\U00000041'", "E'\\u12'", "E'\\8'", "b'01'", "B'0", "X'fF'", "x'", "N'n'", "U&'", "U&'\\0041'",
        "U&\"a\"", "u&\"", "U&", "&'", "'é'", "'\u0001'", "'--'", "'/*'", "\"", "\"\"", "\"a\"", "\"A b\"", "\"a\"\"b\"", "\"$1\"", "\"'\"", "\"--\"",
        "$$", "$$a$$", "$$'$$", "$a$", "$a$b$a$", "$b$ $a$ $b$", "$ä$x$ä$", "$1", "$12", "$0", "$1a", "$2147483647", "$2147483648", "$a", "$1$", "a$$", "$_$",
        "0", "1", "00", "42", "2147483647", "2147483648", "99999999999999999999", "1_000", "1_", "1__0", "_1", "1.", ".1", "1.5", "1..2", "1...2", ".", "..", "...", "1e5", "1e", "1e+", "1e-7", "1.e3", ".5e1", "1e5_0", "1e5$", "1.5e5$", "1e+5$",
        "0x1F", "0x", "0xg", "0x_1", "0x1_", "0x7fffffff", "0x80000000", "0o17", "0o8", "0O", "0b101", "0b2", "0B_1", "0x1.5", "1a", "1.5a", "1$1",
        "+", "-", "*", "/", "<", ">", "=", "~", "!", "@", "#", "%", "^", "&", "|", "`", "?", "<=", ">=", "<>", "!=", "=>", ":=", "::", ":", "->", "->>", "@>", "||", "&&", "<->", "=-", "@-", "+-", "*-", "<=-", "!=-", "=>+", "/+", "-/", "+/*", "@--", "*/*",
        "<>>=<>>=<>>=<>>=<>>=<>>=<>>=<>>=<>>=<>>=<>>=<>>=<>>=<>>=<>>=<>>",
        "/*", "*/", "/**/", "/* c */", "/*/", "/*/**/", "/*/* */*/", "/***/", "/*'*/", "/*--*/", "--", "-- c", "-- c\n", "--'\n", "--\r", "(", ")", "[", "]", ",", ";", "{", "}", "\\",
        " ", "  ", "\n", "\t", "\r", "\f", "\v", "\r\n", " \n ", "\n-- c\n", " -- c\n ", "\u0001", "\u007f", "\u00a0", "\u001f",
    ];

    private readonly Random _random = new(seed);

    /// <summary>A text: pieces with or without space between, some bytes of ASCII lost, doubled or changed.</summary>
    public byte[] Next()
    {
        StringBuilder text = new();
        double spaces = _random.NextDouble();
        for (int n = _random.Next(1, 14); n > 0; n--)
        {
            text.Append(Pieces[_random.Next(Pieces.Length)]);
            text.Append(_random.NextDouble() < spaces ? " " : "");
        }

        for (int n = _random.Next(4); n > 0 && text.Length > 1; n--)
        {
            int at = _random.Next(text.Length);
            if (text[at] < 0x80)
            {
                _ = _random.Next(3) switch
                {
                    0 => text.Remove(at, 1),
                    1 => text.Insert(at, text[at]),
                    _ => text.Replace(text[at], (char)_random.Next(1, 0x80), at, 1),
                };
            }
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
