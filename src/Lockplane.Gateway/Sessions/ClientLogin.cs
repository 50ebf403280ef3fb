using System.Collections.Immutable;
using System.Net;
using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Statements;
using Lockplane.Wire;
using Lockplane.Wire.Backend;
using Lockplane.Wire.Framing;
using Lockplane.Wire.Frontend;
using Lockplane.Wire.Sasl;

namespace Lockplane.Gateway.Sessions;

/// <summary>How far a client's login is.</summary>
internal enum ClientLoginState
{
    /// <summary>More bytes of the client are needed.</summary>
    Reading,

    /// <summary>It is no session but a CancelRequest: <see cref="ClientLogin.Cancel"/>.</summary>
    Cancelling,

    /// <summary>It wants a session: <see cref="ClientLogin.Request"/>. Advance again to go on.</summary>
    Requested,

    /// <summary>It sent a token, to be checked: <see cref="ClientLogin.Token"/>. What comes of it is the driver's.</summary>
    TokenGiven,

    /// <summary>It proved that it is who it says.</summary>
    Proven,
}

/// <summary>The start-up and authentication of a client: bytes in, bytes out; knows no socket.</summary>
/// <param name="rules">The first that matches decides how it must prove itself.</param>
/// <param name="profile">What it may set at start-up.</param>
/// <param name="address">Where it comes from.</param>
/// <param name="nonce">Fresh and random, printable ASCII without comma.</param>
internal sealed class ClientLogin(ImmutableArray<AuthRule> rules, Profile profile, ScramVerifiers verifiers, IPAddress address, string nonce)
{
    private Phase _phase = Phase.Startup;
    private bool _sslAsked;
    private bool _gssAsked;
    private ScramServerExchange? _scram;
    private StartupRequest? _request;

    private enum Phase
    {
        Startup,
        Requested,
        SaslInitial,
        SaslResponse,
        Password,
        Over,
    }

    /// <summary>What the client asked for.</summary>
    public StartupRequest Request => _request ?? throw new InvalidOperationException("No StartupMessage was read.");

    /// <summary>The rule that decided.</summary>
    public AuthRule? Rule { get; private set; }

    /// <summary>The CancelRequest, where that is what came.</summary>
    public CancelRequest? Cancel { get; private set; }

    /// <summary>The token that the client sent. Never to be logged.</summary>
    public string Token { get; private set; } = "";

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
                    AskForProof(toClient);
                    break;
                case Phase.SaslInitial or Phase.SaslResponse or Phase.Password:
                    return ReadProof(fromClient, toClient);
                default:
                    throw new InvalidOperationException("The login is over.");
            }
        }
    }

    private ClientLoginState? ReadStartup(ByteBuffer fromClient, ByteBuffer toClient)
    {
        int size = StartupPacket.TryRead(fromClient.Unread, out StartupPacket? packet);
        if (size == 0)
        {
            return ClientLoginState.Reading;
        }

        fromClient.Consume(size);
        switch (packet)
        {
            case EncryptionRequest request:
                DenyEncryption(request, fromClient, toClient);
                return null;
            case CancelRequest cancel:
                Cancel = cancel;
                _phase = Phase.Over;
                return ClientLoginState.Cancelling;
            default:
                _request = StartupRequest.From((StartupMessage)packet!, profile);
                _phase = Phase.Requested;
                return ClientLoginState.Requested;
        }
    }

    // What came with the request was sent before the answer: over TLS it would be taken for encrypted (CVE-2021-23214).
    private void DenyEncryption(EncryptionRequest request, ByteBuffer fromClient, ByteBuffer toClient)
    {
        string name = request.Gss ? "GSSAPI encryption" : "SSL";
        ref bool asked = ref request.Gss ? ref _gssAsked : ref _sslAsked;
        if (asked)
        {
            throw new ProtocolException($"a second {name} request was sent");
        }

        asked = true;
        if (fromClient.Count > 0)
        {
            throw new ProtocolException($"received unencrypted data after {name} request");
        }

        toClient.Write("N"u8);
    }

    private void AskForProof(ByteBuffer toClient)
    {
        Request.Negotiation?.Write(toClient);
        Rule = rules.FirstOrDefault(rule => rule.Matches(Request.Database, Request.User, address, tls: false));
        switch (Rule?.Method)
        {
            case AuthMethod.Scram:
                _scram = new ScramServerExchange(verifiers.Find(Request.User), nonce);
                AuthenticationMessage.WriteSasl(toClient, ScramKeys.Mechanism);
                _phase = Phase.SaslInitial;
                break;
            case AuthMethod.Jwt when IPAddress.IsLoopback(address):
                AuthenticationMessage.Write(toClient, AuthenticationKind.CleartextPassword);
                _phase = Phase.Password;
                break;
            case AuthMethod.Jwt:
                throw new ProtocolException(SqlState.InvalidAuthorization, "a token may be sent in clear text on loopback only");
            default:
                throw new ProtocolException(SqlState.InvalidAuthorization,
                    $"no auth rule for user \"{Request.User}\", database \"{Request.Database}\" from {address}, no encryption");
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

        ClientLoginState state = TakeProof(fromClient.Unread[FrameHeader.Size..size], toClient);
        fromClient.Consume(size);
        return state;
    }

    private ClientLoginState TakeProof(ReadOnlySpan<byte> body, ByteBuffer toClient)
    {
        switch (_phase)
        {
            case Phase.SaslInitial:
                ReadOnlySpan<byte> first = SaslMessages.ReadInitial(body, out string mechanism);
                if (mechanism != ScramKeys.Mechanism)
                {
                    throw new ProtocolException("the client selected a SASL mechanism that was not offered");
                }

                AuthenticationMessage.WriteSaslData(toClient, AuthenticationKind.SaslContinue, _scram!.First(first));
                _phase = Phase.SaslResponse;
                return ClientLoginState.Reading;
            case Phase.SaslResponse:
                _phase = Phase.Over;
                if (!_scram!.TryFinish(body, out string signature))
                {
                    throw new ProtocolException(SqlState.InvalidPassword, $"password authentication failed for user \"{Request.User}\"");
                }

                AuthenticationMessage.WriteSaslData(toClient, AuthenticationKind.SaslFinal, signature);
                return ClientLoginState.Proven;
            default:
                FieldReader fields = new(body);
                Token = fields.ReadText();
                fields.End();
                _phase = Phase.Over;
                return ClientLoginState.TokenGiven;
        }
    }
}
