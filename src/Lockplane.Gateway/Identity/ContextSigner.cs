using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Lockplane.Gateway.Identity;

/// <summary>Strict mode: signs the row level security context of a session, for <c>lockplane.tenant_id()</c> and <c>lockplane.user_id()</c> in the database to verify.</summary>
/// <remarks>
/// Shape: <c>v1.KEY.EXPIRES.PORT.TENANT.USER.MAC</c>: the key's name, seconds since 1970, the gateway's port of the connection or 0, tenant and user in hex or <c>-</c>,
/// and HMAC-SHA256 in hex over <c>lockplane/context/1.</c>, all before it, and role and database in hex. So it is good for one role in one database until it expires
/// and, where it names a port, on one connection.
/// </remarks>
public sealed class ContextSigner
{
    /// <summary>The setting that it is in.</summary>
    public const string Setting = "lockplane.context";

    /// <summary>How long a token outlives its session's time, in which the session ends at its next idle point: the clocks of gateway and server may differ by this much.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromMinutes(10);

    private readonly string _keyId;
    private readonly byte[] _key;

    /// <param name="keyId">Names the key in tokens.</param>
    /// <param name="key">The key.</param>
    /// <param name="lifetime"><c>walls.context_lifetime</c>: how long a session may live.</param>
    /// <param name="bindsConnection"><c>walls.bind_connection</c>: whether the token names the connection's port.</param>
    public ContextSigner(string keyId, ReadOnlySpan<byte> key, TimeSpan lifetime, bool bindsConnection) =>
        (_keyId, _key, Lifetime, BindsConnection) = (keyId, key.ToArray(), lifetime, bindsConnection);

    /// <summary>How long a session may live.</summary>
    public TimeSpan Lifetime { get; }

    /// <summary>Whether tokens name the connection's port.</summary>
    public bool BindsConnection { get; }

    /// <summary>The token of a session.</summary>
    /// <param name="role">The login role at the server.</param>
    /// <param name="database">The database at the server.</param>
    /// <param name="tenant">Null for none.</param>
    /// <param name="user">Null for none.</param>
    /// <param name="port">The gateway's port of the connection to the server; 0 on a Unix socket.</param>
    /// <param name="now">The time.</param>
    public string Sign(string role, string database, string? tenant, string? user, int port, DateTimeOffset now)
    {
        string token = string.Create(
            CultureInfo.InvariantCulture,
            $"v1.{_keyId}.{(now + Lifetime + Margin).ToUnixTimeSeconds()}.{(BindsConnection ? port : 0)}.{Hex(tenant)}.{Hex(user)}");
        byte[] mac = HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"lockplane/context/1.{token}.{Hex(role)}.{Hex(database)}"));
        return $"{token}.{Convert.ToHexStringLower(mac)}";
    }

    private static string Hex(string? text) => text is null ? "-" : Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text));
}
