using System.Text.Json;
using Lockplane.Sql.PgQuery;

namespace Lockplane.Sql.Lexing;

/// <summary>One token of Postgres's own lexer: where it stands, in bytes, and its number in the parser's version.</summary>
internal readonly record struct ScannedToken(int Start, int End, int Type);

/// <summary>A text's tokens as Postgres's lexer splits it; comments are tokens as well.</summary>
internal static class ScannedTokens
{
    /// <summary>The text with control characters as spaces: the lexer's JSON has them as they are, which JSON forbids. To the lexer they are white space, a mistake, or inside of a literal.</summary>
    public static byte[] Cleaned(ReadOnlySpan<byte> utf8)
    {
        byte[] text = utf8.ToArray();
        foreach (ref byte b in text.AsSpan())
        {
            b = b < 0x20 && b is not ((byte)'\t' or (byte)'\n' or (byte)'\r') ? (byte)' ' : b;
        }

        return text;
    }

    /// <summary>The tokens of a text that was <see cref="Cleaned"/>; null when it cannot be lexed.</summary>
    public static List<ScannedToken>? Read(PgQueryParser parser, ReadOnlySpan<byte> cleaned) => parser.Scan(cleaned, Read).Value;

    // Null for what is no JSON of tokens: the lexer's words about a text that it cannot split.
    private static List<ScannedToken>? Read(ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty || json[0] != (byte)'{')
        {
            return null;
        }

        List<ScannedToken> tokens = [];
        Utf8JsonReader reader = new(json);
        (int start, int end, int type) = (0, 0, 0);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.EndObject && reader.CurrentDepth == 2)
                {
                    tokens.Add(new ScannedToken(start, end, type));
                }
                else if (reader.TokenType == JsonTokenType.PropertyName)
                {
                    bool isStart = reader.ValueTextEquals("start"u8), isEnd = reader.ValueTextEquals("end"u8), isType = reader.ValueTextEquals("tokenType"u8);
                    reader.Read();
                    (start, end, type) = (isStart ? reader.GetInt32() : start, isEnd ? reader.GetInt32() : end, isType ? reader.GetInt32() : type);
                }
            }
        }
        catch (JsonException)
        {
            return null;
        }

        return tokens;
    }
}
