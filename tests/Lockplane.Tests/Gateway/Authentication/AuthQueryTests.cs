using Lockplane.Gateway.Authentication.Queries;
using Lockplane.Gateway.Servers;
using Lockplane.Wire;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lockplane.Tests.Gateway.Authentication;

public sealed class AuthQueryTests
{
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_fault_of_any_kind_refuses_the_login_and_the_next_one_is_answered_too()
    {
        // A path that no socket can have: the system is not even asked.
        ServerOptions server = new() { UnixSocket = "/" + new string('s', 200), AuthQuery = new AuthQueryOptions { User = "reader", Secret = "secret" } };
        await using AuthQuery query = new(server, TimeProvider.System, NullLogger.Instance);
        foreach (string role in (string[])["ann", "ben"])
        {
            ProtocolException refused = await Assert.ThrowsAsync<ProtocolException>(() => query.FindAsync(role).WaitAsync(Hang, TestContext.Current.CancellationToken));
            Assert.Equal("57P03", refused.SqlState);
        }
    }

    [Theory]
    [InlineData(107, true)]
    [InlineData(108, false)]
    public void A_path_that_no_socket_can_have_is_refused_at_the_start(int bytes, bool fits)
    {
        ServerOptions server = new() { UnixSocket = "/" + new string('s', bytes - 1), SslMode = ServerSslMode.Disable };
        Exception? refused = Record.Exception(server.Validate);
        Assert.Equal(fits, refused is null);
    }
}
