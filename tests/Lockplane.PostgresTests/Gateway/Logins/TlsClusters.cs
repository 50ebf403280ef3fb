using System.Security.Cryptography.X509Certificates;
using Lockplane.PostgresTests.Clusters;
using Lockplane.Scripted;
using Npgsql;

namespace Lockplane.PostgresTests.Gateway.Logins;

/// <summary>Servers that speak TLS, with certificates of a CA of this run; apart from the servers of other tests, which are asked without.</summary>
public sealed class TlsClusters : IAsyncDisposable
{
    private readonly Dictionary<int, Lazy<Task<PostgresCluster>>> _clusters;

    public TlsClusters()
    {
        Folder = TestDirectory.Create();
        File.WriteAllText(Path.Combine(Folder, "ca.crt"), Ca.Pem);
        _clusters = TestClusters.Majors.Select(row => row.Data).ToDictionary(major => major, major => new Lazy<Task<PostgresCluster>>(() => StartAsync(major)));
    }

    /// <summary>The role whose members log in at the server by certificate.</summary>
    public const string Certified = "certified";

    /// <summary>Issues every certificate.</summary>
    public TestCa Ca { get; } = new();

    /// <summary>For the certificates' files.</summary>
    public string Folder { get; }

    public string CaFile => Path.Combine(Folder, "ca.crt");

    internal Task<PostgresCluster> GetAsync(int major) => _clusters[major].Value;

    /// <summary>Issues a certificate and writes it with its key.</summary>
    public (string Certificate, string Key) Issue(string name, string subject, bool server)
    {
        using X509Certificate2 certificate = Ca.Issue(subject, server);
        (string file, string key, _) = Ca.Write(Folder, name, certificate);
        return (file, key);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Task<PostgresCluster> start in _clusters.Values.Where(cluster => cluster.IsValueCreated).Select(cluster => cluster.Value).Where(start => start.IsCompletedSuccessfully))
        {
            await (await start).DisposeAsync();
        }

        Ca.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Writes a file into the server's data folder, as the server's own account.</summary>
    internal static Task WriteAsync(PostgresCluster cluster, string text, string command) =>
        cluster.ExecuteAsync($"COPY (SELECT line FROM unnest(string_to_array($text${text.Trim()}$text$, E'\\n')) AS line) TO PROGRAM '{command}'");

    private async Task<PostgresCluster> StartAsync(int major)
    {
        PostgresCluster cluster = await PostgresCluster.StartAsync(major);
        using X509Certificate2 certificate = Ca.Issue("CN=localhost", server: true);
        await WriteAsync(cluster, certificate.ExportCertificatePem(), "umask 077; cat > tls.crt");
        await WriteAsync(cluster, TestCa.KeyPem(certificate), "umask 077; cat > tls.key");
        await WriteAsync(cluster, Ca.Pem, "umask 077; cat > tls-ca.crt");
        await cluster.ExecuteAsync($"CREATE ROLE {Certified}");
        await WriteAsync(cluster, $"hostssl all +{Certified} 127.0.0.1/32 cert map=gateway", "cat - pg_hba.conf > pg_hba.new && mv pg_hba.new pg_hba.conf");
        foreach (string setting in new[] { "ssl_cert_file = 'tls.crt'", "ssl_key_file = 'tls.key'", "ssl_ca_file = 'tls-ca.crt'", "ssl = on" })
        {
            await cluster.ExecuteAsync($"ALTER SYSTEM SET {setting}");
        }

        await cluster.ExecuteAsync("SELECT pg_reload_conf()");
        NpgsqlConnectionStringBuilder encrypted = new(cluster.AdminConnectionString) { SslMode = SslMode.Require, Pooling = false };
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                await cluster.ExecuteAsync("SELECT 1", encrypted.ConnectionString);
                return cluster;
            }
            catch (NpgsqlException) when (attempt < 100)
            {
                // The postmaster reads its files again when it comes to it.
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }
        }
    }
}
