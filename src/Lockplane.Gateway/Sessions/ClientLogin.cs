using System.Net;
using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Authentication.Methods;
using Lockplane.Gateway.Loops;
using Lockplane.Gateway.Tls;
using Lockplane.Wire;
using Lockplane.Wire.Framing;
using Lockplane.Wire.Frontend;

namespace Lockplane.Gateway.Sessions;

/// <summary>How far a client's login is.</summary>
internal enum ClientLoginState
{
    /// <summary>What is to be sent is to be flushed; more bytes of the client are needed.</summary>
    Reading,

    /// <summary>What is to be sent is to be flushed; then TLS begins by <see cref="ClientLogin.TlsRole"/>. When the handshake is done: <see cref="ClientLogin.TlsStarted"/>, and advance again.</summary>
    StartTls,

    /// <summary>It is no session but a CancelRequest: <see cref="ClientLogin.Cancel"/>.</summary>
    Cancelling,

    /// <summary>It wants a session: <see cref="ClientLogin.Request"/>. Advance again to go on.</summary>
    Requested,

    /// <summary><see cref="ClientLogin.Question"/> is for the authority; then <see cref="ClientLogin.Answer"/>, and advance again.</summary>
    Asked,

    /// <summary>It proved that it is who it says: <see cref="ClientLogin.Proof"/>. AuthenticationOk is the driver's to write, once it knows the session's context.</summary>
    Proven,
}

/// <summary>The start-up and authentication of a client: bytes in, bytes out; knows no socket.</summary>
/// <param name="terms">Shared by all logins.</param>
/// <param name="address">Where it comes from; null on the Unix socket.</param>
/// <param name="nonce">Fresh and random, printable ASCII without comma.</param>
internal sealed class ClientLogin(LoginTerms terms, IPAddress? address, string nonce)
{
    // The first byte of a TLS record that begins a handshake; a start-up packet that began with it would have 360 MiB.
    private const byte TlsHandshake = 0x16;

    private Phase _phase = Phase.Startup;
    private bool _sslAsked;
    private bool _gssAsked;
    private bool _direct;
    private TlsFacts? _tls;
    private TlsRole? _role;
    private StartupRequest? _request;
    private ProofExchange? _exchange;
    private LoginAnswer? _answer;

    private enum Phase
    {
        Startup,
        Handshake,
        Requested,
        Proof,
        Asked,
        Over,
    }

    /// <summary>What the client asked for.</summary>
    public StartupRequest Request => _request ?? throw new InvalidOperationException("No StartupMessage was read.");

    /// <summary>The rule that decided; null before one did.</summary>
    public AuthRule? Rule { get; private set; }

    /// <summary>The CancelRequest, where that is what came.</summary>
    public CancelRequest? Cancel { get; private set; }

    /// <summary>How TLS is to begin.</summary>
    public TlsRole TlsRole => _role ?? throw new InvalidOperationException("TLS is not to begin.");

    /// <summary>What is to be answered.</summary>
    public LoginQuestion Question => _exchange?.Question ?? throw new InvalidOperationException("Nothing was asked.");

    /// <summary>What the client proved.</summary>
    public LoginProof Proof => _exchange?.Proof ?? throw new InvalidOperationException("Nothing was proven.");

    /// <summary>Takes as much as is there, until something is to be done by the driver.</summary>
    /// <exception cref="ProtocolException">The login is refused with this error.</exception>
    public ClientLoginState Advance(ByteBuffer fromClient, ByteBuffer toClient)
    {
        while (true)
        {
            switch (_phase)
            {
                case Phase.Startup:
                    if (ReadStartup(fromClient, toClient) is { } state)
                    {
                        return state;
                    }

                    break;
                case Phase.Requested:
                    if (After(Begin(toClient)) is { } begun)
                    {
                        return begun;
                    }

                    break;
                case Phase.Proof:
                    return ReadProof(fromClient, toClient);
                case Phase.Asked when _answer is { } answer:
                    _answer = null;
                    _phase = Phase.Proof;
                    if (After(_exchange!.Answer(answer, toClient)) is { } answered)
                    {
                        return answered;
                    }

                    break;
                case Phase.Asked:
                    return ClientLoginState.Asked;
                case Phase.Handshake:
                    throw new InvalidOperationException("The handshake is not done.");
                default:
                    throw new InvalidOperationException("The login is over.");
            }
        }
    }

    /// <summary>The handshake is done.</summary>
    /// <exception cref="ProtocolException">08P01: TLS came first and did not name Postgres's protocol, so that bytes meant for another protocol could be taken for it.</exception>
    public void TlsStarted(TlsFacts facts)
    {
        if (_direct && facts.Alpn != GatewayTls.Protocol.ToString())
        {
            throw new ProtocolException("received direct SSL connection request without ALPN protocol negotiation extension");
        }

        _tls = facts;
        _role = null;
        _phase = Phase.Startup;
    }

    /// <summary>What the authority said.</summary>
    public void Answer(LoginAnswer answer) => _answer = answer;

    private ClientLoginState? ReadStartup(ByteBuffer fromClient, ByteBuffer toClient)
    {
        if (fromClient.Count > 0 && fromClient.Unread[0] == TlsHandshake && _tls is null && !_sslAsked && !_gssAsked)
        {
            return StartDirectly(fromClient);
        }

        int size = StartupPacket.TryRead(fromClient.Unread, out StartupPacket? packet);
        if (size == 0)
        {
            return ClientLoginState.Reading;
        }

        fromClient.Consume(size);
        switch (packet)
        {
            case EncryptionRequest request:
                return AnswerEncryption(request, fromClient, toClient);
            case CancelRequest cancel:
                Cancel = cancel;
                _phase = Phase.Over;
                return ClientLoginState.Cancelling;
            default:
                _request = StartupRequest.From((StartupMessage)packet!, terms.Profiles, terms.ServerDatabase);
                _phase = Phase.Requested;
                return ClientLoginState.Requested;
        }
    }

    private ClientLoginState StartDirectly(ByteBuffer fromClient)
    {
        if (terms.Tls is null)
        {
            throw new ProtocolException("received a direct SSL connection request, but the gateway has no certificate");
        }

        _direct = true;
        _sslAsked = true;
        _role = terms.Tls.Role(fromClient.Unread);
        fromClient.Consume(fromClient.Count);
        _phase = Phase.Handshake;
        return ClientLoginState.StartTls;
    }

    // What came with the request was sent before the answer: over TLS it would be taken for encrypted (CVE-2021-23214).
    private ClientLoginState? AnswerEncryption(EncryptionRequest request, ByteBuffer fromClient, ByteBuffer toClient)
    {
        string name = request.Gss ? "GSSAPI encryption" : "SSL";
        ref bool asked = ref request.Gss ? ref _gssAsked : ref _sslAsked;
        if (asked || _tls is not null)
        {
            throw new ProtocolException(_tls is null ? $"a second {name} request was sent" : $"a {name} request was sent over TLS");
        }

        asked = true;
        if (fromClient.Count > 0)
        {
            throw new ProtocolException($"received unencrypted data after {name} request");
        }

        if (request.Gss || terms.Tls is null)
        {
            toClient.Write("N"u8);
            return null;
        }

        toClient.Write("S"u8);
        _role = terms.Tls.Role([]);
        _phase = Phase.Handshake;
        return ClientLoginState.StartTls;
    }

    private ProofStep Begin(ByteBuffer toClient)
    {
        Request.Negotiation?.Write(toClient);
        Rule = terms.Rules.FirstOrDefault(rule => rule.Matches(Request.Database, Request.User, address, _tls is not null))
            ?? throw new ProtocolException(SqlState.InvalidAuthorization,
                $"no auth rule for user \"{Request.User}\", database \"{Request.Database}\" from {address?.ToString() ?? "the Unix socket"}, {(_tls is null ? "no encryption" : "SSL encryption")}");
        _exchange = ProofExchange.Of(new LoginAttempt(Rule, Request.User, address, _tls, nonce));
        _phase = Phase.Proof;
        return _exchange.Begin(toClient);
    }

    private ClientLoginState? After(ProofStep step)
    {
        switch (step)
        {
            case ProofStep.Asked:
                _phase = Phase.Asked;
                return ClientLoginState.Asked;
            case ProofStep.Proven:
                _phase = Phase.Over;
                return ClientLoginState.Proven;
            default:
                return null;
        }
    }

    private ClientLoginState ReadProof(ByteBuffer fromClient, ByteBuffer toClient)
    {
        if (!FrameHeader.TryRead(fromClient.Unread, out FrameHeader header))
        {
            return ClientLoginState.Reading;
        }

        if (header.Type != FrontendMessage.Password)
        {
            throw new ProtocolException($"expected a password or SASL message, got a message of type {FrameHeader.Name(header.Type)}");
        }

        header.Check(ProtocolLimits.AuthenticationMessage);
        int size = (int)header.FrameBytes;
        if (fromClient.Count < size)
        {
            return ClientLoginState.Reading;
        }

        ProofStep step = _exchange!.Take(fromClient.Unread[FrameHeader.Size..size], toClient);
        fromClient.Consume(size);
        return After(step) ?? ClientLoginState.Reading;
    }
}
