using System.Collections.Immutable;
using System.Text;

namespace Lockplane.Sql.Lexing;

/// <summary>Where single things stand in a text, found by Postgres's lexer rules, so that nothing inside of strings, names or comments is taken for one.</summary>
public static class SqlSpans
{
    /// <summary>The byte after the token that begins at this offset; -1 when the text cannot be lexed.</summary>
    public static int TokenEnd(ReadOnlySpan<byte> utf8, int offset)
    {
        SqlLexer lexer = new(utf8[offset..]);
        return lexer.Next() && lexer.Start == 0 ? offset + lexer.End : -1;
    }

    /// <summary>The offset of the last word in front of an offset, compared without regard to case; -1 when there is none.</summary>
    public static int LastWordBefore(ReadOnlySpan<byte> utf8, int offset, string word)
    {
        int found = -1;
        SqlLexer lexer = new(utf8);
        while (lexer.Next() && lexer.Start < offset)
        {
            found = lexer.Kind == TokenKind.Word && string.Equals(Encoding.UTF8.GetString(utf8[lexer.Start..lexer.End]), word, StringComparison.OrdinalIgnoreCase) ? lexer.Start : found;
        }

        return found;
    }

    /// <summary>The offset of the last tokens of a text when they are these words; -1 otherwise.</summary>
    public static int LastWords(ReadOnlySpan<byte> utf8, string first, string second)
    {
        (int before, int last) = (-1, -1);
        SqlLexer lexer = new(utf8);
        while (lexer.Next())
        {
            (before, last) = (last, lexer.Start);
        }

        return !lexer.Failed && before >= 0 && IsWord(utf8, before, first) && IsWord(utf8, last, second) ? before : -1;
    }

    private static bool IsWord(ReadOnlySpan<byte> utf8, int offset, string word) =>
        string.Equals(Encoding.UTF8.GetString(utf8[offset..Math.Max(TokenEnd(utf8, offset), offset)]), word, StringComparison.OrdinalIgnoreCase);

    /// <summary>The offsets of psql's variable <c>:"NAME"</c>: of its colon. Empty when the text cannot be lexed.</summary>
    public static ImmutableArray<int> QuotedVariables(ReadOnlySpan<byte> utf8, string name)
    {
        byte[] quoted = Encoding.UTF8.GetBytes($"\"{name}\"");
        if (utf8.IndexOf(quoted) < 0)
        {
            return [];
        }

        ImmutableArray<int>.Builder found = ImmutableArray.CreateBuilder<int>();
        int colon = -1;
        SqlLexer lexer = new(utf8);
        while (lexer.Next())
        {
            if (lexer.Kind == TokenKind.QuotedName && lexer.Start == colon + 1 && colon >= 0 && utf8[lexer.Start..lexer.End].SequenceEqual(quoted))
            {
                found.Add(colon);
            }

            colon = lexer.Kind == TokenKind.Symbol && utf8[lexer.Start] == (byte)':' ? lexer.Start : -1;
        }

        return lexer.Failed ? [] : found.ToImmutable();
    }

    /// <summary>The comments between and inside statements, in order, as start and end; null when the text cannot be lexed.</summary>
    public static ImmutableArray<(int Start, int End)>? Comments(ReadOnlySpan<byte> utf8)
    {
        ImmutableArray<(int, int)>.Builder found = ImmutableArray.CreateBuilder<(int, int)>();
        int end = 0;
        SqlLexer lexer = new(utf8);
        while (true)
        {
            bool more = lexer.Next();
            if (!more && lexer.Failed)
            {
                return null;
            }

            AddComments(utf8, end, more ? lexer.Start : utf8.Length, found);
            if (!more)
            {
                return found.ToImmutable();
            }

            end = lexer.End;
        }
    }

    // Between tokens there is nothing but white space and comments.
    private static void AddComments(ReadOnlySpan<byte> utf8, int at, int end, ImmutableArray<(int, int)>.Builder found)
    {
        while (at < end)
        {
            if (SpaceScan.StartsLineComment(utf8, at) || SpaceScan.StartsBlockComment(utf8, at))
            {
                int start = at;
                at = SpaceScan.StartsLineComment(utf8, at) ? Math.Min(SpaceScan.LineEnd(utf8, at), end) : SpaceScan.BlockCommentEnd(utf8, at);
                found.Add((start, at));
            }
            else
            {
                at++;
            }
        }
    }
}
