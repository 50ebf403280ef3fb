using System.Collections.Immutable;
using System.Net;
using Lockplane.Control.Walls;
using Lockplane.Gateway.Authentication;
using Lockplane.Hosting.Configuration;

namespace Lockplane.Hosting;

/// <summary>What the configuration says of the second wall.</summary>
internal static class WallsOfConfiguration
{
    /// <summary>The walls for roles, or for those that the configuration knows.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="roles">Named by the caller; empty for the configuration's.</param>
    /// <param name="gateways">Networks named by the caller; empty for the configuration's.</param>
    public static WallOptions Of(LockplaneConfiguration configuration, ImmutableArray<string> roles, ImmutableArray<string> gateways) => new()
    {
        Roles = roles.IsEmpty ? Roles(configuration) : [.. roles.Distinct(StringComparer.Ordinal)],
        KeepSetConfig = configuration.Walls.KeepSetConfig,
        DdlRoles = configuration.Walls.DdlRoles,
        Gateways = gateways.IsEmpty ? Gateways(configuration) : gateways,
    };

    /// <summary>The application's roles: those that <c>[[identity]]</c> and <c>[[auth]]</c> name.</summary>
    public static ImmutableArray<string> Roles(LockplaneConfiguration configuration) =>
    [
        .. configuration.Identity.Select(rule => rule.User).Concat(configuration.Auth.Select(rule => rule.User))
            .Where(user => user != AuthRule.All).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
    ];

    // A gateway that reaches its server on this machine comes from this machine; of every other, only its operator knows the address.
    private static ImmutableArray<string> Gateways(LockplaneConfiguration configuration) =>
        !configuration.Walls.Gateways.IsEmpty ? configuration.Walls.Gateways
        : configuration.Servers.Count != 1 ? []
        : configuration.Servers.Values.First().Host switch
        {
            ['/', ..] => [WallOptions.Local],
            "localhost" => ["127.0.0.1/32", "::1/128"],
            string host when IPAddress.TryParse(host, out IPAddress? address) && IPAddress.IsLoopback(address) => [WallsSection.Network(host)!],
            _ => [],
        };
}
