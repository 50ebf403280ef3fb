using System.Text;
using Lockplane.Sql.Lexing;

namespace Lockplane.Tests.Sql.Lexing;

public sealed class MaskedSqlTests
{
    [Theory]
    [InlineData("SELECT 1", "SELECT $1")]
    [InlineData("SELECT 'it''s', E'a\\'b', $tag$ body 'x' $tag$, N'n'", "SELECT $1, $2, $3, N$4")]
    [InlineData("SELECT B'01', X'ff', U&'\\0061', 1.5, 1e3, 1_000, 0xff", "SELECT $1, $2, $3, $4, $5, $6, $7")]
    [InlineData("SELECT 'a'\n'b'", "SELECT $1")]
    [InlineData("SELECT $2, 'x', $1", "SELECT $2, $3, $1")]
    [InlineData("SELECT $2147483647, 'x'", "SELECT $2147483647, $2147483648")]
    [InlineData("-- secret 1\nSELECT /* secret 2 */ a--secret 3\n,b", "SELECT a ,b")]
    [InlineData("ALTER ROLE app PASSWORD 'hunter2'", "ALTER ROLE app PASSWORD $1")]
    [InlineData("SELECT \"Name\" FROM t WHERE ok AND d > interval '1 day'", "SELECT \"Name\" FROM t WHERE ok AND d > interval $1")]
    [InlineData("  SELECT\t \n1 ;", "SELECT $1 ;")]
    public void A_literal_becomes_a_number_and_a_comment_goes(string sql, string masked) => Assert.Equal(masked, Mask(sql));

    [Theory]
    [InlineData("SELEC 'secret' FROM ) (", "SELEC $1 FROM ) (")]
    [InlineData("INSERT INTO t VALUES ('secret', 1", "INSERT INTO t VALUES ($1, $2")]
    public void A_text_that_does_not_parse_is_masked_as_well(string sql, string masked) => Assert.Equal(masked, Mask(sql));

    [Theory]
    [InlineData("SELECT 'secret")]
    [InlineData("SELECT $$secret")]
    [InlineData("SELECT /* secret")]
    [InlineData("SELECT 1secret")]
    [InlineData("")]
    public void A_text_that_cannot_be_lexed_gives_nothing(string sql) => Assert.Null(Mask(sql));

    [Fact]
    public void Bytes_that_are_not_UTF_8_give_nothing() => Assert.Null(MaskedSql.Of(TestParser.Shared, [(byte)'\'', 0xff, (byte)'\''], 100));

    [Fact]
    public void Control_characters_in_a_literal_go_with_it() => Assert.Equal("SELECT $1, b", Mask("SELECT '\u0001\b\u001f\0 \t secret', b"));

    [Fact]
    public void A_long_text_is_cut_between_characters()
    {
        string masked = MaskedSql.Of(TestParser.Shared, Encoding.UTF8.GetBytes("SELECT \"äöü\""), 10)!;
        Assert.Equal("SELECT \"ä", masked);
        for (int most = 0; most < 12; most++)
        {
            Assert.Equal("äöü€😀"[..Characters(most)], Encoding.UTF8.GetString(Encoding.UTF8.GetBytes("äöü€😀")[..MaskedSql.CutLength(Encoding.UTF8.GetBytes("äöü€😀"), most)]));
        }
    }

    // Of the text above, in UTF-16 units: two bytes each for three characters, then three bytes, then four (two units).
    private static int Characters(int bytes) => bytes switch { < 2 => 0, < 4 => 1, < 6 => 2, < 9 => 3, < 13 => 4, _ => 6 };

    private static string? Mask(string sql) => MaskedSql.Of(TestParser.Shared, Encoding.UTF8.GetBytes(sql), 4_096);
}
