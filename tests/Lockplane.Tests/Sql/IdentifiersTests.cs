using System.Text.Json;
using Lockplane.Sql;

namespace Lockplane.Tests.Sql;

public class IdentifiersTests
{
    [Fact]
    public void Names_are_quoted_as_quote_ident_of_Postgres_18_does()
    {
        foreach (string[] pair in JsonSerializer.Deserialize<string[][]>(Fixture.Read("identifiers", "quote_ident.json"))!)
        {
            Assert.Equal(pair[1], Identifiers.Quote(pair[0]));
        }
    }

    [Fact]
    public void Literals_are_quoted_as_quote_literal_of_Postgres_18_does()
    {
        foreach (string[] pair in JsonSerializer.Deserialize<string[][]>(Fixture.Read("identifiers", "quote_literal.json"))!)
        {
            Assert.Equal(pair[1], Identifiers.QuoteLiteral(pair[0]));
        }
    }

    [Fact]
    public void Qualified_names_are_quoted_part_by_part() => Assert.Equal("public.\"User\".\"a.b\"", Identifiers.QuoteQualified("public", "User", "a.b"));

    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    public void Names_that_Postgres_cannot_have_are_refused(string name) => Assert.Throws<ArgumentException>(() => Identifiers.Quote(name));
}
