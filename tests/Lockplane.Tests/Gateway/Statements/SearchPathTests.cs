using Lockplane.Gateway.Statements;

namespace Lockplane.Tests.Gateway.Statements;

public sealed class SearchPathTests
{
    [Theory]
    [InlineData("public", "public")]
    [InlineData(" App , \"My \"\"Schema\" ", "app|My \"Schema")]
    [InlineData("\"$user\", public", "app_acme|public")]
    [InlineData("", "")]
    [InlineData("a,", null)]
    [InlineData("a b", null)]
    [InlineData("\"a", null)]
    [InlineData("\"\"", null)]
    [InlineData("a\"b", null)]
    public void Names_are_read_as_Postgres_reads_them(string text, string? names) =>
        Assert.Equal(names, SearchPath.Parse(text, "app_acme") is { } parsed ? string.Join('|', parsed) : null);
}
