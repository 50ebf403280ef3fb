using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Lockplane.Gateway.Tls;

/// <summary>The channel binding <c>tls-server-end-point</c> of a certificate (RFC 5929, section 4.1).</summary>
internal static class EndPointBinding
{
    private const string Pss = "1.2.840.113549.1.1.10";

    /// <summary>The certificate's hash by its signature's own hash function, SHA-256 in place of MD5 and SHA-1. Empty where the signature has none (Ed25519) or one that is not known: such a certificate binds nothing.</summary>
    public static ImmutableArray<byte> HashOf(X509Certificate2 certificate)
    {
        byte[] hash = Function(certificate) switch
        {
            "SHA256" => SHA256.HashData(certificate.RawDataMemory.Span),
            "SHA384" => SHA384.HashData(certificate.RawDataMemory.Span),
            "SHA512" => SHA512.HashData(certificate.RawDataMemory.Span),
            _ => [],
        };
        return [.. hash];
    }

    private static string? Function(X509Certificate2 certificate) => certificate.SignatureAlgorithm.Value switch
    {
        Pss => Named(PssHash(certificate.RawDataMemory)),
        string signature => Named(signature),
        null => null,
    };

    // Signature algorithms and bare hash functions, whose numbers do not meet.
    private static string? Named(string oid) => oid switch
    {
        // MD5 and SHA-1 with RSA, SHA-1 with DSA and ECDSA, SHA-1 itself (the default of PSS).
        "1.2.840.113549.1.1.4" or "1.2.840.113549.1.1.5" or "1.2.840.10040.4.3" or "1.2.840.10045.4.1" or "1.3.14.3.2.26" => "SHA256",
        "1.2.840.113549.1.1.11" or "1.2.840.10045.4.3.2" or "2.16.840.1.101.3.4.3.2" or "2.16.840.1.101.3.4.2.1" => "SHA256",
        "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" or "2.16.840.1.101.3.4.3.3" or "2.16.840.1.101.3.4.2.2" => "SHA384",
        "1.2.840.113549.1.1.13" or "1.2.840.10045.4.3.4" or "2.16.840.1.101.3.4.3.4" or "2.16.840.1.101.3.4.2.3" => "SHA512",
        _ => null,
    };

    // RSASSA-PSS names its hash function in the parameters: Certificate { tbs, { oid, { [0] { oid } } }, signature }.
    private static string PssHash(ReadOnlyMemory<byte> certificate)
    {
        const string Sha1 = "1.3.14.3.2.26";
        AsnReader whole = new AsnReader(certificate, AsnEncodingRules.DER).ReadSequence();
        _ = whole.ReadEncodedValue();
        AsnReader algorithm = whole.ReadSequence();
        _ = algorithm.ReadObjectIdentifier();
        Asn1Tag first = new(TagClass.ContextSpecific, 0);
        if (!algorithm.HasData)
        {
            return Sha1;
        }

        AsnReader parameters = algorithm.ReadSequence();
        return parameters.HasData && parameters.PeekTag().HasSameClassAndValue(first)
            ? parameters.ReadSequence(first).ReadSequence().ReadObjectIdentifier()
            : Sha1;
    }
}
