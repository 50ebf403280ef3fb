namespace Lockplane.Gateway.Tls;

/// <summary>Files of TLS, in PEM.</summary>
public sealed record TlsOptions
{
    /// <summary><c>tls_cert</c>: the certificate, and after it those that lead to its CA.</summary>
    public string? CertificateFile { get; init; }

    /// <summary><c>tls_key</c>: its key, without a passphrase, in a file that is closed to others.</summary>
    public string? KeyFile { get; init; }

    /// <summary><c>tls_ca</c>: the CAs that the peer's certificate must come from.</summary>
    public string? CaFile { get; init; }

    internal void Validate(string section)
    {
        GatewayOptions.Require(CertificateFile is null || KeyFile is not null, $"{section}.tls_key", null, "the key of tls_cert");
        GatewayOptions.Require(KeyFile is null || CertificateFile is not null, $"{section}.tls_cert", null, "the certificate of tls_key");
    }
}
