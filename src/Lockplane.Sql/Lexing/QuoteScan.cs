namespace Lockplane.Sql.Lexing;

/// <summary>How a string in single quotes is read.</summary>
internal enum StringForm
{
    /// <summary><c>'it''s'</c>.</summary>
    Plain,

    /// <summary><c>E'it\'s'</c>.</summary>
    Escapes,

    /// <summary><c>B'01'</c> and <c>X'ff'</c>: the first quote ends it.</summary>
    Bits,
}

/// <summary>Strings, dollar quotes and names in quotes.</summary>
internal static class QuoteScan
{
    /// <summary>Of <see cref="DollarQuoteEnd"/>: a dollar sign that begins no quote.</summary>
    public const int NoQuote = -2;

    /// <summary>
    /// Where a string ends whose quote stands at <paramref name="quote"/>, with the strings on the next lines that continue it. -1 when it does not end, has an escape that Postgres refuses or may refuse (one for
    /// a byte that is not ASCII, for NUL, for half a surrogate pair), or goes on behind a comment: there Postgres reads one string, and the parser, whose lexer has comments as tokens, two.
    /// </summary>
    public static int StringEnd(ReadOnlySpan<byte> text, int quote, StringForm form, out bool isEmpty)
    {
        isEmpty = true;
        int at = quote + 1;
        while (true)
        {
            int length = form == StringForm.Escapes ? text[at..].IndexOfAny((byte)'\'', (byte)'\\') : text[at..].IndexOf((byte)'\'');
            if (length < 0)
            {
                return -1;
            }

            isEmpty &= length == 0;
            at += length;
            if (text[at] == (byte)'\\')
            {
                isEmpty = false;
                at = EscapeEnd(text, at);
                if (at < 0)
                {
                    return -1;
                }
            }
            else if (form != StringForm.Bits && at + 1 < text.Length && text[at + 1] == (byte)'\'')
            {
                isEmpty = false;
                at += 2;
            }
            else
            {
                int end = at + 1;
                at = ContinuationStart(text, end, out bool hasComment);
                if (at < 0 || hasComment)
                {
                    return at < 0 ? end : -1;
                }
            }
        }
    }

    /// <summary>Where a dollar quote ends that begins at <paramref name="at"/>; -1 when it does not end.</summary>
    public static int DollarQuoteEnd(ReadOnlySpan<byte> text, int at, out bool isEmpty)
    {
        isEmpty = false;
        int tagEnd = at + 1;
        if (tagEnd < text.Length && SqlBytes.IsStart(text[tagEnd]))
        {
            while (tagEnd < text.Length && SqlBytes.IsTagPart(text[tagEnd]))
            {
                tagEnd++;
            }
        }

        if (tagEnd >= text.Length || text[tagEnd] != (byte)'$')
        {
            return NoQuote;
        }

        int body = tagEnd + 1;
        int length = text[body..].IndexOf(text[at..body]);
        isEmpty = length == 0;
        return length < 0 ? -1 : body + length + (body - at);
    }

    /// <summary>Where a name ends whose double quote stands at <paramref name="quote"/>; -1 when it does not end or is empty.</summary>
    public static int NameEnd(ReadOnlySpan<byte> text, int quote)
    {
        int at = quote + 1;
        while (true)
        {
            int length = text[at..].IndexOf((byte)'"');
            if (length < 0)
            {
                return -1;
            }

            at += length + 1;
            if (at < text.Length && text[at] == (byte)'"')
            {
                at++;
            }
            else
            {
                return at == quote + 2 ? -1 : at;
            }
        }
    }

    private static int EscapeEnd(ReadOnlySpan<byte> text, int at)
    {
        int next = at + 1;
        if (next >= text.Length)
        {
            return -1;
        }

        switch (text[next])
        {
            case >= (byte)'0' and <= (byte)'7':
                return NumberEscapeEnd(text, next, digits: 3, shift: 3);
            case (byte)'x' when next + 1 < text.Length && SqlBytes.IsHexDigit(text[next + 1]):
                return NumberEscapeEnd(text, next + 1, digits: 2, shift: 4);
            case (byte)'u':
                return UnicodeEscapeEnd(text, next + 1, digits: 4);
            case (byte)'U':
                return UnicodeEscapeEnd(text, next + 1, digits: 8);
            default:
                return next + 1;
        }
    }

    // As many digits as there are, up to a number; the byte is what is left of the value.
    private static int NumberEscapeEnd(ReadOnlySpan<byte> text, int at, int digits, int shift)
    {
        int value = 0;
        for (int end = at + digits; at < end && at < text.Length && (shift == 3 ? SqlBytes.IsOctalDigit(text[at]) : SqlBytes.IsHexDigit(text[at])); at++)
        {
            value = (value << shift) | SqlBytes.HexValue(text[at]);
        }

        return (value & 0xFF) is 0 or >= 0x80 ? -1 : at;
    }

    private static int UnicodeEscapeEnd(ReadOnlySpan<byte> text, int at, int digits)
    {
        uint value = 0;
        for (int n = 0; n < digits; n++)
        {
            if (at + n >= text.Length || !SqlBytes.IsHexDigit(text[at + n]))
            {
                return -1;
            }

            value = (value << 4) | (uint)SqlBytes.HexValue(text[at + n]);
        }

        return value is 0 or > 0x10FFFF or (>= 0xD800 and <= 0xDFFF) ? -1 : at + digits;
    }

    /// <summary>After a string: behind the quote of one that continues it, which stands on a later line with nothing but white space and line comments between; -1 for none.</summary>
    private static int ContinuationStart(ReadOnlySpan<byte> text, int at, out bool hasComment)
    {
        hasComment = false;
        bool newLine = false;
        while (at < text.Length)
        {
            if (SqlBytes.IsSpace(text[at]))
            {
                newLine |= SqlBytes.IsLineEnd(text[at++]);
            }
            else if (SpaceScan.StartsLineComment(text, at))
            {
                hasComment = true;
                at = SpaceScan.LineEnd(text, at);
            }
            else
            {
                return newLine && text[at] == (byte)'\'' ? at + 1 : -1;
            }
        }

        return -1;
    }
}
