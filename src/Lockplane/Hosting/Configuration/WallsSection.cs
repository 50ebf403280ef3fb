using System.Collections.Immutable;
using System.Net;
using Lockplane.Control.Walls;

namespace Lockplane.Hosting.Configuration;

/// <summary><c>[walls]</c>: what the second wall, in the database, is to be.</summary>
/// <param name="KeepSetConfig"><c>set_config = "keep"</c>.</param>
/// <param name="DdlRoles">Login roles that may change the schema past the corridor.</param>
/// <param name="Gateways">The networks that the gateway comes from; <c>local</c> is the server's Unix socket. Empty: what <c>[server.NAME]</c> tells.</param>
internal sealed record WallsSection(bool KeepSetConfig, ImmutableArray<string> DdlRoles, ImmutableArray<string> Gateways)
{
    /// <summary>Reads the table.</summary>
    public static WallsSection Read(TableReader walls) => new(
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
