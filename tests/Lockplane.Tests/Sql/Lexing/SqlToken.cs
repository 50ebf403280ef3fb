using System.Text;
using System.Text.Json;
using Lockplane.Sql.Lexing;

namespace Lockplane.Tests.Sql.Lexing;

/// <summary>A token, by our lexer or by the parser's own.</summary>
internal readonly record struct SqlToken(int Start, int End, TokenKind Kind)
{
    private const int Name = 258;
    private const int FirstComment = 275;
    private const int LastComment = 276;

    /// <summary>By our lexer; null where it fails.</summary>
    public static List<SqlToken>? Lex(ReadOnlySpan<byte> text)
    {
        List<SqlToken> tokens = [];
        SqlLexer lexer = new(text);
        while (lexer.Next())
        {
            tokens.Add(new(lexer.Start, lexer.End, lexer.Kind));
        }

        return lexer.Failed ? null : tokens;
    }

    /// <summary>By the parser's scan, without comments; null where it fails.</summary>
    public static List<SqlToken>? Scan(byte[] text)
    {
        if (text.Length == 0)
        {
            return [];
        }

        return TestParser.Shared.Scan(text, json =>
        {
            if (json.IsEmpty || json[0] != (byte)'{')
            {
                return null;
            }

            // The scan leaves control characters in its JSON as they are.
            byte[] clean = json.ToArray();
            foreach (ref byte b in clean.AsSpan())
            {
                b = b < 0x20 ? (byte)' ' : b;
            }

            using JsonDocument document = JsonDocument.Parse(clean);
            return document.RootElement.GetProperty("tokens").EnumerateArray()
                .Where(token => token.GetProperty("tokenType").GetInt32() is < FirstComment or > LastComment)
                .Select(token => Of(text, token)).ToList();
        }).Value;
    }

    /// <summary>For a test that fails.</summary>
    public static string Show(byte[] text, List<SqlToken>? tokens) =>
        tokens is null ? "fails" : string.Join(' ', tokens.Select(token => $"{token.Kind}[{Encoding.Latin1.GetString(text[token.Start..token.End])}]@{token.Start}"));

    private static SqlToken Of(byte[] text, JsonElement token)
    {
        int start = token.TryGetProperty("start", out JsonElement from) ? from.GetInt32() : 0;
        int type = token.GetProperty("tokenType").GetInt32();
        return new(start, token.GetProperty("end").GetInt32(), type switch
        {
            < 256 => TokenKind.Symbol,
            Name => text[start] == (byte)'"' ? TokenKind.QuotedName : TokenKind.Word,
            > LastComment => TokenKind.Word,
            _ => (TokenKind)type,
        });
    }
}
