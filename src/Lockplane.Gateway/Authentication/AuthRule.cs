using System.Net;

namespace Lockplane.Gateway.Authentication;

/// <summary>How a client proves who it is.</summary>
public enum AuthMethod
{
    /// <summary>SCRAM-SHA-256, with channel binding over TLS.</summary>
    Scram,

    /// <summary>A JSON Web Token in the password field; asked for over TLS, on loopback or on the Unix socket only.</summary>
    Jwt,

    /// <summary>Postgres's MD5 method, for clients that know no other.</summary>
    Md5,

    /// <summary>The client's TLS certificate.</summary>
    Cert,

    /// <summary>A bearer token by OAUTHBEARER, as in Postgres 18.</summary>
    OAuth,

    /// <summary>No proof: for development, on loopback and the Unix socket only.</summary>
    Trust,
}

/// <summary>Which connections a rule is for, as in pg_hba.conf.</summary>
public enum ConnectionType
{
    /// <summary>By TCP, with or without TLS.</summary>
    Host,

    /// <summary>By TCP, with TLS.</summary>
    HostSsl,

    /// <summary>By TCP, without TLS.</summary>
    HostNoSsl,

    /// <summary>By the Unix socket.</summary>
    Local,
}

/// <summary>One rule of <c>[[auth]]</c>; the first one that matches a login decides how it must prove itself.</summary>
public sealed record AuthRule
{
    /// <summary>Matches every database, user or address.</summary>
    public const string All = "all";

    /// <summary><c>type</c>.</summary>
    public ConnectionType Type { get; init; } = ConnectionType.Host;

    /// <summary><c>database</c>: an exact name or <c>all</c>.</summary>
    public string Database { get; init; } = All;

    /// <summary><c>user</c>: an exact name or <c>all</c>.</summary>
    public string User { get; init; } = All;

    /// <summary><c>address</c>: a network such as <c>10.0.0.0/8</c>; null for all.</summary>
    public IPNetwork? Address { get; init; }

    /// <summary><c>method</c>.</summary>
    public required AuthMethod Method { get; init; }

    /// <summary>How tokens are checked; needed by <see cref="AuthMethod.Jwt"/> and <see cref="AuthMethod.OAuth"/>.</summary>
    public JwtOptions? Jwt { get; init; }

    /// <summary><c>map</c>: which roles a certificate's name or a token's subject may be; without it a certificate's name is the role, and a token's role claim says.</summary>
    public NameMap? Map { get; init; }

    /// <summary>Whether logins by it carry a token.</summary>
    internal bool ByToken => Method is AuthMethod.Jwt or AuthMethod.OAuth;

    /// <summary>Whether the rule is for this login.</summary>
    /// <param name="database">The database that was asked for.</param>
    /// <param name="user">The role that was asked for.</param>
    /// <param name="address">The client's; null on the Unix socket.</param>
    /// <param name="tls">Whether the connection is encrypted.</param>
    public bool Matches(string database, string user, IPAddress? address, bool tls) =>
        (address is null ? Type == ConnectionType.Local : MatchesHost(address, tls))
        && (Database == All || string.Equals(Database, database, StringComparison.Ordinal))
        && (User == All || string.Equals(User, user, StringComparison.Ordinal));

    internal void Validate(GatewayOptions gateway)
    {
        GatewayOptions.Require(Database.Length > 0, "auth.database", "empty", "a name or all");
        GatewayOptions.Require(User.Length > 0, "auth.user", "empty", "a name or all");
        GatewayOptions.Require(Map is null || Method is AuthMethod.Cert or AuthMethod.Jwt or AuthMethod.OAuth, "auth.map", Map?.Name, "method cert, jwt or oauth beside it");
        GatewayOptions.Require(Type != ConnectionType.Local || Address is null, "auth.address", Address, "none beside type local");
        GatewayOptions.Require(Type != ConnectionType.Local || gateway.UnixSocket is not null, "auth.type", "local", "gateway.unix_socket for it");
        GatewayOptions.Require(Type != ConnectionType.HostSsl || gateway.Tls.CertificateFile is not null, "auth.type", "hostssl", "gateway.tls_cert for it");
        if (ByToken)
        {
            GatewayOptions.Require(Jwt is not null, "auth.issuer", null, "issuer, audience and key of the tokens");
            Jwt!.Validate();
        }

        GatewayOptions.Require(Method != AuthMethod.Trust || Address is null || IPAddress.IsLoopback(Address.Value.BaseAddress), "auth.address", Address, "an address of loopback beside method trust");
        if (Method == AuthMethod.Cert)
        {
            GatewayOptions.Require(gateway.Tls is { CertificateFile: not null, CaFile: not null }, "auth.method", "cert", "gateway.tls_cert and gateway.tls_ca for it");
            GatewayOptions.Require(Type == ConnectionType.HostSsl, "auth.type", Type, "hostssl beside method cert");
        }
    }
    private bool MatchesHost(IPAddress address, bool tls)
    {
        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        bool type = Type switch
        {
            ConnectionType.Host => true,
            ConnectionType.HostSsl => tls,
            ConnectionType.HostNoSsl => !tls,
            _ => false,
        };
        return type && (Address is not { } network || network.Contains(plain));
    }
}
