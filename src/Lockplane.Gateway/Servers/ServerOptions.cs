using Lockplane.Gateway.Authentication;

namespace Lockplane.Gateway.Servers;

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

    /// <summary><c>secret</c>: the roles' passwords for the SCRAM login at the server (<c>login = "secret"</c>).</summary>
    public required Userlist Users { get; init; }

    /// <summary>Where it is, for messages.</summary>
    public string Address => UnixSocket is null ? $"{Host}:{Port}" : SocketPath;

    internal string SocketPath => UnixSocket is null ? "" : Directory.Exists(UnixSocket) ? Path.Combine(UnixSocket, $".s.PGSQL.{Port}") : UnixSocket;

    internal void Validate()
    {
        GatewayOptions.Require(UnixSocket is not null || Host.Length > 0, $"server.{Name}.host", Host, "a host name, an address or a Unix socket");
        GatewayOptions.Require(Port is >= 1 and <= 65_535, $"server.{Name}.port", Port, "1 to 65535");
        GatewayOptions.Require(Database is not { Length: 0 }, $"server.{Name}.database", "empty", "a database name");
    }
}
