using System.Buffers;
using System.Globalization;
using System.Text;
using Lockplane.Sql.PgQuery;

namespace Lockplane.Sql.Lexing;

/// <summary>
/// A text as it may be written down: each literal as <c>$n</c>, numbered after the parameters that it has; comments left out and white space as one space. By Postgres's own lexer, so that a text that does not
/// parse is masked as well.
/// </summary>
/// <remarks>Names and keywords stay as they are, and so does what a client puts into a quoted name.</remarks>
public static class MaskedSql
{
    // The lexer's token numbers, which belong to the parser's version (a test reads each of them from a text).
    private const int FloatLiteral = 260;
    private const int HexLiteral = 264;
    private const int IntegerLiteral = 266;
    private const int Parameter = 267;
    private const int LineComment = 275;
    private const int BlockComment = 276;

    /// <summary>The masked text, of at most <paramref name="mostBytes"/> bytes of UTF-8; null when it cannot be lexed.</summary>
    /// <remarks>Cost: about 15 microseconds for a point select, 0.4 ms for 860 bytes; on the parser's threads.</remarks>
    public static string? Of(PgQueryParser parser, ReadOnlySpan<byte> utf8, int mostBytes)
    {
        byte[] text = ScannedTokens.Cleaned(utf8);
        return ScannedTokens.Read(parser, text) is { } tokens ? Mask(text, tokens, mostBytes) : null;
    }

    /// <summary>How many of the first bytes are whole characters and no more than <paramref name="most"/>.</summary>
    public static int CutLength(ReadOnlySpan<byte> utf8, int most)
    {
        if (utf8.Length <= most)
        {
            return utf8.Length;
        }

        int length = Math.Max(0, most);
        while (length > 0 && (utf8[length] & 0xC0) == 0x80)
        {
            length--;
        }

        return length;
    }

    private static string Mask(ReadOnlySpan<byte> text, List<ScannedToken> tokens, int mostBytes)
    {
        long number = HighestParameter(text, tokens);
        ArrayBufferWriter<byte> masked = new(Math.Min(text.Length, mostBytes) + 16);
        int end = 0;
        bool space = false;
        foreach (ScannedToken token in tokens)
        {
            space |= token.Start > end;
            end = token.End;
            if (token.Type is LineComment or BlockComment)
            {
                space = true;
                continue;
            }

            if (space && masked.WrittenCount > 0)
            {
                masked.Write(" "u8);
            }

            space = false;
            if (token.Type is >= FloatLiteral and <= HexLiteral or IntegerLiteral)
            {
                masked.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"${++number}")));
            }
            else
            {
                masked.Write(text[token.Start..token.End]);
            }

            if (masked.WrittenCount > mostBytes)
            {
                break;
            }
        }

        return Encoding.UTF8.GetString(masked.WrittenSpan[..CutLength(masked.WrittenSpan, mostBytes)]);
    }

    private static int HighestParameter(ReadOnlySpan<byte> text, List<ScannedToken> tokens)
    {
        int highest = 0;
        foreach (ScannedToken token in tokens.Where(token => token.Type == Parameter))
        {
            highest = int.TryParse(text[(token.Start + 1)..token.End], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? Math.Max(highest, number) : highest;
        }

        return highest;
    }
}
