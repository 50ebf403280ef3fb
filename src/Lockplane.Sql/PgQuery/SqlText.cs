using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Lockplane.Sql.PgQuery;

/// <summary>What a text must be before the parser sees it. The parser stops at a NUL and copies invalid bytes through: both would be judged as another text than the server runs.</summary>
public static class SqlText
{
    /// <summary>Null when the text may be parsed.</summary>
    public static SqlSyntaxError? Check(ReadOnlySpan<byte> utf8, int maxBytes)
    {
        if (utf8.Length > maxBytes)
        {
            return new("54000", string.Create(CultureInfo.InvariantCulture, $"statement is too long: {utf8.Length} bytes, at most {maxBytes} are allowed"), 0);
        }

        int nul = utf8.IndexOf((byte)0);
        if (nul >= 0)
        {
            return new("08P01", "statement holds a NUL byte", CharacterPosition(utf8, nul));
        }

        return Utf8.IsValid(utf8) ? null : InvalidEncoding(utf8);
    }

    /// <summary>The 1-based position in characters (code points, as Postgres counts) of a byte offset; 0 when the offset is outside the text.</summary>
    public static int CharacterPosition(ReadOnlySpan<byte> utf8, int byteOffset)
    {
        if (byteOffset < 0 || byteOffset > utf8.Length)
        {
            return 0;
        }

        int position = 1;
        foreach (byte b in utf8[..byteOffset])
        {
            if ((b & 0xC0) != 0x80)
            {
                position++;
            }
        }

        return position;
    }

    private static SqlSyntaxError InvalidEncoding(ReadOnlySpan<byte> utf8)
    {
        ReadOnlySpan<byte> rest = utf8;
        while (Rune.DecodeFromUtf8(rest, out _, out int consumed) == OperationStatus.Done)
        {
            rest = rest[consumed..];
        }

        string shown = string.Join(' ', rest[..Math.Min(rest.Length, 4)].ToArray().Select(b => "0x" + b.ToString("x2", CultureInfo.InvariantCulture)));
        return new("22021", "invalid byte sequence for encoding \"UTF8\": " + shown, CharacterPosition(utf8, utf8.Length - rest.Length));
    }
}
