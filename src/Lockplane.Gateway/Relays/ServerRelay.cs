using Lockplane.Gateway.Statements;
using Lockplane.Wire;
using Lockplane.Wire.Backend;
using Lockplane.Wire.Framing;

namespace Lockplane.Gateway.Relays;

/// <summary>What is to be done with the first bytes that a server sent.</summary>
internal enum ServerAction
{
    /// <summary>Nothing can be decided before there are more bytes; keep these.</summary>
    Read,

    /// <summary>They go to the client as they are.</summary>
    Forward,

    /// <summary>They are dropped, and <see cref="ServerRelay.Replacement"/> goes to the client in their place.</summary>
    Replace,
}

/// <summary>An action and how many bytes it is for.</summary>
internal readonly record struct ServerStep(ServerAction Action, int Bytes);

/// <summary>The direction from server to client: bytes in, decisions out; knows no socket.</summary>
/// <remarks>
/// Reads headers, ReadyForQuery's status, ParameterStatus, and ErrorResponse once a statement was refused; everything else goes on by
/// length. The permitted path allocates nothing, takes no lock and logs nothing (see README.md).
/// </remarks>
internal sealed class ServerRelay(PendingRefusals refusals) : IDisposable
{
    // The ErrorResponse to a replaced statement quotes one identifier; a longer one is the server's own.
    private const int LongestAnswer = 8 * 1024;

    private const int LongestParameterStatus = ProtocolLimits.AuthenticationMessage;

    private readonly ByteBuffer _replacement = new(512);
    private long _forwarding;
    private volatile TransactionStatus _status = TransactionStatus.Idle;

    /// <summary>What goes to the client after <see cref="ServerAction.Replace"/>; the driver consumes it.</summary>
    public ByteBuffer Replacement => _replacement;

    /// <summary>The status of the last ReadyForQuery; unknown once the client has sent something since. Read and written from both directions.</summary>
    public TransactionStatus Status => _status;

    /// <summary>Whether all that was forwarded are whole messages, so that one of ours may follow.</summary>
    public bool AtFrameBoundary => _forwarding == 0;

    /// <summary>Whether the last whole message was an ErrorResponse: what a server says before it goes.</summary>
    public bool LastWasError { get; private set; }

    /// <summary>Decides about the first of the bytes that were read and not yet consumed.</summary>
    /// <exception cref="ProtocolException">The session ends. Bytes before the violation were forwarded first.</exception>
    public ServerStep Next(ReadOnlySpan<byte> bytes)
    {
        int permitted = (int)Math.Min(_forwarding, bytes.Length);
        _forwarding -= permitted;
        while (_forwarding == 0 && FrameHeader.TryRead(bytes[permitted..], out FrameHeader header))
        {
            bool violates = !BackendMessage.IsRelayed(header.Type) || header.Length is < 4 or > ProtocolLimits.LargeMessage;
            if (violates && permitted > 0)
            {
                break;
            }

            Check(header);
            LastWasError = header.Type == BackendMessage.ErrorResponse;
            ReadOnlySpan<byte> frame = bytes[permitted..];
            if (IsRead(header))
            {
                if (frame.Length < header.FrameBytes)
                {
                    break;
                }

                ReadOnlySpan<byte> body = frame[FrameHeader.Size..(int)header.FrameBytes];
                if (header.Type == BackendMessage.ErrorResponse)
                {
                    if (permitted > 0)
                    {
                        // An answer of ours replaces whole bytes at the front only.
                        break;
                    }

                    if (refusals.Take(body) is { } refusal)
                    {
                        return Replace(refusal, (int)header.FrameBytes);
                    }
                }
                else if (permitted > 0 && header.Type == BackendMessage.ParameterStatus)
                {
                    break;
                }
                else
                {
                    Read(header.Type, body);
                }

                permitted += (int)header.FrameBytes;
                continue;
            }

            int available = (int)Math.Min(header.FrameBytes, frame.Length);
            _forwarding = header.FrameBytes - available;
            permitted += available;
        }

        return permitted > 0 ? new ServerStep(ServerAction.Forward, permitted) : default;
    }

    /// <summary>Told when something goes to the server: its status is unknown until it says it again.</summary>
    public void RequestSent() => _status = TransactionStatus.Unknown;

    /// <inheritdoc/>
    public void Dispose() => _replacement.Dispose();

    private static void Check(FrameHeader header)
    {
        if (!BackendMessage.IsRelayed(header.Type))
        {
            throw new ProtocolException($"the server sent a message of type {FrameHeader.Name(header.Type)}, which does not belong here");
        }

        header.Check(header.Type == BackendMessage.ParameterStatus ? LongestParameterStatus : ProtocolLimits.LargeMessage);
    }

    private bool IsRead(FrameHeader header) => header.Type is BackendMessage.ReadyForQuery or BackendMessage.ParameterStatus
        || (header.Type == BackendMessage.ErrorResponse && header.Length <= LongestAnswer && refusals.Any);

    private void Read(byte type, ReadOnlySpan<byte> body)
    {
        if (type == BackendMessage.ParameterStatus)
        {
            PinnedParameters.Check(body);
            return;
        }

        if (body.Length != 1 || body[0] is not ((byte)'I' or (byte)'T' or (byte)'E'))
        {
            throw new ProtocolException("the server sent a malformed ReadyForQuery");
        }

        _status = (TransactionStatus)body[0];
    }

    private ServerStep Replace(Refusal refusal, int bytes)
    {
        new ErrorFields(refusal.Code, refusal.Message, refusal.Detail, refusal.Hint, Position: refusal.Position).Write(_replacement);
        return new ServerStep(ServerAction.Replace, bytes);
    }
}
