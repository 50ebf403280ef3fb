using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Lockplane.Gateway.Loops;
using Lockplane.Gateway.Tls;

namespace Lockplane.Tests.Gateway.Loops;

/// <summary>Certificates and roles for tests.</summary>
internal static class TlsScript
{
    public static readonly X509Certificate2 Certificate = Make("server");
    public static readonly X509Certificate2 ClientCertificate = Make("client");

    public static TlsServer Server(ReadOnlySpan<byte> early = default, bool clientCertificate = false, System.Security.Authentication.SslProtocols protocols = default) => new(
        new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(Certificate, null, offline: true),
            ClientCertificateRequired = clientCertificate,
            EnabledSslProtocols = protocols,
            ApplicationProtocols = [new SslApplicationProtocol("postgresql")],
            RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is null || certificate.Equals(ClientCertificate),
        },
        EndPointBinding.HashOf(Certificate), [.. early]);

    public static TlsClient Client(bool clientCertificate = false, bool trust = true, System.Security.Authentication.SslProtocols protocols = default) => new(
        new SslClientAuthenticationOptions
        {
            TargetHost = "server",
            EnabledSslProtocols = protocols,
            ApplicationProtocols = [new SslApplicationProtocol("postgresql")],
            ClientCertificates = clientCertificate ? [ClientCertificate] : null,
            RemoteCertificateValidationCallback = (_, certificate, _, _) => trust && Certificate.Equals(certificate),
        });

    private static X509Certificate2 Make(string name)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
