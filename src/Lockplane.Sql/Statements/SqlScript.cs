using System.Collections.Immutable;
using System.Text;
using Lockplane.Sql.PgQuery;

namespace Lockplane.Sql.Statements;

/// <summary>A comment, as written with its marks.</summary>
/// <param name="Line">1-based line of its first character.</param>
public sealed record SqlComment(string Text, int Offset, int Line);

/// <summary>One statement of a script.</summary>
/// <param name="Statement">Its facts, with its offset in bytes.</param>
/// <param name="Text">Its own text, without the semicolon.</param>
/// <param name="Line">1-based line of its first token.</param>
/// <param name="Column">1-based column of its first token, in characters.</param>
/// <param name="Comments">The comments between the statement before and its first token: directives stand here.</param>
public sealed record ScriptStatement(Statement Statement, string Text, int Line, int Column, ImmutableArray<SqlComment> Comments);

/// <summary>A text cut into its statements by the parser, never by looking for semicolons.</summary>
/// <param name="Statements">In order.</param>
/// <param name="TrailingComments">What follows the last semicolon.</param>
public sealed record SqlScript(ImmutableArray<ScriptStatement> Statements, ImmutableArray<SqlComment> TrailingComments)
{
    /// <summary>Splits a text.</summary>
    public static ParseOutcome<SqlScript> Split(StatementReader reader, string sql)
    {
        ArgumentNullException.ThrowIfNull(reader);
        byte[] utf8 = Encoding.UTF8.GetBytes(sql);
        ParseOutcome<ImmutableArray<Statement>> outcome = reader.Read(utf8);
        return outcome.Succeeded ? new(Cut(utf8, outcome.Value), null) : new(null, outcome.Error);
    }

    private static SqlScript Cut(byte[] utf8, ImmutableArray<Statement> statements)
    {
        TextPlace place = new(utf8);
        ImmutableArray<ScriptStatement>.Builder cut = ImmutableArray.CreateBuilder<ScriptStatement>(statements.Length);
        int end = 0;
        foreach (Statement statement in statements)
        {
            ImmutableArray<SqlComment> comments = ReadComments(utf8, end, statement.Offset, place);
            place.MoveTo(statement.Offset);
            cut.Add(new(statement, Encoding.UTF8.GetString(statement.TextOf(utf8)), place.Line, place.Column, comments));
            end = statement.Offset + statement.Length;
        }

        return new(cut.MoveToImmutable(), ReadComments(utf8, end, utf8.Length, place));
    }

    /// <summary>Between statements Postgres's lexer knows white space, semicolons and two kinds of comments; block comments nest.</summary>
    private static ImmutableArray<SqlComment> ReadComments(byte[] utf8, int start, int end, TextPlace place)
    {
        ImmutableArray<SqlComment>.Builder comments = ImmutableArray.CreateBuilder<SqlComment>();
        int at = start;
        while (at < end - 1)
        {
            int length = (utf8[at], utf8[at + 1]) switch
            {
                ((byte)'-', (byte)'-') => LineLength(utf8.AsSpan(at, end - at)),
                ((byte)'/', (byte)'*') => BlockLength(utf8.AsSpan(at, end - at)),
                _ => 0,
            };
            if (length > 0)
            {
                place.MoveTo(at);
                comments.Add(new(Encoding.UTF8.GetString(utf8, at, length), at, place.Line));
            }

            at += Math.Max(1, length);
        }

        return comments.DrainToImmutable();
    }

    private static int LineLength(ReadOnlySpan<byte> rest)
    {
        int end = rest.IndexOfAny((byte)'\n', (byte)'\r');
        return end < 0 ? rest.Length : end;
    }

    private static int BlockLength(ReadOnlySpan<byte> rest)
    {
        int depth = 0;
        for (int at = 0; at < rest.Length - 1; at++)
        {
            if (rest[at] == '/' && rest[at + 1] == '*')
            {
                depth++;
                at++;
            }
            else if (rest[at] == '*' && rest[at + 1] == '/')
            {
                at++;
                if (--depth == 0)
                {
                    return at + 1;
                }
            }
        }

        return rest.Length;
    }

    /// <summary>Line and column of a byte offset; offsets only go forward.</summary>
    private sealed class TextPlace(byte[] utf8)
    {
        private int _offset;

        public int Line { get; private set; } = 1;

        public int Column { get; private set; } = 1;

        public void MoveTo(int target)
        {
            for (; _offset < target; _offset++)
            {
                if (utf8[_offset] == '\n')
                {
                    Line++;
                    Column = 1;
                }
                else if ((utf8[_offset] & 0xC0) != 0x80)
                {
                    Column++;
                }
            }
        }
    }
}
