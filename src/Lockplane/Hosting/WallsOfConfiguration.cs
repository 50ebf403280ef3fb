using System.Collections.Immutable;
using System.Net;
using Lockplane.Control.Walls;
using Lockplane.Gateway;
using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Identity;
using Lockplane.Gateway.Statements;
using Lockplane.Hosting.Configuration;
using Lockplane.Sql.Errors;

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
        ContextPrefix = GatewayOptions.DefaultContextPrefix,
        KeepSetConfig = configuration.Walls.KeepSetConfig,
        DdlRoles = configuration.Walls.DdlRoles,
        Gateways = gateways.IsEmpty ? Gateways(configuration) : gateways,
        Strict = configuration.Walls.Strict ? Strict(configuration) : null,
    };

    /// <summary>Strict mode with the configured key.</summary>
    /// <exception cref="LockplaneException">LP001: there is none.</exception>
    public static StrictMode Strict(LockplaneConfiguration configuration)
    {
        ImmutableArray<byte> key = configuration.Walls.Key ?? throw new LockplaneException(
            ErrorCodes.Configuration, "walls.key is missing; expected what signs contexts in strict mode: env:NAME or file:/path.");
        ContextKey verified = new(key.AsSpan());
        ContextSigner signer = new(verified.Id, key.AsSpan(), configuration.Walls.Lifetime, bindsConnection: false);
        return new StrictMode(verified, (role, database, tenant, user) => signer.Sign(role, database, tenant, user, 0, DateTimeOffset.UtcNow));
    }

    /// <summary>What signs the contexts of the gateway's sessions; null where strict mode is off.</summary>
    public static ContextSigner? Signer(LockplaneConfiguration configuration) => configuration.Walls is { Strict: true, Key: { } key } walls
        ? new ContextSigner(new ContextKey(key.AsSpan()).Id, key.AsSpan(), walls.Lifetime, walls.BindsConnection)
        : null;

    /// <summary>The application's roles: those that <c>[[identity]]</c>, <c>[[auth]]</c> and <c>[[profile]]</c> name, but for those of profile passthrough.</summary>
    public static ImmutableArray<string> Roles(LockplaneConfiguration configuration)
    {
        IEnumerable<string> open = configuration.Profiles.Where(rule => rule.Kind == ProfileKind.Passthrough).Select(rule => rule.User);
        return
        [
            .. configuration.Identity.Select(rule => rule.User).Concat(configuration.Auth.Select(rule => rule.User)).Concat(configuration.Profiles.Select(rule => rule.User))
                .Where(user => user != AuthRule.All).Except(open, StringComparer.Ordinal).Order(StringComparer.Ordinal),
        ];
    }

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
