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
/// <param name="refusals">Those on their way.</param>
/// <param name="requests">Told of what is answered.</param>
/// <param name="pinned">Whether settings that decide how a text reads must keep their values: not under profile passthrough.</param>
internal sealed class ServerRelay(PendingRefusals refusals, RequestsInFlight requests, bool pinned = true) : IDisposable
{
    // The ErrorResponse to a replaced statement quotes one identifier; a longer one is the server's own.
    private const int LongestAnswer = 8 * 1024;

    // Header and status.
    private const int ReadyFrameBytes = FrameHeader.Size + 1;

    private const int LongestParameterStatus = ProtocolLimits.AuthenticationMessage;

    private readonly ByteBuffer _replacement = new(512);
    private long _forwarding;

    /// <summary>What goes to the client after <see cref="ServerAction.Replace"/>; the driver consumes it.</summary>
    public ByteBuffer Replacement => _replacement;

    /// <summary>Counts the ReadyForQuery that were seen.</summary>
    public int Answers { get; private set; }

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
            ReadOnlySpan<byte> frame = bytes[permitted..];
            if (TryReady(header, frame))
            {
                permitted += ReadyFrameBytes;
                continue;
            }

            int limit = Limit(header.Type);
            if (IsRead(header) || header.Length < 4 || header.Length > (uint)limit)
            {
                // Decided at the front only, so that what came before it goes out first.
                if (permitted > 0)
                {
                    break;
                }

                Check(header, limit);
                return frame.Length < header.FrameBytes ? default : Decide(header, frame[..(int)header.FrameBytes]);
            }

            LastWasError = header.Type == BackendMessage.ErrorResponse;
            if (header.Type == BackendMessage.CopyInResponse)
            {
                requests.CopyIn();
            }

            int available = (int)Math.Min(header.FrameBytes, frame.Length);
            _forwarding = header.FrameBytes - available;
            permitted += available;
        }

        return permitted > 0 ? new ServerStep(ServerAction.Forward, permitted) : default;
    }

    /// <inheritdoc/>
    public void Dispose() => _replacement.Dispose();

    /// <summary>The longest length field of a type; 0 for one that a server may not send here.</summary>
    private int Limit(byte type) => type switch
    {
        BackendMessage.ReadyForQuery => ReadyFrameBytes - 1,
        BackendMessage.ParameterStatus => LongestParameterStatus,
        BackendMessage.FunctionCallResponse when !pinned => ProtocolLimits.LargeMessage,
        _ => BackendMessage.IsRelayed(type) ? ProtocolLimits.LargeMessage : 0,
    };

    private static void Check(FrameHeader header, int limit)
    {
        if (limit == 0)
        {
            throw new ProtocolException($"the server sent a message of type {FrameHeader.Name(header.Type)}, which does not belong here");
        }

        header.Check(limit);
    }

    /// <summary>Takes the status of a whole and well-formed ReadyForQuery; others are decided about like what may end a session.</summary>
    private bool TryReady(FrameHeader header, ReadOnlySpan<byte> frame)
    {
        if (header != new FrameHeader(BackendMessage.ReadyForQuery, ReadyFrameBytes - 1) || frame.Length < ReadyFrameBytes
            || frame[FrameHeader.Size] is not ((byte)'I' or (byte)'T' or (byte)'E'))
        {
            return false;
        }

        requests.Ready((TransactionStatus)frame[FrameHeader.Size]);
        Answers++;
        LastWasError = false;
        return true;
    }

    private bool IsRead(FrameHeader header) => header.Type is BackendMessage.ReadyForQuery or BackendMessage.ParameterStatus
        || (header.Type == BackendMessage.ErrorResponse && header.Length <= LongestAnswer && refusals.Any);

    private ServerStep Decide(FrameHeader header, ReadOnlySpan<byte> frame)
    {
        ReadOnlySpan<byte> body = frame[FrameHeader.Size..];
        LastWasError = header.Type == BackendMessage.ErrorResponse;
        switch (header.Type)
        {
            case BackendMessage.ParameterStatus when pinned:
                PinnedParameters.Check(body);
                break;
            case BackendMessage.ErrorResponse when refusals.Take(body) is { } refusal:
                new ErrorFields(refusal.Code, refusal.Message, refusal.Detail, refusal.Hint, Position: refusal.Position).Write(_replacement);
                return new ServerStep(ServerAction.Replace, frame.Length);
            case BackendMessage.ReadyForQuery:
                throw new ProtocolException("the server sent a malformed ReadyForQuery");
        }

        return new ServerStep(ServerAction.Forward, frame.Length);
    }
}
