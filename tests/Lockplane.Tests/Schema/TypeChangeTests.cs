using Lockplane.Schema.Kinds;

namespace Lockplane.Tests.Schema;

public sealed class TypeChangeTests
{
    [Theory]
    [InlineData("character varying(10)", "character varying(20)", false, true, false)]
    [InlineData("character varying(20)", "character varying(10)", false, false, true)]
    [InlineData("character varying(20)", "text", false, true, false)]
    [InlineData("integer", "bigint", false, true, true)]
    [InlineData("bigint", "integer", false, false, true)]
    [InlineData("numeric(8,2)", "numeric(12,2)", false, true, false)]
    [InlineData("numeric(8,2)", "numeric(12,4)", false, true, true)]
    [InlineData("numeric(8,2)", "numeric(8,4)", false, false, true)]
    [InlineData("text", "integer", true, false, true)]
    [InlineData("integer[]", "bigint[]", true, false, true)]
    [InlineData("json", "jsonb", false, false, true)]
    [InlineData("integer", "text", false, true, true)]
    public void A_change_of_type_is_judged_as_measured(string from, string to, bool needsCast, bool keepsValues, bool rewrites) =>
        Assert.Equal(new TypeChange(needsCast, keepsValues, rewrites), TypeChange.Of(from, to));
}
