using System.Globalization;

namespace Lockplane.Sql.Lexing;

/// <summary>
/// Postgres 18's lexer under standard_conforming_strings = on: the same tokens, at the same bytes. White space and comments are no tokens. What Postgres refuses, and a few escapes that it may refuse
/// (<see cref="QuoteScan.StringEnd"/>), fails: then nothing may be concluded.
/// </summary>
/// <param name="text">UTF-8.</param>
internal ref struct SqlLexer(ReadOnlySpan<byte> text)
{
    // Postgres's NAMEDATALEN: longer operators are refused.
    private const int TooLongOperator = 64;

    private readonly ReadOnlySpan<byte> _text = text;

    /// <summary>What the token is.</summary>
    public TokenKind Kind { get; private set; }

    /// <summary>Where it begins.</summary>
    public int Start { get; private set; }

    /// <summary>The byte after it.</summary>
    public int End { get; private set; }

    /// <summary>Whether there is no next token because the text cannot be lexed.</summary>
    public bool Failed { get; private set; }

    /// <summary>Goes to the next token; false at the end, or when it fails.</summary>
    public bool Next()
    {
        int start = Failed ? -1 : SpaceScan.Skip(_text, End);
        if (start < 0 || start >= _text.Length)
        {
            Failed = start < 0;
            return false;
        }

        Start = start;
        byte first = _text[start];
        if (SqlBytes.IsStart(first))
        {
            ReadWord(first);
        }
        else if (SqlBytes.IsDigit(first) || (first == (byte)'.' && IsAt(start + 1, SqlBytes.IsDigit)))
        {
            End = NumberScan.End(_text, start, out TokenKind kind, out _);
            Kind = kind;
        }
        else if (SqlBytes.IsOperator(first))
        {
            ReadOperator();
        }
        else
        {
            ReadOther(first);
        }

        Failed = End < 0;
        return !Failed;
    }

    private readonly bool IsAt(int at, Func<byte, bool> test) => at < _text.Length && test(_text[at]);

    private readonly bool IsAt(int at, char b) => at < _text.Length && _text[at] == b;

    private void Take(TokenKind kind, int length) => (Kind, End) = (kind, Start + length);

    private void ReadWord(byte first)
    {
        int letter = first | 0x20;
        if (IsAt(Start + 1, '\'') && letter is 'e' or 'b' or 'x')
        {
            Kind = letter switch { 'e' => TokenKind.String, 'b' => TokenKind.BitString, _ => TokenKind.HexString };
            End = QuoteScan.StringEnd(_text, Start + 1, letter == 'e' ? StringForm.Escapes : StringForm.Bits, out _);
        }
        else if (letter == 'u' && IsAt(Start + 1, '&') && IsAt(Start + 2, '\''))
        {
            Kind = TokenKind.UnicodeString;
            End = QuoteScan.StringEnd(_text, Start + 2, StringForm.Plain, out _);
        }
        else if (letter == 'u' && IsAt(Start + 1, '&') && IsAt(Start + 2, '"'))
        {
            Kind = TokenKind.UnicodeName;
            End = QuoteScan.NameEnd(_text, Start + 2);
        }
        else
        {
            int end = Start + 1;
            while (end < _text.Length && SqlBytes.IsNamePart(_text[end]))
            {
                end++;
            }

            // N'x' is the keyword NCHAR, which is the N, and a string.
            Take(TokenKind.Word, end - Start);
        }
    }

    private void ReadOther(byte first)
    {
        switch (first)
        {
            case (byte)'\'':
                Kind = TokenKind.String;
                End = QuoteScan.StringEnd(_text, Start, StringForm.Plain, out _);
                break;
            case (byte)'"':
                Kind = TokenKind.QuotedName;
                End = QuoteScan.NameEnd(_text, Start);
                break;
            case (byte)'$':
                ReadDollar();
                break;
            case (byte)':':
                Take(IsAt(Start + 1, ':') ? TokenKind.TypeCast : IsAt(Start + 1, '=') ? TokenKind.ColonEquals : TokenKind.Symbol, IsAt(Start + 1, ':') || IsAt(Start + 1, '=') ? 2 : 1);
                break;
            case (byte)'.':
                Take(IsAt(Start + 1, '.') ? TokenKind.DotDot : TokenKind.Symbol, IsAt(Start + 1, '.') ? 2 : 1);
                break;
            default:
                Take(TokenKind.Symbol, 1);
                break;
        }
    }

    private void ReadDollar()
    {
        if (IsAt(Start + 1, SqlBytes.IsDigit))
        {
            Kind = TokenKind.Parameter;
            End = ParameterEnd(_text, Start);
            return;
        }

        int end = QuoteScan.DollarQuoteEnd(_text, Start, out _);
        Kind = end == QuoteScan.NoQuote ? TokenKind.Symbol : TokenKind.String;
        End = end == QuoteScan.NoQuote ? Start + 1 : end;
    }

    /// <summary>Where a parameter ends that begins at <paramref name="at"/>; -1 for one that Postgres refuses.</summary>
    public static int ParameterEnd(ReadOnlySpan<byte> text, int at)
    {
        int end = at + 1;
        while (end < text.Length && SqlBytes.IsDigit(text[end]))
        {
            end++;
        }

        bool junk = end < text.Length && SqlBytes.IsStart(text[end]);
        return junk || !int.TryParse(text[(at + 1)..end], NumberStyles.None, CultureInfo.InvariantCulture, out _) ? -1 : end;
    }

    /// <summary>As many bytes of operators as there are, less what begins a comment and, where nothing in it says otherwise, less signs at its end.</summary>
    private void ReadOperator()
    {
        int end = Start;
        bool signMayEnd = false;
        while (end < _text.Length && SqlBytes.IsOperator(_text[end]) && !SpaceScan.StartsLineComment(_text, end) && !SpaceScan.StartsBlockComment(_text, end))
        {
            signMayEnd |= "~!@#^&|`?%"u8.Contains(_text[end++]);
        }

        while (!signMayEnd && end - Start > 1 && _text[end - 1] is (byte)'+' or (byte)'-')
        {
            end--;
        }

        if (end - Start >= TooLongOperator)
        {
            End = -1;
            return;
        }

        ReadOnlySpan<byte> name = _text[Start..end];
        Take(name switch
        {
            [(byte)'+' or (byte)'-' or (byte)'*' or (byte)'/' or (byte)'%' or (byte)'^' or (byte)'<' or (byte)'>' or (byte)'='] => TokenKind.Symbol,
            [(byte)'=', (byte)'>'] => TokenKind.EqualsGreater,
            [(byte)'<', (byte)'='] => TokenKind.LessEquals,
            [(byte)'>', (byte)'='] => TokenKind.GreaterEquals,
            [(byte)'<', (byte)'>'] or [(byte)'!', (byte)'='] => TokenKind.NotEquals,
            _ => TokenKind.Operator,
        }, end - Start);
    }
}
