using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Lockplane.Sql.Errors;

namespace Lockplane.Gateway.Tls;

/// <summary>Reads certificates and keys.</summary>
internal static class CertificateFiles
{
    // A chain or bundle that is longer than this is a mistake.
    private const long LongestFile = 4 << 20;

    /// <summary>The certificate with its key, and those between it and its CA. Nothing is fetched over the network.</summary>
    /// <exception cref="LockplaneException">LP001.</exception>
    public static (SslStreamCertificateContext Context, X509Certificate2 Leaf) LoadOwn(TlsOptions files, string section)
    {
        string certificateFile = files.CertificateFile!;
        string text = Read(certificateFile, $"{section}.tls_cert");
        RequireClosed(files.KeyFile!, $"{section}.tls_key");
        try
        {
            X509Certificate2 leaf = X509Certificate2.CreateFromPem(text, Read(files.KeyFile!, $"{section}.tls_key"));
            X509Certificate2Collection chain = [];
            chain.ImportFromPem(text);
            X509Certificate2Collection between = [.. chain.Where(certificate => certificate.Thumbprint != leaf.Thumbprint)];
            return (SslStreamCertificateContext.Create(leaf, between, offline: true), leaf);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new LockplaneException(ErrorCodes.Configuration, $"{section}.tls_cert {certificateFile} and tls_key are not a PEM certificate and its key.", inner: e);
        }
    }

    /// <summary>The CAs of a bundle.</summary>
    /// <exception cref="LockplaneException">LP001.</exception>
    public static X509Certificate2Collection LoadCas(string file, string section)
    {
        X509Certificate2Collection cas = [];
        try
        {
            cas.ImportFromPem(Read(file, $"{section}.tls_ca"));
        }
        catch (CryptographicException e)
        {
            throw new LockplaneException(ErrorCodes.Configuration, $"{section}.tls_ca {file} holds a malformed certificate.", inner: e);
        }

        return cas.Count > 0 ? cas : throw new LockplaneException(ErrorCodes.Configuration, $"{section}.tls_ca {file} holds no PEM certificate.");
    }

    /// <summary>How a peer's certificate is checked: against these CAs only, or the system's; nothing is fetched over the network, so that no loop waits.</summary>
    public static X509ChainPolicy Policy(X509Certificate2Collection? cas, string usage)
    {
        X509ChainPolicy policy = new() { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.ApplicationPolicy.Add(new Oid(usage));
        if (cas is not null)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(cas);
        }

        return policy;
    }

    private static string Read(string file, string key)
    {
        try
        {
            return new FileInfo(file).Length <= LongestFile ? File.ReadAllText(file) : throw new LockplaneException(ErrorCodes.Configuration, $"{key}: the file {file} is longer than {LongestFile} bytes.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LockplaneException(ErrorCodes.Configuration, $"{key}: the file {file} cannot be read.", inner: e);
        }
    }

    private static void RequireClosed(string file, string key)
    {
        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
            | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        if (File.Exists(file) && !OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & Others) != 0)
        {
            throw new LockplaneException(ErrorCodes.Configuration, $"{key}: the file {file} is open to other accounts.", hint: $"chmod 600 {file}");
        }
    }
}
