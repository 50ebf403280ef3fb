using System.Net;
using Lockplane.Gateway.Authentication;

namespace Lockplane.Tests.Gateway.Authentication;

public sealed class AuthRuleTests
{
    [Theory]
    [InlineData("all", "all", null, "shop", "app", "10.0.0.1", true)]
    [InlineData("shop", "app", "10.0.0.0/8", "shop", "app", "10.9.9.9", true)]
    [InlineData("shop", "app", "10.0.0.0/8", "shop", "app", "::ffff:10.9.9.9", true)]
    [InlineData("shop", "app", "10.0.0.0/8", "shop", "app", "11.0.0.1", false)]
    [InlineData("shop", "all", null, "Shop", "app", "10.0.0.1", false)]
    [InlineData("all", "app", null, "shop", "app2", "10.0.0.1", false)]
    [InlineData("all", "all", "::1/128", "shop", "app", "127.0.0.1", false)]
    public void A_rule_matches_exactly(string database, string user, string? network, string asked, string asking, string address, bool matches)
    {
        AuthRule rule = new() { Database = database, User = user, Address = network is null ? null : IPNetwork.Parse(network), Method = AuthMethod.Scram };
        Assert.Equal(matches, rule.Matches(asked, asking, IPAddress.Parse(address), tls: false));
    }

    [Theory]
    [InlineData(ConnectionType.Host, true, true, false)]
    [InlineData(ConnectionType.HostSsl, true, false, false)]
    [InlineData(ConnectionType.HostNoSsl, false, true, false)]
    [InlineData(ConnectionType.Local, false, false, true)]
    public void A_rule_may_be_for_connections_with_or_without_TLS_or_by_the_Unix_socket(ConnectionType type, bool with, bool without, bool local)
    {
        AuthRule rule = new() { Type = type, Method = AuthMethod.Scram };
        Assert.Equal((with, without), (rule.Matches("d", "u", IPAddress.Loopback, tls: true), rule.Matches("d", "u", IPAddress.Loopback, tls: false)));
        Assert.Equal((local, local), (rule.Matches("d", "u", null, tls: true), rule.Matches("d", "u", null, tls: false)));
    }
}
