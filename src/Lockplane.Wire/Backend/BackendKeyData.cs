using System.Collections.Immutable;
using Lockplane.Wire.Framing;

namespace Lockplane.Wire.Backend;

/// <summary>What a CancelRequest must repeat.</summary>
/// <remarks>Spec: "Message Formats", BackendKeyData. Shape: Int32 process, then the key: 4 bytes in 3.0, 4 to 256 in 3.2.</remarks>
public sealed record BackendKeyData(int ProcessId, ImmutableArray<byte> Key)
{
    /// <summary>Reads the body.</summary>
    /// <exception cref="ProtocolException">08P01.</exception>
    public static BackendKeyData Read(ReadOnlySpan<byte> body)
    {
        FieldReader fields = new(body);
        int processId = fields.ReadInt32();
        return fields.Rest.Length is >= 4 and <= ProtocolLimits.CancelKeyBytes
            ? new BackendKeyData(processId, [.. fields.Rest])
            : throw new ProtocolException($"invalid length of cancel key: {fields.Rest.Length} (allowed: 4 to {ProtocolLimits.CancelKeyBytes})");
    }

    /// <summary>Writes the message.</summary>
    public void Write(ByteBuffer buffer)
    {
        FrameWriter frame = FrameWriter.Begin(buffer, BackendMessage.BackendKeyData);
        frame.WriteInt32(ProcessId);
        frame.WriteBytes(Key.AsSpan());
        frame.End();
    }

    /// <summary>Without the key.</summary>
    public override string ToString() => $"BackendKeyData {{ ProcessId = {ProcessId} }}";
}
