using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Lockplane.Gateway;
using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Authentication.Queries;
using Lockplane.Gateway.Servers;
using Lockplane.Gateway.Tls;
using Lockplane.PostgresTests.Clusters;
using Lockplane.PostgresTests.EndToEnd;
using Lockplane.Wire;
using Npgsql;

namespace Lockplane.PostgresTests.Gateway.Logins;

/// <summary>Logins over TLS on both sides, against a real server.</summary>
public sealed class TlsLoginTests(TlsClusters clusters) : IClassFixture<TlsClusters>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private GatewayOptions WithTls(GatewayOptions options)
    {
        (string certificate, string key) = clusters.Issue("gateway", "CN=localhost", server: true);
        return options with { Tls = new TlsOptions { CertificateFile = certificate, KeyFile = key, CaFile = clusters.CaFile } };
    }

    private GatewayOptions PassThrough(GatewayOptions options, PostgresCluster cluster) => WithTls(options) with
    {
        Users = Userlist.Empty,
        Server = options.Server with
        {
            Users = Userlist.Empty, Login = ServerLoginMethod.PassThrough, SslMode = ServerSslMode.VerifyFull, Tls = new TlsOptions { CaFile = clusters.CaFile },
            AuthQuery = new AuthQueryOptions { User = "postgres", Secret = cluster.Password },
        },
    };

    private string ConnectionString(GatewayOfTest gateway, Action<NpgsqlConnectionStringBuilder>? change = null)
    {
        NpgsqlConnectionStringBuilder builder = new(gateway.ConnectionString()) { SslMode = SslMode.VerifyFull, RootCertificate = clusters.CaFile, Host = "localhost" };
        change?.Invoke(builder);
        return builder.ConnectionString;
    }

    private static async Task<object?> AskAsync(string connectionString, string sql)
    {
        await using NpgsqlConnection connection = new(connectionString);
        await connection.OpenAsync(Cancellation);
        await using NpgsqlCommand command = new(sql, connection);
        return await command.ExecuteScalarAsync(Cancellation);
    }

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task Each_side_is_bound_to_its_own_certificate_and_the_proof_passed_through(int major)
    {
        PostgresCluster cluster = await clusters.GetAsync(major);
        await using GatewayOfTest gateway = await GatewayOfTest.StartAsync(cluster, options => PassThrough(options, cluster));
        Assert.Equal(true, await AskAsync(ConnectionString(gateway, builder => builder.ChannelBinding = ChannelBinding.Require), "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"));
        Assert.Equal("acme", await AskAsync(ConnectionString(gateway, builder => builder.ChannelBinding = ChannelBinding.Disable), "SELECT current_setting('app.tenant_id')"));
        Assert.Equal(SqlState.InvalidPassword, (await Assert.ThrowsAsync<PostgresException>(() => AskAsync(ConnectionString(gateway, builder => builder.Password = "wrong"), "SELECT 1"))).SqlState);
    }

    [Theory]
    [InlineData("sslmode=verify-full channel_binding=require", 0)]
    [InlineData("sslmode=require channel_binding=disable", 0)]
    [InlineData("sslmode=disable", 2)]
    public async Task Psql_logs_in_over_TLS_with_channel_binding(string mode, int exit)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/psql"), "psql is not installed.");
        PostgresCluster cluster = await clusters.GetAsync(18);
        await using GatewayOfTest gateway = await GatewayOfTest.StartAsync(cluster, options => PassThrough(options, cluster) with { Auth = [new AuthRule { Type = ConnectionType.HostSsl, Method = AuthMethod.Scram }] });
        string place = $"host=localhost port={gateway.Server.Port} dbname={gateway.Database} user={gateway.Role} sslrootcert={clusters.CaFile} {mode}";
        ProcessResult result = await ChildProcess.RunAsync("psql", ["-XAt", "-d", place, "-c", "SELECT current_user"], clusters.Folder, [new("PGPASSWORD", gateway.Password)]);
        Assert.Equal(exit, result.ExitCode);
        Assert.Contains(exit == 0 ? gateway.Role : "no encryption", result.All, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task A_certificate_logs_in_at_the_gateway_and_the_gateways_own_at_the_server(int major)
    {
        PostgresCluster cluster = await clusters.GetAsync(major);
        (string own, string ownKey) = clusters.Issue("to-server", "CN=lockplane-gateway", server: false);
        NameMap map = new("staff", System.Collections.Immutable.ImmutableDictionary<string, System.Collections.Immutable.ImmutableArray<string>>.Empty);
        GatewayOptions? used = null;
        await using GatewayOfTest gateway = await GatewayOfTest.StartAsync(cluster, options => used = WithTls(options) with
        {
            Auth = [new AuthRule { Type = ConnectionType.HostSsl, Method = AuthMethod.Cert, Map = map with { Roles = map.Roles.Add("ann", [options.Identity[0].User]) } }],
            Server = options.Server with
            {
                Users = Userlist.Empty, Login = ServerLoginMethod.Certificate, SslMode = ServerSslMode.VerifyFull,
                Tls = new TlsOptions { CertificateFile = own, KeyFile = ownKey, CaFile = clusters.CaFile },
            },
        });
        await cluster.ExecuteAsync($"GRANT {TlsClusters.Certified} TO \"{gateway.Role}\"");
        await TlsClusters.WriteAsync(cluster, $"gateway lockplane-gateway {gateway.Role}", "cat >> pg_ident.conf");
        await cluster.ExecuteAsync("SELECT pg_reload_conf()");
        (string ann, string annKey) = clusters.Issue("ann", "CN=ann", server: false);
        (string bob, string bobKey) = clusters.Issue("bob", "CN=bob", server: false);
        Assert.Equal(gateway.Role, await AskAsync(ConnectionString(gateway, builder => (builder.SslCertificate, builder.SslKey) = (ann, annKey)), "SELECT current_user::text"));
        foreach ((string? certificate, string? key) in new (string?, string?)[] { (bob, bobKey), (null, null) })
        {
            PostgresException refused = await Assert.ThrowsAsync<PostgresException>(() => AskAsync(ConnectionString(gateway, builder => (builder.SslCertificate, builder.SslKey) = (certificate, key)), "SELECT 1"));
            Assert.Equal(SqlState.InvalidAuthorization, refused.SqlState);
        }

        using Lockplane.Scripted.TestCa stranger = new("stranger");
        using X509Certificate2 forged = stranger.Issue("CN=ann", server: false);
        (string forgedFile, string forgedKey, _) = stranger.Write(Directory.CreateDirectory(Path.Combine(clusters.Folder, $"forged-{major}")).FullName, "ann", forged);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => AskAsync(ConnectionString(gateway, builder => (builder.SslCertificate, builder.SslKey) = (forgedFile, forgedKey)), "SELECT 1"));
    }

    [Fact]
    public async Task A_server_whose_certificate_is_anothers_is_not_used()
    {
        PostgresCluster cluster = await clusters.GetAsync(18);
        using Lockplane.Scripted.TestCa stranger = new("stranger");
        string other = Path.Combine(clusters.Folder, "other-ca.crt");
        await File.WriteAllTextAsync(other, stranger.Pem, Cancellation);
        await using GatewayOfTest gateway = await GatewayOfTest.StartAsync(cluster, options => options with { Server = options.Server with { SslMode = ServerSslMode.VerifyCa, Tls = new TlsOptions { CaFile = other } } });
        PostgresException refused = await Assert.ThrowsAsync<PostgresException>(() => AskAsync(gateway.ConnectionString(), "SELECT 1"));
        Assert.Equal(SqlState.CannotConnectNow, refused.SqlState);
    }

    [Theory]
    [InlineData(ServerSslMode.Prefer, 15)]
    [InlineData(ServerSslMode.Require, 15)]
    [InlineData(ServerSslMode.VerifyCa, 15)]
    [InlineData(ServerSslMode.Direct, 18)]
    public async Task Every_TLS_mode_reaches_the_server_encrypted(ServerSslMode mode, int major)
    {
        PostgresCluster cluster = await clusters.GetAsync(major);
        await using GatewayOfTest gateway = await GatewayOfTest.StartAsync(cluster, options => options with { Server = options.Server with { SslMode = mode, Tls = new TlsOptions { CaFile = clusters.CaFile } } });
        Assert.Equal(true, await AskAsync(gateway.ConnectionString(), "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"));
    }

    [Theory]
    [InlineData("postgresql", true)]
    [InlineData(null, false)]
    public async Task TLS_may_come_first_with_the_protocols_name(string? protocol, bool taken)
    {
        PostgresCluster cluster = await clusters.GetAsync(18);
        await using GatewayOfTest gateway = await GatewayOfTest.StartAsync(cluster, options => PassThrough(options, cluster));
        using TcpClient socket = new();
        await socket.ConnectAsync("127.0.0.1", gateway.Server.Port, Cancellation);
        await using SslStream tls = new(socket.GetStream(), false);
        X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(clusters.CaFile);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost", CertificateChainPolicy = policy, ApplicationProtocols = protocol is null ? null : [new SslApplicationProtocol(protocol)],
        }, Cancellation);
        await tls.WriteAsync(Lockplane.Scripted.ScriptedClient.Startup(ProtocolVersion.V32, "user", gateway.Role, "database", gateway.Database), Cancellation);
        byte[] answer = new byte[1];
        int count = await tls.ReadAsync(answer, Cancellation);
        Assert.Equal(taken ? 'R' : 'E', count == 1 ? (char)answer[0] : 'E');
    }
}
