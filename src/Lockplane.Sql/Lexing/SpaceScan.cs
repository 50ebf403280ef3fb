namespace Lockplane.Sql.Lexing;

/// <summary>White space and comments.</summary>
internal static class SpaceScan
{
    /// <summary>Where white space and comments end that may begin at <paramref name="at"/>; -1 when a block comment does not end.</summary>
    public static int Skip(ReadOnlySpan<byte> text, int at)
    {
        while (at < text.Length)
        {
            byte b = text[at];
            if (SqlBytes.IsSpace(b))
            {
                at++;
            }
            else if (b == (byte)'-' && StartsLineComment(text, at))
            {
                at = LineEnd(text, at);
            }
            else if (b == (byte)'/' && StartsBlockComment(text, at))
            {
                at = BlockCommentEnd(text, at);
                if (at < 0)
                {
                    return -1;
                }
            }
            else
            {
                break;
            }
        }

        return at;
    }

    /// <summary>Where the line ends that <paramref name="at"/> stands in: at its line feed or carriage return, or at the end of the text.</summary>
    public static int LineEnd(ReadOnlySpan<byte> text, int at)
    {
        int length = text[at..].IndexOfAny((byte)'\n', (byte)'\r');
        return length < 0 ? text.Length : at + length;
    }

    public static bool StartsLineComment(ReadOnlySpan<byte> text, int at) => at + 1 < text.Length && text[at] == (byte)'-' && text[at + 1] == (byte)'-';

    public static bool StartsBlockComment(ReadOnlySpan<byte> text, int at) => at + 1 < text.Length && text[at] == (byte)'/' && text[at + 1] == (byte)'*';

    /// <summary>Where the block comment ends that begins at <paramref name="at"/>; -1 when it does not. They nest.</summary>
    public static int BlockCommentEnd(ReadOnlySpan<byte> text, int at)
    {
        int depth = 1;
        at += 2;
        while (depth > 0)
        {
            int next = text[at..].IndexOfAny((byte)'*', (byte)'/');
            if (next < 0 || at + next + 1 >= text.Length)
            {
                return -1;
            }

            at += next;
            (byte first, byte second) = (text[at], text[at + 1]);
            bool opens = first == (byte)'/' && second == (byte)'*';
            bool closes = first == (byte)'*' && second == (byte)'/';
            depth += opens ? 1 : closes ? -1 : 0;
            at += opens || closes ? 2 : 1;
        }

        return at;
    }
}
