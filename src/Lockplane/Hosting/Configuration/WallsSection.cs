using System.Collections.Immutable;
using System.Net;
using System.Text;
using Lockplane.Control.Walls;
using Lockplane.Sql.Errors;

namespace Lockplane.Hosting.Configuration;

/// <summary><c>[walls]</c>: what the second wall, in the database, is to be.</summary>
/// <param name="KeepSetConfig"><c>set_config = "keep"</c>.</param>
/// <param name="DdlRoles">Login roles that may change the schema past the corridor.</param>
/// <param name="Gateways">The networks that the gateway comes from; <c>local</c> is the server's Unix socket. Empty: what <c>[server.NAME]</c> tells.</param>
internal sealed record WallsSection(bool KeepSetConfig, ImmutableArray<string> DdlRoles, ImmutableArray<string> Gateways)
{
    /// <summary><c>strict</c>: contexts are signed.</summary>
    public bool Strict { get; init; }

    /// <summary><c>key</c>: what they are signed with; null where none is given.</summary>
    public ImmutableArray<byte>? Key { get; init; }

    /// <summary><c>context_lifetime</c>: how long a session whose context is signed may live.</summary>
    public TimeSpan Lifetime { get; init; }

    /// <summary><c>bind_connection</c>: whether a signature is good for one connection only.</summary>
    public bool BindsConnection { get; init; }

    /// <summary>Reads the table.</summary>
    public static WallsSection Read(TableReader walls)
    {
        WallsSection section = ReadBuilt(walls) with
        {
            Strict = walls.Flag("strict", false),
            Key = walls.Secret("key") is { } key ? [.. Encoding.UTF8.GetBytes(key)] : null,
            Lifetime = walls.Duration("context_lifetime", TimeSpan.FromHours(12)),
            BindsConnection = walls.Flag("bind_connection", true),
        };
        if (section is { Strict: true, Key: null })
        {
            throw walls.Missing("key", "what signs contexts in strict mode: env:NAME or file:/path");
        }

        return section.Key is { Length: < ContextKey.LeastBytes }
            ? throw new LockplaneException(ErrorCodes.Configuration, $"walls.key is too short; expected at least {ContextKey.LeastBytes} bytes.")
            : section.Lifetime < TimeSpan.FromMinutes(1) || section.Lifetime > TimeSpan.FromDays(30) ? throw walls.Wrong("context_lifetime", "a time from 1m to 43200m")
            : section;
    }

    private static WallsSection ReadBuilt(TableReader walls) => new(
        walls.Word("set_config", "revoke", "revoke", "keep") == "keep",
        walls.Texts("ddl_roles"),
        [.. walls.Texts("gateways").Select(text => Network(text) ?? throw walls.Wrong("gateways", "networks or addresses such as [\"10.0.0.5\", \"10.1.0.0/24\"], or \"local\""))]);

    /// <summary>A network as it is written in numbers, of an address or a network; <c>local</c> as it is; null for anything else.</summary>
    public static string? Network(string text) =>
        text == WallOptions.Local ? text
        : IPNetwork.TryParse(text, out IPNetwork network) ? network.ToString()
        : IPAddress.TryParse(text, out IPAddress? address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8).ToString()
        : null;
}
