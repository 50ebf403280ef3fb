using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Authentication.Queries;
using Lockplane.Gateway.Tls;

namespace Lockplane.Gateway.Servers;

/// <summary>Whether and how the connection to a server is encrypted, in libpq's words.</summary>
public enum ServerSslMode
{
    /// <summary>Never.</summary>
    Disable,

    /// <summary>Where the server can; its certificate is not checked.</summary>
    Prefer,

    /// <summary>Always; its certificate is checked where tls_ca is given, its name is not.</summary>
    Require,

    /// <summary>Always; its certificate comes from tls_ca.</summary>
    VerifyCa,

    /// <summary>Always; its certificate comes from tls_ca (without it, from a CA of the system) and names the host.</summary>
    VerifyFull,

    /// <summary>TLS first, without asking (Postgres 17 and newer); its certificate is checked as by <see cref="VerifyFull"/> where tls_ca is given.</summary>
    Direct,
}

/// <summary>How the gateway logs in as a client's role.</summary>
public enum ServerLoginMethod
{
    /// <summary>By the keys of a userlist.</summary>
    Secret,

    /// <summary>By the keys that the client's own SCRAM proof gave away.</summary>
    PassThrough,

    /// <summary>By the gateway's certificate, which the server's pg_ident.conf maps to the roles.</summary>
    Certificate,
}

/// <summary><c>[server.&lt;name&gt;]</c>: one Postgres server.</summary>
public sealed record ServerOptions
{
    /// <summary>The name in the configuration, for logs and messages.</summary>
    public string Name { get; init; } = "main";

    /// <summary><c>host</c>: a name or an address; not used where <see cref="UnixSocket"/> is set.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary><c>port</c>: also the number in the Unix socket's file name.</summary>
    public int Port { get; init; } = 5432;

    /// <summary>The folder of the server's Unix socket (as libpq takes it in <c>host</c>), or the socket itself; null for TCP.</summary>
    public string? UnixSocket { get; init; }

    /// <summary><c>database</c>: the database of every session whatever it asks for; null means the one it asks for.</summary>
    public string? Database { get; init; }

    /// <summary><c>sslmode</c>.</summary>
    public ServerSslMode SslMode { get; init; } = ServerSslMode.Disable;

    /// <summary><c>tls_cert</c>, <c>tls_key</c> and <c>tls_ca</c>: the gateway's certificate for the server, and the CAs of the server's.</summary>
    public TlsOptions Tls { get; init; } = new();

    /// <summary><c>login</c>.</summary>
    public ServerLoginMethod Login { get; init; } = ServerLoginMethod.Secret;

    /// <summary><c>secret</c>: the roles' passwords or SCRAM keys for the login at the server (<c>login = "secret"</c>).</summary>
    public Userlist Users { get; init; } = Userlist.Empty;

    /// <summary><c>auth_user</c> and what belongs to it: where clients' verifiers are read beside the gateway's userlist; null for nowhere.</summary>
    public AuthQueryOptions? AuthQuery { get; init; }

    /// <summary>Where it is, for messages.</summary>
    public string Address => UnixSocket is null ? $"{Host}:{Port}" : SocketPath;

    // What sockaddr_un has room for; fewer on systems other than Linux.
    private const int LongestSocketPath = 107;

    internal string SocketPath => UnixSocket is null ? "" : Directory.Exists(UnixSocket) ? Path.Combine(UnixSocket, $".s.PGSQL.{Port}") : UnixSocket;

    internal void Validate()
    {
        string section = $"server.{Name}";
        GatewayOptions.Require(UnixSocket is not null || Host.Length > 0, $"{section}.host", Host, "a host name, an address or a Unix socket");
        GatewayOptions.Require(System.Text.Encoding.UTF8.GetByteCount(SocketPath) <= LongestSocketPath, $"{section}.host", SocketPath, $"a Unix socket whose path has at most {LongestSocketPath} bytes");
        GatewayOptions.Require(Port is >= 1 and <= 65_535, $"{section}.port", Port, "1 to 65535");
        GatewayOptions.Require(Database is not { Length: 0 }, $"{section}.database", "empty", "a database name");
        GatewayOptions.Require(UnixSocket is null || SslMode is ServerSslMode.Disable or ServerSslMode.Prefer, $"{section}.sslmode", SslMode, "disable on a Unix socket, which has no TLS");
        GatewayOptions.Require(SslMode != ServerSslMode.VerifyCa || Tls.CaFile is not null, $"{section}.tls_ca", null, "the CAs that sslmode verify-ca checks against");
        Tls.Validate(section);
        AuthQuery?.Validate(this);
        if (Login == ServerLoginMethod.Certificate)
        {
            // Without a checked certificate of the server, whoever answers in its place would be given the sessions: a login by certificate has no ServerSignature.
            bool verified = SslMode is ServerSslMode.VerifyCa or ServerSslMode.VerifyFull || (Tls.CaFile is not null && SslMode is ServerSslMode.Require or ServerSslMode.Direct);
            GatewayOptions.Require(Tls.CertificateFile is not null, $"{section}.tls_cert", null, "the gateway's certificate, which login = certificate needs");
            GatewayOptions.Require(verified && UnixSocket is null, $"{section}.sslmode", SslMode, "verify-full, verify-ca, or with tls_ca require or direct, beside login = certificate");
        }
    }
}
