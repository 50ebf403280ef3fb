using System.Collections.Immutable;
using Lockplane.Wire.Framing;

namespace Lockplane.Wire.Frontend;

/// <summary>Asks for the running query of another connection to be cancelled.</summary>
/// <param name="ProcessId">From that connection's BackendKeyData.</param>
/// <param name="Key">4 bytes in protocol 3.0, up to 256 in 3.2.</param>
/// <remarks>Spec: "Canceling Requests in Progress".</remarks>
public sealed record CancelRequest(int ProcessId, ImmutableArray<byte> Key) : StartupPacket
{
    /// <summary>Writes the packet.</summary>
    public void Write(ByteBuffer buffer)
    {
        FrameWriter packet = FrameWriter.BeginStartup(buffer);
        packet.WriteInt32((int)ProtocolVersion.CancelRequest.Code);
        packet.WriteInt32(ProcessId);
        packet.WriteBytes(Key.AsSpan());
        packet.End();
    }

    /// <summary>Without the key.</summary>
    public override string ToString() => $"CancelRequest {{ ProcessId = {ProcessId} }}";
}
