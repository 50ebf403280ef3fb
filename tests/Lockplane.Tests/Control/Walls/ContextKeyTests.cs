using System.Security.Cryptography;
using System.Text;
using Lockplane.Control.Walls;

namespace Lockplane.Tests.Control.Walls;

public sealed class ContextKeyTests
{
    [Theory]
    [InlineData(32)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(200)]
    public void Its_two_blocks_make_the_hmac_that_the_gateway_makes(int length)
    {
        byte[] key = [.. Enumerable.Range(0, length).Select(n => (byte)(n * 7))];
        byte[] message = Encoding.UTF8.GetBytes("lockplane/context/1.v1");
        ContextKey context = new(key);
        byte[] inner = (byte[])context.Command.Parameters[1].Value!;
        byte[] outer = (byte[])context.Command.Parameters[2].Value!;

        Assert.Equal(HMACSHA256.HashData(key, message), SHA256.HashData([.. outer, .. SHA256.HashData([.. inner, .. message])]));
        Assert.DoesNotContain(context.Id, Convert.ToHexStringLower(key), StringComparison.Ordinal);
    }
}
