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
}
