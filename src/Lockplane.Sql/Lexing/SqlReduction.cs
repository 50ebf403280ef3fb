using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Lockplane.Sql.Lexing;

/// <summary>
/// A text reduced to its sequence of tokens: each literal and parameter is one byte that names its kind, a run of white space and comments is one space (none at the ends), letters outside of quotes are small ones
/// where Postgres folds them (ASCII). Texts with equal reductions have the same syntax tree, apart from the values of literals, the numbers of parameters, and positions.
/// </summary>
/// <remarks>
/// An operator that is too long for Postgres and an empty quoted name stay as they are, as do all mistakes outside of literals: two texts make the same one. Zero and the empty string are kinds of their own: the parser writes no value for them. A text with <c>U&amp;</c> is not reduced, since UESCAPE takes its meaning from a literal; the number in <c>float(n)</c>
/// stays, since it chooses the type. The reduction is a text that Postgres's lexer would split at the same places, so two sequences cannot look alike.
/// Cost: sixteen bytes at a time up to the next literal, comment, line end or run of spaces.
/// </remarks>
public ref struct SqlReduction
{
    /// <summary>How much longer than the text the place for the reduction must be.</summary>
    public const int Slack = 32;

    internal const byte EmptyStringMark = 2;

    private const byte StringMark = 1;
    private const byte IntegerMark = 3;
    private const byte ZeroMark = 4;
    private const byte FloatMark = 5;
    private const byte ParameterMark = 6;

    // More digits could be more than int4 holds.
    private const int SurelyInteger = 9;

    private readonly ReadOnlySpan<byte> _text;
    private readonly Span<byte> _reduced;
    private int _at;
    private int _out;
    private int _segment;
    private uint _afterName;
    private uint _inName;

    private SqlReduction(ReadOnlySpan<byte> text, Span<byte> reduced)
    {
        _text = text;
        _reduced = reduced;
    }

    /// <summary>Reduces a text; false when it holds what cannot be lexed, a control character outside of quotes, or what is named above. Allocates nothing.</summary>
    /// <param name="utf8">The text. Whether it is UTF-8, and has no NUL in its literals, is the caller's to know.</param>
    /// <param name="reduced">Takes the reduction: at least <see cref="Slack"/> longer than the text.</param>
    /// <param name="length">How long the reduction is: never longer than the text.</param>
    public static bool TryReduce(ReadOnlySpan<byte> utf8, Span<byte> reduced, out int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(reduced.Length, utf8.Length + Slack, nameof(reduced));
        SqlReduction reduction = new(utf8, reduced);
        bool done = reduction.SkipSpace() && reduction.Run();
        length = reduction._out > 0 && reduced[reduction._out - 1] == (byte)' ' ? reduction._out - 1 : reduction._out;
        return done;
    }

    private bool Run()
    {
        while (true)
        {
            CopyToStop();
            if (_at >= _text.Length)
            {
                return _inName == 0;
            }

            bool goesOn = _text[_at] switch
            {
                (byte)'\'' => ReadString(),
                (byte)'"' => ReadName(),
                (byte)'$' => ReadDollar(),
                (byte)'-' => SpaceScan.StartsLineComment(_text, _at) ? FoldSpace() : CopyOne(),
                (byte)'/' => SpaceScan.StartsBlockComment(_text, _at) ? FoldSpace() : CopyOne(),
                >= (byte)'0' and <= (byte)'9' => ReadNumber(),
                var b => SqlBytes.IsSpace(b) && FoldSpace(),
            };
            if (!goesOn)
            {
                return false;
            }
        }
    }

    /// <summary>Copies what stays as it is, with small letters outside of quoted names, up to what must be looked at: a string, dollar sign, minus or slash, a control character, a digit that begins a number, the second of two spaces.</summary>
    private void CopyToStop()
    {
        ref byte from = ref MemoryMarshal.GetReference(_text);
        ref byte to = ref MemoryMarshal.GetReference(_reduced);
        int at = _at, reduced = _out, length = _text.Length;
        uint afterName = _afterName, afterSpace = 0, afterMark = 0, inName = 0;
        while (true)
        {
            bool whole = at + Vector128<byte>.Count <= length;
            Vector128<byte> bytes = whole ? Vector128.LoadUnsafe(ref from, (nuint)at) : Last(at);
            Vector128<byte> classes = Classify(bytes);
            Vector128<byte> lower = ToLower(bytes);
            uint names = Vector128.GreaterThan(classes, Vector128.Create((byte)0x07)).ExtractMostSignificantBits();
            uint digits = (classes.AsUInt16() << 4).AsByte().ExtractMostSignificantBits();
            uint spaces = (classes.AsUInt16() << 5).AsByte().ExtractMostSignificantBits();
            uint stops = ((classes.AsUInt16() << 6) | (classes.AsUInt16() << 7)).AsByte().ExtractMostSignificantBits();
            uint quotes = Vector128.Equals(bytes, Vector128.Create((byte)'"')).ExtractMostSignificantBits();
            stops |= digits & ~((names << 1) | afterName);
            stops |= spaces & ((spaces << 1) | afterSpace);
            uint inside = inName == 0 ? 0 : 0xFFFFu;
            if ((quotes | inside) != 0)
            {
                // Each quote turns: a quoted quote is two turns. What is inside stays as it is; U&" is looked at.
                inside ^= Turned(quotes);
                uint marks = Vector128.Equals(bytes, Vector128.Create((byte)'&')).ExtractMostSignificantBits();
                stops = (stops & ~(inside | quotes)) | (quotes & inside & ((marks << 1) | afterMark));
                lower = Vector128.ConditionalSelect(ToBytes(inside), bytes, lower);
                (afterMark, inName) = (marks >> 15, inside >> 15);
            }
            else
            {
                afterMark = Vector128.Equals(bytes, Vector128.Create((byte)'&')).ExtractMostSignificantBits() >> 15;
            }

            // Never past the slack: what is reduced is no longer than what was read.
            lower.StoreUnsafe(ref to, (nuint)reduced);
            stops |= whole ? 0 : 1u << (length - at);
            if (stops != 0)
            {
                int stop = BitOperations.TrailingZeroCount(stops);
                _afterName = stop > 0 ? (names >> (stop - 1)) & 1 : afterName;
                _inName = stop > 0 ? (inside >> (stop - 1)) & 1 : inName;
                _at = at + stop;
                _out = reduced + stop;
                return;
            }

            (afterName, afterSpace) = (names >> 15, spaces >> 15);
            at += Vector128<byte>.Count;
            reduced += Vector128<byte>.Count;
        }
    }

    // Each bit says whether the bits up to it, itself among them, are odd in number.
    private static uint Turned(uint bits)
    {
        bits ^= bits << 1;
        bits ^= bits << 2;
        bits ^= bits << 4;
        return (bits ^ (bits << 8)) & 0xFFFF;
    }

    // A byte of ones for each bit.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> ToBytes(uint bits)
    {
        Vector128<byte> bit = Vector128.Create((byte)1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128);
        Vector128<byte> halves = Vector128.ShuffleNative(Vector128.Create((ushort)bits).AsByte(), Vector128.Create((byte)0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1));
        return Vector128.Equals(halves & bit, bit);
    }

    // Behind the end stand zeros, which stop.
    private readonly Vector128<byte> Last(int at)
    {
        Span<byte> last = stackalloc byte[Vector128<byte>.Count];
        last.Clear();
        _text[at..].CopyTo(last);
        return Vector128.Create<byte>(last);
    }

    /// <summary>Bits: 0 control characters, 1 quotes, dollar, minus, slash, 2 space, 3 digits, 4 to 6 letters and underscore, 7 bytes beyond ASCII. From 3 on: what names are made of.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Classify(Vector128<byte> bytes)
    {
        // A bit is set when both halves of the byte have it.
        Vector128<byte> byHigh = Vector128.Create((byte)0x01, 0x01, 0x06, 0x08, 0x10, 0x60, 0x10, 0x20, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80);
        Vector128<byte> byLow = Vector128.Create((byte)0xAD, 0xB9, 0xBB, 0xB9, 0xBB, 0xB9, 0xB9, 0xBB, 0xB9, 0xB9, 0xB1, 0x91, 0x91, 0x93, 0x91, 0xD3);
        Vector128<byte> high = (bytes.AsUInt16() >> 4).AsByte() & Vector128.Create((byte)0x0F);
        return Vector128.ShuffleNative(byHigh, high) & Vector128.ShuffleNative(byLow, bytes & Vector128.Create((byte)0x0F));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> ToLower(Vector128<byte> bytes) =>
        bytes | (Vector128.LessThan(bytes - Vector128.Create((byte)'A'), Vector128.Create((byte)26)) & Vector128.Create((byte)0x20));

    private bool CopyOne()
    {
        _reduced[_out++] = _text[_at];
        return Begin(_at + 1);
    }

    // A token ended: what comes is the beginning of another.
    private bool Begin(int at)
    {
        _at = _segment = at;
        _afterName = 0;
        return at >= 0;
    }

    private bool Mark(byte mark, int end)
    {
        if (end >= 0)
        {
            _reduced[_out++] = mark;
        }

        return Begin(end);
    }

    private bool SkipSpace() => Begin(SpaceScan.Skip(_text, _at));

    private bool FoldSpace()
    {
        if (_out > 0 && _reduced[_out - 1] != (byte)' ')
        {
            _reduced[_out++] = (byte)' ';
        }

        return SkipSpace();
    }

    private bool ReadString()
    {
        StringForm form = StringForm.Plain;
        if (_afterName != 0 && IsOneLetter(_at - 1))
        {
            form = (_text[_at - 1] | 0x20) switch { 'e' => StringForm.Escapes, 'b' or 'x' => StringForm.Bits, _ => StringForm.Plain };
        }
        else if (FollowsUnicodeMark())
        {
            return false;
        }

        if (form == StringForm.Plain && ShortStringEnd() is var shortEnd and > 0)
        {
            return Mark(StringMark, shortEnd);
        }

        int end = QuoteScan.StringEnd(_text, _at, form, out bool isEmpty);
        return Mark(isEmpty ? EmptyStringMark : StringMark, end);
    }

    // Where a string of 1 to 15 bytes ends that nothing can continue; 0 for another.
    private readonly int ShortStringEnd()
    {
        int begin = _at + 1;
        if (begin + Vector128<byte>.Count >= _text.Length)
        {
            return 0;
        }

        Vector128<byte> bytes = Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(_text), (nuint)begin);
        int length = BitOperations.TrailingZeroCount(Vector128.Equals(bytes, Vector128.Create((byte)'\'')).ExtractMostSignificantBits());
        return length is > 0 and < 16 && _text[begin + length + 1] is (byte)',' or (byte)')' or (byte)';' ? begin + length + 1 : 0;
    }

    private bool ReadName()
    {
        int end = FollowsUnicodeMark() ? -1 : QuoteScan.NameEnd(_text, _at);
        if (end > 0)
        {
            _text[_at..end].CopyTo(_reduced[_out..]);
            _out += end - _at;
        }

        return Begin(end);
    }

    private bool ReadDollar()
    {
        if (_afterName != 0)
        {
            // Part of a name, which goes on.
            _reduced[_out++] = (byte)'$';
            _at++;
            return true;
        }

        if (_at + 1 < _text.Length && SqlBytes.IsDigit(_text[_at + 1]))
        {
            return Mark(ParameterMark, SqlLexer.ParameterEnd(_text, _at));
        }

        int end = QuoteScan.DollarQuoteEnd(_text, _at, out bool isEmpty);
        return Mark(isEmpty ? EmptyStringMark : StringMark, end);
    }

    private bool ReadNumber()
    {
        int start = _at;
        if (FollowsPoint())
        {
            start--;
            _out--;
        }

        int end = start;
        bool isZero = true;
        while (end < _text.Length && SqlBytes.IsDigit(_text[end]))
        {
            isZero &= _text[end++] == (byte)'0';
        }

        if (end + 1 < _text.Length && _text[end] == (byte)'.' && SqlBytes.IsDigit(_text[end + 1]) && end > start && _text[start] != (byte)'.')
        {
            int last = end + 2;
            while (last < _text.Length && SqlBytes.IsDigit(_text[last]))
            {
                last++;
            }

            if (last >= _text.Length || !SqlBytes.IsNamePart(_text[last]))
            {
                return Mark(FloatMark, last);
            }
        }

        TokenKind kind = TokenKind.Integer;
        if (end == start || end - start > SurelyInteger || (end < _text.Length && (_text[end] == (byte)'.' || SqlBytes.IsNamePart(_text[end]))))
        {
            end = NumberScan.End(_text, start, out kind, out isZero);
        }

        if (kind == TokenKind.Integer && end > 0 && ChoosesType())
        {
            _text[start..end].CopyTo(_reduced[_out..]);
            _out += end - start;
            return Begin(end);
        }

        return Mark(kind == TokenKind.Float ? FloatMark : isZero ? ZeroMark : IntegerMark, end);
    }

    /// <summary>Whether the byte is a letter that is a name by itself, so that it says what string follows.</summary>
    private readonly bool IsOneLetter(int at) => at == _segment || !SqlBytes.IsNamePart(_text[at - 1]);

    private readonly bool FollowsUnicodeMark() => _at - 2 >= _segment && _text[_at - 1] == (byte)'&' && (_text[_at - 2] | 0x20) == 'u' && IsOneLetter(_at - 2);

    /// <summary>Whether the point before the digit belongs to the number; two points are a token.</summary>
    private readonly bool FollowsPoint()
    {
        int points = 0;
        while (_at - points > _segment && _text[_at - points - 1] == (byte)'.')
        {
            points++;
        }

        return points % 2 == 1;
    }

    private readonly bool ChoosesType()
    {
        int last = _out - 1;
        if (last > 0 && _reduced[last] == (byte)' ')
        {
            last--;
        }

        return last >= 0 && _reduced[last] == (byte)'(' && _reduced[..last].TrimEnd((byte)' ').EndsWith("float"u8);
    }
}
