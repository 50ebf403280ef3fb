using System.Collections.Immutable;
using System.Net;
using Lockplane.Gateway;
using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Tls;

namespace Lockplane.Hosting.Configuration;

/// <summary><c>[gateway]</c>.</summary>
internal sealed record GatewaySection(string Listen, int Port, int MaxSessions, int MaxStatementBytes)
{
    public string? UnixSocket { get; init; }

    public int Loops { get; init; }

    public TimeSpan StartupTimeout { get; init; } = TimeSpan.FromSeconds(15);

    public SessionLimits Limits { get; init; } = new();

    public ImmutableArray<IPNetwork> ProxyNetworks { get; init; } = [];

    public bool TagApplicationName { get; init; }

    /// <summary><c>tls_cert</c>, <c>tls_key</c>, <c>tls_ca</c>.</summary>
    public TlsOptions Tls { get; init; } = new();

    /// <summary><c>auth_file</c>: what clients' passwords are checked against; null for the server's <c>secret</c>.</summary>
    public Userlist? AuthFile { get; init; }

    /// <summary>Reads the table.</summary>
    public static GatewaySection Read(TableReader gateway) => new(
        ConfigurationLoader.Address(gateway, "127.0.0.1"),
        gateway.Number("port", 6432, 0, 65_535),
        gateway.Number("max_sessions", 1_000, 1, 1_000_000),
        gateway.Number("max_statement_bytes", 4 * 1024 * 1024, 1_024, 64 * 1024 * 1024))
    {
        UnixSocket = gateway.Text("unix_socket"),
        Loops = gateway.Number("loops", 0, 0, 64),
        Limits = new SessionLimits
        {
            PerDatabase = gateway.Number("max_sessions_per_database", 0, 0, 1_000_000),
            PerRole = gateway.Number("max_sessions_per_role", 0, 0, 1_000_000),
            PerAddress = gateway.Number("max_sessions_per_address", 0, 0, 1_000_000),
            GatheredBytes = gateway.Number("max_gathered_bytes", 256 * 1024 * 1024, 1_024, int.MaxValue),
            Idle = gateway.Duration("idle_timeout", TimeSpan.Zero),
            Query = gateway.Duration("query_timeout", TimeSpan.Zero),
            Drain = gateway.Duration("drain_timeout", TimeSpan.FromSeconds(30)),
        },
        StartupTimeout = gateway.Duration("startup_timeout", TimeSpan.FromSeconds(15)),
        ProxyNetworks = ReadNetworks(gateway),
        TagApplicationName = gateway.Flag("tag_application_name", false),
        Tls = GatewayReader.ReadTls(gateway),
        AuthFile = GatewayReader.ReadUserlist(gateway, "auth_file"),
    };

    private static ImmutableArray<IPNetwork> ReadNetworks(TableReader gateway) => gateway.Texts("proxy_networks")
        .Select(text => IPNetwork.TryParse(text, out IPNetwork network) ? network : throw gateway.Wrong("proxy_networks", "networks such as [\"10.0.0.0/8\"]")).ToImmutableArray();
}
