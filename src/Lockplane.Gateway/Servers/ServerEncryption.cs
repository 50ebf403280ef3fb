using Lockplane.Gateway.Loops;
using Lockplane.Wire;
using Lockplane.Wire.Framing;
using Lockplane.Wire.Frontend;

namespace Lockplane.Gateway.Servers;

/// <summary>How far a connection to a server is.</summary>
internal enum ServerEncryptionState
{
    /// <summary>The server's answer is needed.</summary>
    Reading,

    /// <summary>TLS is to begin by <see cref="ServerEncryption.TlsRole"/>; then <see cref="ServerEncryption.TlsStarted"/>.</summary>
    StartTls,

    /// <summary>The first packet may be sent.</summary>
    Done,
}

/// <summary>What comes before the first packet to a server, a StartupMessage or a CancelRequest: bytes in, bytes out; knows no socket.</summary>
internal sealed class ServerEncryption(ServerTerms terms)
{
    private State _state = terms.AsksForTls ? terms.IsDirect ? State.Handshake : State.Asked : State.Done;

    private enum State
    {
        Asked,
        Handshake,
        Done,
    }

    /// <summary>What TLS agreed on; null without it.</summary>
    public TlsFacts? Tls { get; private set; }

    /// <summary>How TLS is to begin.</summary>
    public TlsRole TlsRole => terms.TlsRole();

    /// <summary>Asks for TLS, where it is to be asked for.</summary>
    public void Start(ByteBuffer toServer)
    {
        if (_state == State.Asked)
        {
            EncryptionRequest.WriteSsl(toServer);
        }
    }

    /// <summary>Takes the server's answer.</summary>
    /// <exception cref="ProtocolException">08P01: bytes before TLS or no answer at all; 28000: TLS is demanded and the server has none.</exception>
    public ServerEncryptionState Advance(ByteBuffer fromServer)
    {
        if (_state == State.Asked)
        {
            if (fromServer.Count == 0)
            {
                return ServerEncryptionState.Reading;
            }

            TakeAnswer(fromServer);
        }

        return _state == State.Handshake ? ServerEncryptionState.StartTls : ServerEncryptionState.Done;
    }

    /// <summary>The handshake is done.</summary>
    /// <exception cref="ProtocolException">08P01: direct TLS without Postgres's application protocol.</exception>
    public void TlsStarted(TlsFacts facts)
    {
        if (terms.IsDirect && facts.Alpn != Gateway.Tls.GatewayTls.Protocol.ToString())
        {
            throw new ProtocolException($"server {terms.Name} did not agree on the application protocol postgresql");
        }

        Tls = facts;
        _state = State.Done;
    }

    private void TakeAnswer(ByteBuffer fromServer)
    {
        byte answer = fromServer.Unread[0];
        fromServer.Consume(1);
        switch (answer)
        {
            // What stands behind the answer was not encrypted, and would be taken for it (CVE-2021-23222).
            case (byte)'S' when fromServer.Count > 0:
                throw new ProtocolException($"server {terms.Name} sent unencrypted data after its answer to the SSL request");
            case (byte)'S':
                _state = State.Handshake;
                break;
            case (byte)'N' when terms.MayGoWithoutTls:
                _state = State.Done;
                break;
            case (byte)'N':
                throw new ProtocolException(SqlState.InvalidAuthorization, $"server {terms.Name} does not support TLS, but its sslmode requires it");
            default:
                throw new ProtocolException($"server {terms.Name} answered the SSL request with neither S nor N");
        }
    }
}
