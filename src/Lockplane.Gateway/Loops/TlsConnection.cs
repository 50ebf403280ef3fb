using System.Collections.Immutable;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Lockplane.Gateway.Loops;

/// <summary>What a finished handshake agreed on.</summary>
/// <param name="EndPointHash">The channel binding <c>tls-server-end-point</c> (RFC 5929): the hash of the server's certificate, ours or the peer's.</param>
/// <param name="PeerCertificate">What the peer proved to have; null when it sent none.</param>
/// <param name="Protocol">Such as <c>TLSv1.3</c>, for logs.</param>
/// <param name="Alpn">The agreed application protocol; null when none was.</param>
internal sealed record TlsFacts(ImmutableArray<byte> EndPointHash, X509Certificate2? PeerCertificate, string Protocol, string? Alpn);

/// <summary>Which side of TLS we are.</summary>
internal abstract record TlsRole;

/// <summary>We are the server; the certificate's hash is computed by whoever loads it.</summary>
/// <param name="Early">What was already received of the client's first record (direct TLS), to be read first.</param>
internal sealed record TlsServer(SslServerAuthenticationOptions Options, ImmutableArray<byte> EndPointHash, ImmutableArray<byte> Early) : TlsRole;

/// <summary>We are the client.</summary>
internal sealed record TlsClient(SslClientAuthenticationOptions Options) : TlsRole;

/// <summary>How far a handshake is.</summary>
internal enum Handshake
{
    Going,
    Done,

    /// <summary><see cref="Connection.Failure"/> says why.</summary>
    Failed,
}

/// <summary>TLS over another connection. Receive and Send carry plain bytes once <see cref="Advance"/> said Done.</summary>
internal abstract class TlsConnection : Connection
{
    /// <summary>Goes on with the handshake; to be called first at once, then whenever the owner is told of readiness (whatever it is told), until it is not Going. It watches by itself meanwhile.</summary>
    public abstract Handshake Advance();
}
