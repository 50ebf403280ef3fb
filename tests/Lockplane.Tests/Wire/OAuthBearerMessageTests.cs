using System.Text;
using Lockplane.Wire;
using Lockplane.Wire.Sasl;

namespace Lockplane.Tests.Wire;

public sealed class OAuthBearerMessageTests
{
    private static string Read(string message) => OAuthBearerMessage.ReadToken(Encoding.Latin1.GetBytes(message));

    [Theory]
    [InlineData("n,,\u0001auth=Bearer abc.DEF-1_2~3+4/5==\u0001\u0001", "abc.DEF-1_2~3+4/5==")]
    [InlineData("y,,\u0001auth=bEARER   abc\u0001\u0001", "abc")]
    [InlineData("n,,\u0001host=h\u0001auth=Bearer abc\u0001port=1\u0001\u0001", "abc")]
    [InlineData("n,,\u0001auth=\u0001\u0001", "")]
    public void A_token_is_read(string message, string token) => Assert.Equal(token, Read(message));

    [Theory]
    [InlineData("n,a=other,\u0001auth=Bearer abc\u0001\u0001", SqlState.FeatureNotSupported)]
    [InlineData("p=tls-server-end-point,,\u0001auth=Bearer abc\u0001\u0001", SqlState.ProtocolViolation)]
    [InlineData("n,,\u0001auth=Bearer abc\u0001", SqlState.ProtocolViolation)]
    [InlineData("n,,\u0001auth=Bearer abc\u0001\u0001\u0001", SqlState.ProtocolViolation)]
    [InlineData("n,,\u0001auth=Bearer abc\u0001auth=Bearer abc\u0001\u0001", SqlState.ProtocolViolation)]
    [InlineData("n,,\u0001auth=Basic abc\u0001\u0001", SqlState.ProtocolViolation)]
    [InlineData("n,,\u0001auth=Bearer \u0001\u0001", SqlState.ProtocolViolation)]
    [InlineData("n,,\u0001auth=Bearer a b\u0001\u0001", SqlState.ProtocolViolation)]
    [InlineData("n,,\u0001auth=Bearer ab\u00e9\u0001\u0001", SqlState.ProtocolViolation)]
    [InlineData("n,,\u0001auth=Bearer a\0b\u0001\u0001", SqlState.ProtocolViolation)]
    [InlineData("n,,\u0001=x\u0001\u0001", SqlState.ProtocolViolation)]
    [InlineData("n,,\u0001\u0001", SqlState.ProtocolViolation)]
    [InlineData("n,,", SqlState.ProtocolViolation)]
    [InlineData("", SqlState.ProtocolViolation)]
    public void What_is_no_token_is_refused(string message, string sqlState) => Assert.Equal(sqlState, Assert.Throws<ProtocolException>(() => Read(message)).SqlState);

    [Fact]
    public void The_acknowledgement_is_one_byte()
    {
        OAuthBearerMessage.CheckAcknowledgement([1]);
        Assert.All(new byte[][] { [], [0], [1, 1] }, message => Assert.Throws<ProtocolException>(() => OAuthBearerMessage.CheckAcknowledgement(message)));
    }

    [Fact]
    public void What_is_written_is_read_back() => Assert.Equal("a.b.c", Read(OAuthBearerMessage.WriteToken("a.b.c")));
}
