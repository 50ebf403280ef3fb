namespace Lockplane.Sql.Lexing;

/// <summary>Which bytes are what to Postgres's lexer. Bytes from 0x80 on are letters, whatever character they belong to.</summary>
internal static class SqlBytes
{
    [Flags]
    private enum Class : byte
    {
        None = 0,
        Space = 1,
        Start = 2,
        Digit = 4,
        Dollar = 8,
        Operator = 16,
        HexLetter = 32,
    }

    private static readonly Class[] Classes = MakeClasses();

    /// <summary>Space, tab, line feed, carriage return, form feed, vertical tab.</summary>
    public static bool IsSpace(byte b) => (Classes[b] & Class.Space) != 0;

    /// <summary>What may begin a name.</summary>
    public static bool IsStart(byte b) => (Classes[b] & Class.Start) != 0;

    /// <summary>What may go on in a name.</summary>
    public static bool IsNamePart(byte b) => (Classes[b] & (Class.Start | Class.Digit | Class.Dollar)) != 0;

    /// <summary>What may go on in the tag of a dollar quote.</summary>
    public static bool IsTagPart(byte b) => (Classes[b] & (Class.Start | Class.Digit)) != 0;

    public static bool IsDigit(byte b) => (Classes[b] & Class.Digit) != 0;

    public static bool IsHexDigit(byte b) => (Classes[b] & (Class.Digit | Class.HexLetter)) != 0;

    public static bool IsOctalDigit(byte b) => b is >= (byte)'0' and <= (byte)'7';

    /// <summary>What operators are made of.</summary>
    public static bool IsOperator(byte b) => (Classes[b] & Class.Operator) != 0;

    public static bool IsLineEnd(byte b) => b is (byte)'\n' or (byte)'\r';

    /// <summary>The value of a hexadecimal digit.</summary>
    public static int HexValue(byte b) => b <= (byte)'9' ? b - '0' : (b | 0x20) - 'a' + 10;

    private static Class[] MakeClasses()
    {
        Class[] classes = new Class[256];
        Mark(classes, " \t\n\r\f\v"u8, Class.Space);
        Mark(classes, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"u8, Class.Start);
        Mark(classes, "abcdefABCDEF"u8, Class.HexLetter);
        Mark(classes, "0123456789"u8, Class.Digit);
        Mark(classes, "$"u8, Class.Dollar);
        Mark(classes, "~!@#^&|`?+-*/%<>="u8, Class.Operator);
        for (int high = 0x80; high < 256; high++)
        {
            classes[high] |= Class.Start;
        }

        return classes;
    }

    private static void Mark(Class[] classes, ReadOnlySpan<byte> bytes, Class mark)
    {
        foreach (byte b in bytes)
        {
            classes[b] |= mark;
        }
    }
}
