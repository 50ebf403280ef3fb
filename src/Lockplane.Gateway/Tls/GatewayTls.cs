using System.Collections.Immutable;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Lockplane.Gateway.Loops;
using Lockplane.Sql.Errors;

namespace Lockplane.Gateway.Tls;

/// <summary>The gateway's own certificate, and which certificates of clients it takes. Immutable: a reload reads the files into another one, and sessions keep theirs.</summary>
internal sealed class GatewayTls
{
    /// <summary>The application protocol of Postgres; demanded where TLS comes first.</summary>
    public static readonly SslApplicationProtocol Protocol = new("postgresql");

    private const string ClientUsage = "1.3.6.1.5.5.7.3.2";

    private readonly SslStreamCertificateContext _certificate;
    private readonly X509Certificate2Collection? _cas;
    private readonly ImmutableArray<byte> _endPointHash;

    private GatewayTls(SslStreamCertificateContext certificate, X509Certificate2 leaf, X509Certificate2Collection? cas)
    {
        (_certificate, _cas, _endPointHash) = (certificate, cas, EndPointBinding.HashOf(leaf));
    }

    /// <summary>Reads the files.</summary>
    /// <exception cref="LockplaneException">LP001.</exception>
    public static GatewayTls? Load(TlsOptions files)
    {
        if (files.CertificateFile is null)
        {
            return null;
        }

        (SslStreamCertificateContext context, X509Certificate2 leaf) = CertificateFiles.LoadOwn(files, "gateway");
        return new GatewayTls(context, leaf, files.CaFile is null ? null : CertificateFiles.LoadCas(files.CaFile, "gateway"));
    }

    /// <summary>The role for one client's handshake.</summary>
    /// <param name="early">What was already received of it.</param>
    public TlsServer Role(ReadOnlySpan<byte> early) => new(
        new SslServerAuthenticationOptions
        {
            ServerCertificateContext = _certificate,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ApplicationProtocols = [Protocol],
            AllowRenegotiation = false,
            ClientCertificateRequired = _cas is not null,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            CertificateChainPolicy = _cas is null ? null : CertificateFiles.Policy(_cas, ClientUsage),
            RemoteCertificateValidationCallback = _cas is null ? null : static (_, _, _, errors) => errors is SslPolicyErrors.None or SslPolicyErrors.RemoteCertificateNotAvailable,
        },
        _endPointHash, [.. early]);
}
