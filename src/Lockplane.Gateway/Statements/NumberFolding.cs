using System.Buffers;

namespace Lockplane.Gateway.Statements;

/// <summary>
/// Texts that differ in whole numbers only, made equal: each number becomes 1, but 0 stays (the parser writes no value for it). Only texts that any lexer would read alike are taken: words, whole numbers of at most nine digits, white
/// space and a few operators; none with quotes, comments, dollar signs, backslashes or bytes beyond ASCII.
/// </summary>
/// <remarks>Such a number is one token of one kind whatever its value, so Postgres's grammar makes the same tree of both texts. What a value may mean to a rule is the caller's to know.</remarks>
internal static class NumberFolding
{
    /// <summary>The longest text that is folded, in bytes.</summary>
    public const int LongestText = 512;

    // Nine digits fit into Postgres's int4; longer ones may be another kind of token.
    private const int MostDigits = 9;

    private static readonly SearchValues<byte> WordBytes = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"u8);
    private static readonly SearchValues<byte> OtherBytes = SearchValues.Create(" \t\r\n.,;:()[]<>=+-*/%"u8);

    /// <summary>Folds a text; false when it holds anything else than what is named above.</summary>
    /// <param name="text">The text.</param>
    /// <param name="folded">Takes the result: as long as the text.</param>
    /// <param name="length">How long the result is.</param>
    public static bool TryFold(ReadOnlySpan<byte> text, Span<byte> folded, out int length)
    {
        length = 0;
        byte before = (byte)' ';
        for (int at = 0; at < text.Length;)
        {
            byte first = text[at];
            ReadOnlySpan<byte> rest = text[at..];
            int word = rest.IndexOfAnyExcept(WordBytes);
            word = word < 0 ? rest.Length : word;
            if (word == 0)
            {
                byte next = rest.Length > 1 ? rest[1] : (byte)0;
                if (!OtherBytes.Contains(first) || (first == '-' && next == '-') || (first == '/' && next == '*'))
                {
                    return false;
                }

                folded[length++] = before = first;
                at++;
                continue;
            }

            if (char.IsAsciiDigit((char)first))
            {
                if (!IsWholeNumber(before, rest, word))
                {
                    return false;
                }

                folded[length++] = rest[..word].ContainsAnyExcept((byte)'0') ? (byte)'1' : (byte)'0';
            }
            else
            {
                rest[..word].CopyTo(folded[length..]);
                length += word;
            }

            before = rest[word - 1];
            at += word;
        }

        return true;
    }

    // Nothing but digits, and no dot at either end: 1.5, .5 and 1e5 are numbers of another kind.
    private static bool IsWholeNumber(byte before, ReadOnlySpan<byte> rest, int word) =>
        word <= MostDigits && before != '.' && !rest[..word].ContainsAnyExceptInRange((byte)'0', (byte)'9') && (word == rest.Length || rest[word] != '.');
}
