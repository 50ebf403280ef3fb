using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Lockplane.Bench.Load.Targets;

/// <summary>A certificate of the run's own, the same for all that speak TLS.</summary>
internal static class TlsFiles
{
    /// <summary>Writes <c>server.crt</c> and <c>server.key</c>, which only this account can read.</summary>
    public static (string Certificate, string Key) Write(string directory)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=localhost", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(7));
        (string certificateFile, string keyFile) = (Path.Combine(directory, "server.crt"), Path.Combine(directory, "server.key"));
        File.WriteAllText(certificateFile, certificate.ExportCertificatePem() + "\n");
        using (FileStream file = new(keyFile, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
        using (StreamWriter writer = new(file))
        {
            writer.WriteLine(key.ExportPkcs8PrivateKeyPem());
        }

        return (certificateFile, keyFile);
    }
}
