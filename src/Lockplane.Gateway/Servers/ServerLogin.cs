using System.Text;
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
    /// <summary>More bytes of the server are needed.</summary>
    Reading,

    /// <summary>The server is ready for the first query; what it said so far is in the client's buffer.</summary>
    Ready,

    /// <summary>The server refused; its ErrorResponse is in the client's buffer.</summary>
    Refused,
}

/// <summary>The start-up with the server: bytes in, bytes out; knows no socket.</summary>
/// <param name="startup">The StartupMessage that the gateway built.</param>
/// <param name="keys">The role's keys for the server's challenge; may refuse with a <see cref="ProtocolException"/>.</param>
/// <param name="nonce">Fresh and random, printable ASCII without comma.</param>
/// <param name="ours">The BackendKeyData that the client gets in place of the server's.</param>
/// <remarks>Fails closed: a server that lets the role in without proving by SCRAM-SHA-256 that it knows the password is refused.</remarks>
internal sealed class ServerLogin(StartupMessage startup, Func<ScramChallenge, ScramKeys> keys, string nonce, BackendKeyData ours)
{
    private readonly ScramClientExchange _scram = new(nonce);
    private Phase _phase = Phase.Start;

    private enum Phase
    {
        Start,
        Challenge,
        Signature,
        Proven,
        Settled,
    }

    /// <summary>What a CancelRequest to the server must repeat; null when it sent none.</summary>
    public BackendKeyData? Key { get; private set; }

    /// <summary>Writes the StartupMessage.</summary>
    public void Start(ByteBuffer toServer) => startup.Write(toServer);

    /// <summary>Takes as many whole messages as are there.</summary>
    /// <exception cref="ProtocolException">08P01 malformed or out of order; 28000 no proof or no password; 42501 an encoding that is not UTF8.</exception>
    public ServerLoginState Advance(ByteBuffer fromServer, ByteBuffer toServer, ByteBuffer toClient)
    {
        while (FrameHeader.TryRead(fromServer.Unread, out FrameHeader header))
        {
            header.Check(ProtocolLimits.AuthenticationMessage);
            int size = (int)header.FrameBytes;
            if (fromServer.Count < size)
            {
                break;
            }

            ReadOnlySpan<byte> frame = fromServer.Unread[..size];
            ServerLoginState state = Take(header.Type, frame, toServer, toClient);
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
                return ServerLoginState.Reading;
            case BackendMessage.ParameterStatus when _phase == Phase.Settled:
                PinnedParameters.Check(body);
                toClient.Write(frame);
                return ServerLoginState.Reading;
            case BackendMessage.BackendKeyData when _phase == Phase.Settled:
                Key = BackendKeyData.Read(body);
                ours.Write(toClient);
                return ServerLoginState.Reading;
            case BackendMessage.ReadyForQuery when _phase == Phase.Settled:
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
            case AuthenticationKind.Sasl when _phase == Phase.Start:
                if (!AuthenticationMessage.Offers(fields.Rest, Encoding.ASCII.GetBytes(ScramKeys.Mechanism)))
                {
                    throw NotProven("it does not offer SCRAM-SHA-256");
                }

                SaslMessages.WriteInitial(toServer, ScramKeys.Mechanism, _scram.First);
                _phase = Phase.Challenge;
                break;
            case AuthenticationKind.SaslContinue when _phase == Phase.Challenge:
                SaslMessages.Write(toServer, _scram.Final(keys(_scram.Challenge(fields.Rest))));
                _phase = Phase.Signature;
                break;
            case AuthenticationKind.SaslFinal when _phase == Phase.Signature:
                _scram.Verify(fields.Rest);
                _phase = Phase.Proven;
                break;
            case AuthenticationKind.Ok when _phase == Phase.Proven:
                _phase = Phase.Settled;
                break;
            case AuthenticationKind.Ok:
                throw NotProven("it lets the role in without it");
            default:
                throw NotProven($"it asks for authentication method {(int)kind}");
        }
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
