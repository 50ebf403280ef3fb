using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Lockplane.Gateway.Tls;

/// <summary>The channel binding <c>tls-server-end-point</c> of a certificate.</summary>
internal static class EndPointBinding
{
    /// <summary>The hash that RFC 5929 says: the signature's own, SHA-256 in place of MD5 and SHA-1. Empty where the signature has none (Ed25519, RSA-PSS): such a certificate binds nothing.</summary>
    public static ImmutableArray<byte> HashOf(X509Certificate2 certificate)
    {
        byte[] encoded = certificate.RawData;
        return certificate.SignatureAlgorithm.Value switch
        {
            // md5, sha1 and sha256 with RSA; sha1 and sha256 with ECDSA.
            "1.2.840.113549.1.1.4" or "1.2.840.113549.1.1.5" or "1.2.840.113549.1.1.11" or "1.2.840.10045.4.1" or "1.2.840.10045.4.3.2" => [.. SHA256.HashData(encoded)],
            "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" => [.. SHA384.HashData(encoded)],
            "1.2.840.113549.1.1.13" or "1.2.840.10045.4.3.4" => [.. SHA512.HashData(encoded)],
            _ => [],
        };
    }
}
