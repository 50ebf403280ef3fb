using System.Security.Cryptography.X509Certificates;
using Lockplane.Wire;
using Lockplane.Wire.Framing;

namespace Lockplane.Gateway.Authentication.Methods;

/// <summary>The client's TLS certificate, which the handshake has checked against gateway.tls_ca; its common name is the role, or is mapped to it.</summary>
internal sealed class CertificateProof(LoginAttempt attempt) : ProofExchange(attempt)
{
    public override ProofStep Begin(ByteBuffer toClient)
    {
        if (Attempt.Tls?.PeerCertificate is not { } certificate)
        {
            throw new ProtocolException(SqlState.InvalidAuthorization, "connection requires a valid client certificate", hint: "Give the client sslcert and sslkey.");
        }

        string? name = CommonName(certificate);
        bool allowed = name is not null && (Attempt.Rule.Map is { } map ? map.Allows(name, Attempt.User) : string.Equals(name, Attempt.User, StringComparison.Ordinal));
        return allowed
            ? Prove(LoginProof.Plain(AuthMethod.Cert, Attempt.User) with { CertificateName = name })
            : throw new ProtocolException(SqlState.InvalidAuthorization, $"certificate authentication failed for user \"{Attempt.User}\": the certificate's name does not allow this role");
    }

    /// <summary>The one common name of the subject; null without one, with more than one, or with a control character in it.</summary>
    internal static string? CommonName(X509Certificate2 certificate)
    {
        const string CommonNameOid = "2.5.4.3";
        string? name = null;
        foreach (X500RelativeDistinguishedName part in certificate.SubjectName.EnumerateRelativeDistinguishedNames())
        {
            // A name of several attributes at once reads differently to different readers.
            if (part.HasMultipleElements)
            {
                return null;
            }

            if (part.GetSingleElementType().Value != CommonNameOid)
            {
                continue;
            }

            string? value = part.GetSingleElementValue();
            if (name is not null || string.IsNullOrEmpty(value) || value.Any(char.IsControl))
            {
                return null;
            }

            name = value;
        }

        return name;
    }
}
