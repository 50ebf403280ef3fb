using System.Text;
using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Loops;
using Lockplane.Gateway.Relays;
using Lockplane.Wire;
using Lockplane.Wire.Backend;
using Lockplane.Wire.Framing;
using Lockplane.Wire.Frontend;
using Lockplane.Wire.Sasl;

namespace Lockplane.Gateway.Servers;

/// <summary>How far a login at the server is.</summary>
internal enum ServerLoginState
{
    /// <summary>What is to be sent is to be flushed; more bytes of the server are needed.</summary>
    Reading,

    /// <summary>What is to be sent is to be flushed; then TLS begins by <see cref="ServerLogin.TlsRole"/>. When the handshake is done: <see cref="ServerLogin.TlsStarted"/>, and advance again.</summary>
    StartTls,

    /// <summary><see cref="ServerLogin.Question"/> is for the authority; then <see cref="ServerLogin.Answer"/>, and advance again.</summary>
    Asked,

    /// <summary>The server is ready for the first query; what it said so far is in the client's buffer.</summary>
    Ready,

    /// <summary>The server refused; its ErrorResponse is in the client's buffer.</summary>
    Refused,
}

/// <summary>The start-up with the server: bytes in, bytes out; knows no socket.</summary>
/// <param name="terms">Shared by all logins at the server.</param>
/// <param name="startup">The StartupMessage that the gateway built.</param>
/// <param name="proof">What the client proved.</param>
/// <param name="nonce">Fresh and random, printable ASCII without comma.</param>
/// <param name="ours">The BackendKeyData that the client gets in place of the server's.</param>
/// <param name="pinned">Whether settings that decide how a text reads must have the gate's values: not under profile passthrough.</param>
/// <remarks>Fails closed: but for <c>login = "certificate"</c>, a server that lets the role in without proving by SCRAM-SHA-256 that it knows the password is refused.</remarks>
internal sealed class ServerLogin(ServerTerms terms, StartupMessage startup, LoginProof proof, string nonce, BackendKeyData ours, bool pinned = true)
{
    private readonly ServerEncryption _encryption = new(terms);
    private ScramClientExchange? _scram;
    private ScramChallenge? _challenge;
    private LoginAnswer? _answer;
    private Phase _phase = Phase.Encryption;
    private StartupMessage _startup = startup;

    private enum Phase
    {
        Encryption,
        Start,
        Challenge,
        Asked,
        Signature,
        Proven,
        Settled,
    }

    /// <summary>What a CancelRequest to the server must repeat; null when it sent none.</summary>
    public BackendKeyData? Key { get; private set; }

    /// <summary>How TLS is to begin.</summary>
    public TlsRole TlsRole => _encryption.TlsRole;

    /// <summary>What is to be answered.</summary>
    public LoginQuestion Question => new KeysQuestion(proof.User, _challenge ?? throw new InvalidOperationException("Nothing was asked."));

    /// <summary>Adds a setting that is known only now that there is a connection; before <see cref="Start"/>.</summary>
    public void Add(string setting, string value) => _startup = _startup with { Parameters = _startup.Parameters.Add(new(setting, value)) };

    /// <summary>Writes the first packet: the SSLRequest or, without TLS, the StartupMessage. Then advance, before the server said anything.</summary>
    public void Start(ByteBuffer toServer)
    {
        _encryption.Start(toServer);
        if (!terms.AsksForTls)
        {
            _startup.Write(toServer);
            _phase = Phase.Start;
        }
    }

    /// <summary>The handshake is done.</summary>
    /// <exception cref="ProtocolException">08P01.</exception>
    public void TlsStarted(TlsFacts facts) => _encryption.TlsStarted(facts);

    /// <summary>What the authority said.</summary>
    public void Answer(LoginAnswer answer) => _answer = answer;

    /// <summary>Takes as many whole messages as are there.</summary>
    /// <exception cref="ProtocolException">08P01 malformed or out of order; 28000 no proof or no password; 42501 an encoding that is not UTF8.</exception>
    public ServerLoginState Advance(ByteBuffer fromServer, ByteBuffer toServer, ByteBuffer toClient)
    {
        if (_phase == Phase.Encryption)
        {
            ServerEncryptionState state = _encryption.Advance(fromServer);
            if (state != ServerEncryptionState.Done)
            {
                return state == ServerEncryptionState.StartTls ? ServerLoginState.StartTls : ServerLoginState.Reading;
            }

            _startup.Write(toServer);
            _phase = Phase.Start;
        }

        if (_phase == Phase.Asked)
        {
            if (_answer is not KeysAnswer answer)
            {
                return ServerLoginState.Asked;
            }

            Respond(answer.Keys, toServer);
        }

        while (FrameHeader.TryRead(fromServer.Unread, out FrameHeader header))
        {
            header.Check(ProtocolLimits.AuthenticationMessage);
            int size = (int)header.FrameBytes;
            if (fromServer.Count < size)
            {
                break;
            }

            ServerLoginState state = Take(header.Type, fromServer.Unread[..size], toServer, toClient);
            fromServer.Consume(size);
            if (state != ServerLoginState.Reading)
            {
                return state;
            }
        }

        return ServerLoginState.Reading;
    }

    private ServerLoginState Take(byte type, ReadOnlySpan<byte> frame, ByteBuffer toServer, ByteBuffer toClient)
    {
        ReadOnlySpan<byte> body = frame[FrameHeader.Size..];
        switch (type)
        {
            case BackendMessage.ErrorResponse:
                toClient.Write(frame);
                return ServerLoginState.Refused;
            case BackendMessage.NoticeResponse:
                toClient.Write(frame);
                return ServerLoginState.Reading;
            case BackendMessage.NegotiateProtocolVersion when _phase == Phase.Start:
                CheckNegotiation(body);
                return ServerLoginState.Reading;
            case BackendMessage.Authentication when _phase < Phase.Settled:
                Authenticate(body, toServer);
                return _phase == Phase.Asked ? ServerLoginState.Asked : ServerLoginState.Reading;
            case BackendMessage.ParameterStatus when _phase == Phase.Settled:
                if (pinned)
                {
                    PinnedParameters.Check(body);
                }

                toClient.Write(frame);
                return ServerLoginState.Reading;
            case BackendMessage.BackendKeyData when _phase == Phase.Settled:
                Key = BackendKeyData.Read(body);
                ours.Write(toClient);
                return ServerLoginState.Reading;
            case BackendMessage.ReadyForQuery when _phase == Phase.Settled && body is [(byte)TransactionStatus.Idle]:
                toClient.Write(frame);
                return ServerLoginState.Ready;
            default:
                throw new ProtocolException($"the server sent a message of type {FrameHeader.Name(type)}, which does not belong here");
        }
    }

    private void Authenticate(ReadOnlySpan<byte> body, ByteBuffer toServer)
    {
        FieldReader fields = new(body);
        AuthenticationKind kind = (AuthenticationKind)fields.ReadInt32();
        switch (kind)
        {
            case AuthenticationKind.Sasl when _phase == Phase.Start && terms.Login != ServerLoginMethod.Certificate:
                Select(fields.Rest, toServer);
                break;
            case AuthenticationKind.SaslContinue when _phase == Phase.Challenge:
                TakeChallenge(fields.Rest, toServer);
                break;
            case AuthenticationKind.SaslFinal when _phase == Phase.Signature:
                _scram!.Verify(fields.Rest);
                _phase = Phase.Proven;
                break;
            case AuthenticationKind.Ok when _phase == Phase.Proven || (_phase == Phase.Start && terms.Login == ServerLoginMethod.Certificate):
                _phase = Phase.Settled;
                break;
            case AuthenticationKind.Ok:
                throw NotProven("it lets the role in without it");
            case var _ when terms.Login == ServerLoginMethod.Certificate:
                throw new ProtocolException(SqlState.InvalidAuthorization, $"server {terms.Name} did not take the gateway's certificate for role \"{proof.User}\"",
                    hint: "Use method cert for this role in the server's pg_hba.conf, with a map from the certificate's name to it.");
            default:
                throw NotProven($"it asks for authentication method {(int)kind}");
        }
    }

    private void Select(ReadOnlySpan<byte> mechanisms, ByteBuffer toServer)
    {
        ReadOnlyMemory<byte> endPoint = _encryption.Tls is { EndPointHash.IsDefaultOrEmpty: false } tls ? tls.EndPointHash.AsMemory() : default;
        bool plus = AuthenticationMessage.Offers(mechanisms, Encoding.ASCII.GetBytes(ScramKeys.MechanismPlus));
        _scram = new ScramClientExchange(nonce, endPoint: endPoint, plus: plus);
        if (!AuthenticationMessage.Offers(mechanisms, Encoding.ASCII.GetBytes(_scram.Mechanism)))
        {
            throw NotProven("it does not offer SCRAM-SHA-256");
        }

        SaslMessages.WriteInitial(toServer, _scram.Mechanism, _scram.First);
        _phase = Phase.Challenge;
    }

    private void TakeChallenge(ReadOnlySpan<byte> message, ByteBuffer toServer)
    {
        _challenge = _scram!.Challenge(message);
        if (terms.Login != ServerLoginMethod.PassThrough)
        {
            _phase = Phase.Asked;
            return;
        }

        if (proof.Keys is null)
        {
            throw new ProtocolException(SqlState.InvalidAuthorization, $"a login by {proof.Method} cannot be passed through to server {terms.Name}", hint: "Use login = \"secret\" or \"certificate\" for it.");
        }

        if (proof.KeysFor != _challenge)
        {
            throw new ProtocolException(SqlState.InvalidAuthorization,
                $"the password of role \"{proof.User}\" at server {terms.Name} is not the one that the client was checked against: salt or iterations differ",
                hint: "Have the gateway read its verifiers from this server (auth_user), or try again: the password may just have been changed.");
        }

        Respond(proof.Keys, toServer);
    }

    private void Respond(ScramKeys keys, ByteBuffer toServer)
    {
        _answer = null;
        SaslMessages.Write(toServer, _scram!.Final(keys));
        _phase = Phase.Signature;
    }

    private static void CheckNegotiation(ReadOnlySpan<byte> body)
    {
        NegotiateProtocolVersion negotiation = NegotiateProtocolVersion.Read(body);
        if (negotiation.Newest.Major != 3 || negotiation.Newest.Minor > ProtocolVersion.V32.Minor || negotiation.Unknown.Length > 0)
        {
            throw new ProtocolException("the server answered with a protocol version or option that was not asked for");
        }
    }

    private static ProtocolException NotProven(string what) =>
        new(SqlState.InvalidAuthorization, $"the server must ask for SCRAM-SHA-256, but {what}", hint: "Use method scram-sha-256 for this role in the server's pg_hba.conf.");
}
