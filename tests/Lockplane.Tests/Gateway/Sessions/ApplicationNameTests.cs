using System.Text;
using Lockplane.Gateway.Sessions;

namespace Lockplane.Tests.Gateway.Sessions;

public sealed class ApplicationNameTests
{
    [Theory]
    [InlineData("", 7, "lp:7")]
    [InlineData("psql", 7, "psql lp:7")]
    [InlineData("psql", long.MaxValue, "psql lp:9223372036854775807")]
    public void The_session_follows_the_name(string name, long session, string tagged) => Assert.Equal(tagged, ApplicationName.Tag(name, session));

    [Theory]
    [InlineData("a")]
    [InlineData("ä")]
    [InlineData("€")]
    [InlineData("😀")]
    public void A_long_name_is_cut_between_characters_so_that_all_fits_into_63_bytes(string character)
    {
        int size = Encoding.UTF8.GetByteCount(character);
        for (int count = 1; count < 80; count++)
        {
            string name = string.Concat(Enumerable.Repeat(character, count));
            string tagged = ApplicationName.Tag(name, 123);
            Assert.True(Encoding.UTF8.GetByteCount(tagged) <= 63, tagged);
            Assert.Equal(string.Concat(Enumerable.Repeat(character, Math.Min(count, (63 - " lp:123".Length) / size))) + " lp:123", tagged);
        }
    }
}
