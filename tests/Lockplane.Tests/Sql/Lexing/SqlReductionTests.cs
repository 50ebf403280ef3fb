using System.Text;
using System.Text.RegularExpressions;
using Lockplane.Sql.Lexing;
using Lockplane.Tests.Gateway.Protocol;
using Lockplane.Tests.House;

namespace Lockplane.Tests.Sql.Lexing;

/// <summary>Equal reductions mean equal tokens and equal trees, literals apart; anything else makes another reduction.</summary>
public sealed partial class SqlReductionTests(ITestOutputHelper output)
{
    private static readonly string Corpora = Path.Combine(Repository.Root, "..", "shared", "corpora");

    [Theory]
    [InlineData("SELECT abalance FROM pgbench_accounts WHERE aid = 1234;", "select abalance from pgbench_accounts where aid = {integer};")]
    [InlineData(" \n select\t1 ,  'x'--c\n, /* a /* b */ */ $12 -- end", "select {integer} , {string} , {parameter}")]
    [InlineData("select 0, 00, 0x0, 0b0_0, 1, 0x1, 2147483647", "select {zero}, {zero}, {zero}, {zero}, {integer}, {integer}, {integer}")]
    [InlineData("select 1.5, .5, 5., 1e5, 2147483648, 0x80000000, 1.5.6, a.5", "select {float}, {float}, {float}, {float}, {float}, {float}, {float}{float}, a{float}")]
    [InlineData("select 1..5, 1...5, a..5", "select {integer}..{integer}, {integer}..{float}, a..{integer}")]
    [InlineData("select -1, - 1, 1-1, 1--1\n-1", "select -{integer}, - {integer}, {integer}-{integer}, {integer} -{integer}")]
    [InlineData("select '', E'', $$$$, $a$$a$, 'a', E'\\n', $$a$$, ''\n'', ''\n'a'", "select {empty}, e{empty}, {empty}, {empty}, {string}, e{string}, {string}, {empty}, {string}")]
    [InlineData("select B'01', X'ff', N'a', b 'x', ab'x', b$'x'", "select b{string}, x{string}, n{string}, b {string}, ab{string}, b${string}")]
    [InlineData("select A1, _2b, t$1, ä1, T.C, \"A 1\"\"$1'\", \"ä\"2", "select a1, _2b, t$1, ä1, t.c, \"A 1\"\"$1'\", \"ä\"{integer}")]
    [InlineData("SELECT \"A Name  of 'many' $1 -- BYTES\", \"B\".\"C\" AS \"D\"\"E\", X FROM \"T\"WHERE A&\"B\"=1", "select \"A Name  of 'many' $1 -- BYTES\", \"B\".\"C\" as \"D\"\"E\", x from \"T\"where a&\"B\"={integer}")]
    [InlineData("select a::float(24), Float ( 53 ), xfloat(1), numeric(1, 2)", "select a::float(24), float ( 53 ), xfloat(1), numeric({integer}, {integer})")]
    [InlineData("select a/b, a/*c*/b, a->>'x', a@-1, a[1:2]", "select a/b, a b, a->>{string}, a@-{integer}, a[{integer}:{integer}]")]
    [InlineData("", "")]
    [InlineData(" -- only a comment", "")]
    public void A_text_is_reduced(string sql, string reduced) => Assert.Equal(reduced, Reduce(sql));

    [Theory]
    [InlineData("select U&'a'")]
    [InlineData("select u&\"a\" uescape '!'")]
    [InlineData("select 'a")]
    [InlineData("select \"a")]
    [InlineData("select \"a name that is longer than sixteen bytes\"\"")]
    [InlineData("select a ,   u&\"a\", \"b\"")]
    [InlineData("select 1a")]
    [InlineData("select $a")]
    [InlineData("select $$a")]
    [InlineData("select $99999999999")]
    [InlineData("select E'\\xff'")]
    [InlineData("select \u0001")]
    [InlineData("select \0")]
    [InlineData("/* select")]
    public void What_cannot_be_lexed_or_depends_on_a_literal_is_not_reduced(string sql) => Assert.Null(Reduce(sql));

    [Fact]
    public void The_reduction_of_any_soup_has_the_tokens_of_the_text()
    {
        FuzzBudget budget = new(seconds: 3);
        int reduced = 0;
        while (budget.Next() is { } seed)
        {
            reduced += AssertTokensStay(new TokenSoup(seed).Next()) ? 1 : 0;
        }

        budget.Report();
        Assert.True(reduced > budget.Rounds / 10, $"only {reduced} of {budget.Rounds} texts were reduced");
    }

    [Fact]
    public void The_reduction_of_every_text_of_the_corpora_has_its_tokens()
    {
        Assert.SkipUnless(Directory.Exists(Corpora), "The corpora are not there.");
        int reduced = Directory.EnumerateFiles(Corpora, "*.sql", SearchOption.AllDirectories).Count(file => AssertTokensStay(File.ReadAllBytes(file)));
        output.WriteLine($"{reduced} files");
        Assert.True(reduced > 1_000, $"only {reduced} files were reduced");
    }

    [Fact]
    public void Statements_of_the_corpora_with_other_literals_and_spaces_reduce_alike_and_have_one_tree()
    {
        Assert.SkipUnless(Directory.Exists(Corpora), "The corpora are not there.");
        string[] files = [.. Directory.EnumerateFiles(Corpora, "*.sql", SearchOption.AllDirectories)];
        FuzzBudget budget = new(seconds: 4);
        int same = 0, other = 0;
        while (budget.Next() is { } seed)
        {
            Random random = new(seed);
            byte[] text = File.ReadAllBytes(files[random.Next(files.Length)]);
            if (text.Length > 4_000 || SqlToken.Lex(text) is not { Count: > 0 } tokens)
            {
                continue;
            }

            SqlMutation mutation = new(random, text, tokens);
            byte[] alike = mutation.OfLiterals();
            Assert.True(Reduce(text) == Reduce(alike), $"LOCKPLANE_SEED={seed}\n{Encoding.UTF8.GetString(text)}\n---\n{Encoding.UTF8.GetString(alike)}");
            if (Reduce(text) is not null && TestParser.Shared.Parse(text) is { Succeeded: true } tree)
            {
                same++;
                Assert.True(SqlMutation.FirstDifference(tree, TestParser.Shared.Parse(alike)) is null,
                    $"LOCKPLANE_SEED={seed}\n{SqlMutation.FirstDifference(tree, TestParser.Shared.Parse(alike))}\n{Encoding.UTF8.GetString(text)}\n---\n{Encoding.UTF8.GetString(alike)}");
            }

            byte[] different = mutation.OfOneToken();
            Assert.True(Reduce(different) is null || Reduce(text) != Reduce(different), $"LOCKPLANE_SEED={seed}\n{Encoding.UTF8.GetString(text)}\n---\n{Encoding.UTF8.GetString(different)}");
            other++;
        }

        budget.Report();
        output.WriteLine($"{same} pairs with one tree, {other} with another reduction");
        Assert.True(same > 50, $"only {same} pairs had a tree");
    }

    [Fact]
    public void A_reduction_is_never_longer_than_its_text_and_touches_nothing_behind_the_slack()
    {
        FuzzBudget budget = new(seconds: 1);
        while (budget.Next() is { } seed)
        {
            byte[] text = new TokenSoup(seed).Next();
            byte[] place = new byte[text.Length + SqlReduction.Slack + 64];
            place.AsSpan().Fill(0xEE);
            if (SqlReduction.TryReduce(text, place.AsSpan(0, text.Length + SqlReduction.Slack), out int length))
            {
                Assert.True(length <= text.Length);
            }

            Assert.False(place.AsSpan(text.Length + SqlReduction.Slack).ContainsAnyExcept((byte)0xEE), $"LOCKPLANE_SEED={seed}");
        }
    }

    /// <summary>The text's reduction, marks replaced by literals of their kind, has the text's tokens. False when it has none.</summary>
    private static bool AssertTokensStay(byte[] text)
    {
        byte[] place = new byte[text.Length + SqlReduction.Slack];
        if (!SqlReduction.TryReduce(text, place, out int length))
        {
            return false;
        }

        string[]? expected = SqlToken.Lex(text)?.Select(token => Show(text, token)).ToArray();
        if (expected is null && MistakeThatStays().IsMatch(Encoding.Latin1.GetString(place, 0, length)))
        {
            return false;
        }

        Assert.True(expected is not null, $"reduced though it cannot be lexed: {Convert.ToHexString(text)} {Encoding.UTF8.GetString(text)}");
        Assert.True(expected.SequenceEqual(Tokens(place[..length])), $"{Convert.ToHexString(text)}\n{Encoding.UTF8.GetString(text)}\n{Named(place[..length])}");
        return true;
    }

    // Marks stand where a literal stood; what is between them is lexed as it is, with the letter before a string.
    private static List<string> Tokens(byte[] reduced)
    {
        List<string> tokens = [];
        int at = 0;
        while (at < reduced.Length)
        {
            SqlLexer lexer = new(reduced.AsSpan(at));
            if (reduced[at] is >= 1 and <= 6)
            {
                tokens.Add(Names[reduced[at++] - 1]);
            }
            else if ((reduced[at] | 0x20) is 'e' or 'b' or 'x' && at + 1 < reduced.Length && reduced[at + 1] is 1 or 2 && IsWordStart(reduced, at))
            {
                tokens.Add((char)(reduced[at] | 0x20) + (reduced[at] == 'e' ? Names[reduced[at + 1] - 1] : "{string}"));
                at += 2;
            }
            else
            {
                Assert.True(lexer.Next(), Named(reduced));
                tokens.Add(Show(reduced.AsSpan(at).ToArray(), new(lexer.Start, lexer.End, lexer.Kind)));
                at += lexer.End;
            }

            while (at < reduced.Length && reduced[at] == (byte)' ')
            {
                at++;
            }
        }

        return tokens;
    }

    [GeneratedRegex("[~!@#^&|`?+*/%<>=-]{64}|\"\"")]
    private static partial Regex MistakeThatStays();

    private static bool IsWordStart(byte[] reduced, int at) => at == 0 || !SqlBytes.IsNamePart(reduced[at - 1]);

    private static readonly string[] Names = ["{string}", "{empty}", "{integer}", "{zero}", "{float}", "{parameter}"];

    private static string Show(byte[] text, SqlToken token)
    {
        ReadOnlySpan<byte> bytes = text.AsSpan(token.Start..token.End);
        string words = Encoding.Latin1.GetString(bytes);
        bool isEmpty = words.Where(c => !char.IsWhiteSpace(c)).All(c => c is '\'' or 'e' or 'E') && words.Count(c => c == '\'') % 2 == 0 && !words.Contains("'''", StringComparison.Ordinal) && IsEmptyString(words);
        return token.Kind switch
        {
            TokenKind.String when words[0] == '$' => words.EndsWith(words[..(words.Length / 2)], StringComparison.Ordinal) && words.Length % 2 == 0 && words[..(words.Length / 2)].Count(c => c == '$') == 2 ? "{empty}" : "{string}",
            TokenKind.String => (words[0] is 'e' or 'E' ? "e" : "") + (isEmpty ? "{empty}" : "{string}"),
            TokenKind.BitString => "b{string}",
            TokenKind.HexString => "x{string}",
            TokenKind.Integer => NumberScan.End(bytes, 0, out _, out bool isZero) > 0 && isZero ? "{zero}" : "{integer}",
            TokenKind.Float => "{float}",
            TokenKind.Parameter => "{parameter}",
            TokenKind.Word => new string([.. words.Select(c => c is >= 'A' and <= 'Z' ? (char)(c | 0x20) : c)]),
            _ => words,
        };
    }

    // Nothing but pairs of quotes with white space between them.
    private static bool IsEmptyString(string words)
    {
        string rest = words.TrimStart('e', 'E');
        while (rest.Length > 0)
        {
            if (!rest.StartsWith("''", StringComparison.Ordinal))
            {
                return false;
            }

            rest = rest[2..].TrimStart(' ', '\t', '\n', '\r', '\f', '\v');
        }

        return true;
    }

    private static string? Reduce(string sql) => Reduce(Encoding.UTF8.GetBytes(sql));

    private static string? Reduce(byte[] text)
    {
        byte[] place = new byte[text.Length + SqlReduction.Slack];
        return SqlReduction.TryReduce(text, place, out int length) ? Named(place[..length]) : null;
    }

    private static string Named(byte[] reduced) => Encoding.UTF8.GetString(reduced)
        .Replace("\u0001", Names[0], StringComparison.Ordinal).Replace("\u0002", Names[1], StringComparison.Ordinal).Replace("\u0003", Names[2], StringComparison.Ordinal)
        .Replace("\u0004", Names[3], StringComparison.Ordinal).Replace("\u0005", Names[4], StringComparison.Ordinal).Replace("\u0006", Names[5], StringComparison.Ordinal);
}
