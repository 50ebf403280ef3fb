using System.Text;
using System.Text.RegularExpressions;
using Lockplane.Sql.Lexing;
using Lockplane.Tests.Gateway.Protocol;
using Lockplane.Tests.House;

namespace Lockplane.Tests.Sql.Lexing;

/// <summary>Our lexer beside the parser's own: the same tokens, or none.</summary>
public sealed partial class SqlLexerTests(ITestOutputHelper output)
{
    private static readonly string Corpora = Path.Combine(Repository.Root, "..", "shared", "corpora");

    [Theory]
    [InlineData("select 'a'\n'b', 'c' 'd'")]
    [InlineData("select 'a' --'b'")]
    [InlineData("select 'a' /* x */\n'b'")]
    [InlineData("select E'\\'' 'x', e'a''b'\n'\\'c', B'1'\n'0', b'0''1', x'f'\n'f', N'x', nchar 'x'")]
    [InlineData("select U&'d\\0061t' U&\"d\\0061t\", u&'a'\n'b' uescape '!', u &'x', u&")]
    [InlineData("select $$a$b$$, $a$ $b$ $$ $a$, a$b$c$, $1$$2$$, $ä$x$ä$")]
    [InlineData("select $1, $12::int4, $1$2")]
    [InlineData("select 1..10, 1...5, .5, 5., 1.5.6, a.5, a..5, 1.e5, 1e-5, 1e+5$1, 1$1, 0x1.5")]
    [InlineData("select 0x7fffffff, 0x80000000, 0o17777777777, 0b1_0, 1_000.5_0e1_0, 2147483647, 2147483648, 00000000000000000001")]
    [InlineData("select a+-b, a=-1, a@-1, a->>'x', a*/*c*/b, a@--c\n b, a<>+-1, !=-1, <=-, -+-, a :=b, a=>b, a::b, a:b[1:2], a !b, ?|, %-")]
    [InlineData("/* /* nested */ */ select /*/ */ 1 --\n/**/*2")]
    [InlineData("select a \\ { } \u007f \u0001")]
    [InlineData("\v\f\t\r\n")]
    [InlineData("")]
    public void A_text_has_the_same_tokens(string sql)
    {
        byte[] text = Encoding.UTF8.GetBytes(sql);
        Assert.NotNull(SqlToken.Scan(text));
        AssertSame(text);
    }

    [Theory]
    [InlineData("'a")]
    [InlineData("E'a\\'")]
    [InlineData("E'\\u12'")]
    [InlineData("E'\\U00110000'")]
    [InlineData("b'0")]
    [InlineData("\"a")]
    [InlineData("\"\"")]
    [InlineData("U&\"\"")]
    [InlineData("$$a$")]
    [InlineData("$a$ $A$")]
    [InlineData("/* /* */")]
    [InlineData("1a")]
    [InlineData("1_")]
    [InlineData("1.5e")]
    [InlineData("1e+")]
    [InlineData("0x")]
    [InlineData("0b12")]
    [InlineData("0x1$")]
    [InlineData("1e5$")]
    [InlineData("1_0$1")]
    [InlineData("1.5_0$1")]
    [InlineData("$2147483648")]
    [InlineData("<>>=<>>=<>>=<>>=<>>=<>>=<>>=<>>=<>>=<>>=<>>=<>>=<>>=<>>=<>>=<>>=")]
    public void What_Postgres_cannot_lex_fails(string sql)
    {
        byte[] text = Encoding.UTF8.GetBytes("select " + sql);
        Assert.Null(SqlToken.Scan(text));
        Assert.Null(SqlToken.Lex(text));
    }

    [Theory]
    [InlineData("E'\\xff'")]
    [InlineData("E'\\377'")]
    [InlineData("E'\\400'")]
    [InlineData("E'\\x0'")]
    [InlineData("E'\\ud83d\\ude00'")]
    [InlineData("'a' -- x\n 'b'")]
    [InlineData("'a' -- x\n -- 'y'\n'b' --\r'c'")]
    [InlineData("$1a")]
    public void What_Postgres_may_refuse_or_the_parser_reads_otherwise_is_left_to_the_parser(string sql) => Assert.Null(SqlToken.Lex(Encoding.UTF8.GetBytes("select " + sql)));

    [Fact]
    public void Any_soup_has_the_same_tokens()
    {
        FuzzBudget budget = new(seconds: 4);
        (int lexed, int refused, int left) = (0, 0, 0);
        while (budget.Next() is { } seed)
        {
            byte[] text = new TokenSoup(seed).Next();
            _ = AssertSame(text) switch { true => lexed++, false => refused++, null => left++ };
        }

        budget.Report();
        output.WriteLine($"{lexed} lexed, {refused} refused by both, {left} left to the parser");
        Assert.True(lexed > budget.Rounds / 10 && refused > budget.Rounds / 10, "The soup is too thin or too thick.");
        Assert.True(left < budget.Rounds / 10, $"{left} of {budget.Rounds} texts were left to the parser.");
    }

    [Fact]
    public void Every_text_of_the_corpora_has_the_same_tokens()
    {
        Assert.SkipUnless(Directory.Exists(Corpora), "The corpora are not there.");
        int lexed = 0;
        foreach (string file in Directory.EnumerateFiles(Corpora, "*.sql", SearchOption.AllDirectories))
        {
            lexed += AssertSame(File.ReadAllBytes(file)) == true ? 1 : 0;
        }

        output.WriteLine($"{lexed} files");
        Assert.True(lexed > 1_000, $"only {lexed} files were lexed");
    }

    // Escapes, comments between strings, and letters behind a parameter, which the parser's lexer takes and Postgres's does not.
    [GeneratedRegex(@"\\|--|\$[0-9]+[A-Za-z_\x80-\xff]")]
    private static partial Regex MayBeLeft();

    /// <summary>True when both lexed, false when both failed, null when ours leaves the text to the parser.</summary>
    private static bool? AssertSame(byte[] text)
    {
        List<SqlToken>? ours = SqlToken.Lex(text);
        List<SqlToken>? theirs = SqlToken.Scan(text);
        if (ours is null && theirs is not null && MayBeLeft().IsMatch(Encoding.Latin1.GetString(text)))
        {
            return null;
        }

        Assert.True((ours is null && theirs is null) || (ours is not null && theirs is not null && ours.SequenceEqual(theirs)),
            $"{Convert.ToHexString(text)}\n{Encoding.UTF8.GetString(text)}\nours:   {SqlToken.Show(text, ours)}\ntheirs: {SqlToken.Show(text, theirs)}");
        return ours is not null;
    }
}
