namespace Lockplane.Sql.Lexing;

/// <summary>Numbers.</summary>
internal static class NumberScan
{
    /// <summary>Where a number ends that begins at <paramref name="at"/> with a digit, or with a point and a digit; -1 for one that Postgres refuses, such as <c>1a</c>, <c>0x</c>, <c>1e+</c>.</summary>
    public static int End(ReadOnlySpan<byte> text, int at, out TokenKind kind, out bool isZero)
    {
        isZero = false;
        if (text[at] == (byte)'0' && at + 1 < text.Length && Base(text[at + 1]) is var bits and > 0)
        {
            return BasedEnd(text, at + 2, bits, out kind, out isZero);
        }

        int end = at;
        kind = TokenKind.Float;
        bool whole = text[at] != (byte)'.';
        if (whole)
        {
            end = DigitsEnd(text, at);
            if (Is(text, end, (byte)'.') && !Is(text, end + 1, (byte)'.'))
            {
                whole = false;
                end++;
                end = end < text.Length && SqlBytes.IsDigit(text[end]) ? DigitsEnd(text, end) : end;
            }
        }
        else
        {
            end = DigitsEnd(text, at + 1);
        }

        if (end < text.Length && (text[end] | 0x20) == 'e')
        {
            return ExponentEnd(text, end);
        }

        if (whole)
        {
            kind = KindOf(text[at..end], out isZero);
        }

        return IsJunk(text, end) ? -1 : end;
    }

    // What follows could go on as a name that began inside of the number: a letter always, a dollar sign behind digits with an underscore among them. 1_0$1 is a mistake, 10$1 two tokens.
    private static bool IsJunk(ReadOnlySpan<byte> text, int end)
    {
        if (end >= text.Length || SqlBytes.IsStart(text[end]) || text[end] != (byte)'$')
        {
            return end < text.Length && SqlBytes.IsStart(text[end]);
        }

        int digit = end - 1;
        while (digit >= 0 && SqlBytes.IsDigit(text[digit]))
        {
            digit--;
        }

        return digit >= 0 && text[digit] == (byte)'_';
    }

    private static bool Is(ReadOnlySpan<byte> text, int at, byte b) => at < text.Length && text[at] == b;

    private static int Base(byte letter) => (letter | 0x20) switch { 'x' => 4, 'o' => 3, 'b' => 1, _ => 0 };

    // One underscore may stand between two digits.
    private static int DigitsEnd(ReadOnlySpan<byte> text, int at)
    {
        while (at < text.Length && (SqlBytes.IsDigit(text[at]) || (text[at] == (byte)'_' && at + 1 < text.Length && SqlBytes.IsDigit(text[at + 1]))))
        {
            at += text[at] == (byte)'_' ? 2 : 1;
        }

        return at;
    }

    // Without a sign the exponent could be a name, and a name goes on with a dollar sign: 1e5$ is a mistake, 1e+5$1 two tokens.
    private static int ExponentEnd(ReadOnlySpan<byte> text, int e)
    {
        bool signed = Is(text, e + 1, (byte)'+') || Is(text, e + 1, (byte)'-');
        int digits = signed ? e + 2 : e + 1;
        if (digits >= text.Length || !SqlBytes.IsDigit(text[digits]))
        {
            return -1;
        }

        int end = DigitsEnd(text, digits);
        return IsJunk(text, end) || (!signed && Is(text, end, (byte)'$')) ? -1 : end;
    }

    private static int BasedEnd(ReadOnlySpan<byte> text, int at, int bits, out TokenKind kind, out bool isZero)
    {
        ulong value = 0;
        int end = at;
        while (end < text.Length)
        {
            int digit = text[end] == (byte)'_' ? end + 1 : end;
            if (digit >= text.Length || !SqlBytes.IsHexDigit(text[digit]) || SqlBytes.HexValue(text[digit]) >> bits != 0)
            {
                break;
            }

            value = value > int.MaxValue ? value : (value << bits) | (uint)SqlBytes.HexValue(text[digit]);
            end = digit + 1;
        }

        kind = value > int.MaxValue ? TokenKind.Float : TokenKind.Integer;
        isZero = value == 0;
        return end == at || (end < text.Length && SqlBytes.IsNamePart(text[end])) ? -1 : end;
    }

    private static TokenKind KindOf(ReadOnlySpan<byte> digits, out bool isZero)
    {
        ulong value = 0;
        foreach (byte b in digits)
        {
            value = b == (byte)'_' || value > int.MaxValue ? value : (value * 10) + (uint)(b - '0');
        }

        isZero = value == 0;
        return value > int.MaxValue ? TokenKind.Float : TokenKind.Integer;
    }
}
