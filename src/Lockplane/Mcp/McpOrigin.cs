using System.Net;

namespace Lockplane.Mcp;

/// <summary>Refuses requests to <c>/mcp</c> that came by a name that is not ours, or from a web page of somewhere else: DNS rebinding.</summary>
internal static class McpOrigin
{
    /// <summary>Whether a request with these headers is meant for a server that listens on <paramref name="listen"/>.</summary>
    /// <param name="listen">The address that the server listens on.</param>
    /// <param name="host">The header Host.</param>
    /// <param name="origin">The header Origin; empty when it was not sent.</param>
    public static bool IsAllowed(IPAddress listen, HostString host, string origin)
    {
        string name = host.Host.Trim('[', ']');
        return IsOurs(listen, name) && (origin.Length == 0 || (Uri.TryCreate(origin, UriKind.Absolute, out Uri? uri) && IsSame(listen, uri.DnsSafeHost, name)));
    }

    // Listening on every address, which names lead here is not known: then a page must be of the very name that was asked for.
    private static bool IsOurs(IPAddress listen, string name) =>
        name.Length > 0 && (IsAny(listen) || IsLoopbackName(name) || (IPAddress.TryParse(name, out IPAddress? address) && address.Equals(listen)));

    private static bool IsSame(IPAddress listen, string origin, string host) =>
        string.Equals(origin, host, StringComparison.OrdinalIgnoreCase) || (!IsAny(listen) && IsOurs(listen, origin));

    private static bool IsAny(IPAddress listen) => listen.Equals(IPAddress.Any) || listen.Equals(IPAddress.IPv6Any);

    private static bool IsLoopbackName(string name) =>
        string.Equals(name, "localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(name, out IPAddress? address) && IPAddress.IsLoopback(address));
}
