using System.Buffers.Binary;
using Lockplane.Wire.Framing;

namespace Lockplane.Wire.Frontend;

/// <summary>The first thing that a client sends, without a type byte: one of the four kinds below.</summary>
/// <remarks>Spec: "Message Formats", StartupMessage, SSLRequest, GSSENCRequest, CancelRequest. At most <see cref="ProtocolLimits.StartupPacket"/> bytes.</remarks>
public abstract record StartupPacket
{
    /// <summary>Reads a packet from the front of the bytes; 0 when it is not whole yet, otherwise how many bytes it took.</summary>
    /// <exception cref="ProtocolException">08P01 malformed or too long; 0A000 for another major version; 22021 for text that is not UTF-8.</exception>
    public static int TryRead(ReadOnlySpan<byte> bytes, out StartupPacket? packet)
    {
        packet = null;
        if (bytes.Length < 4)
        {
            return 0;
        }

        uint length = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        if (length is < 8 or > ProtocolLimits.StartupPacket)
        {
            throw new ProtocolException($"invalid length of start-up packet: {length} (allowed: 8 to {ProtocolLimits.StartupPacket})");
        }

        if (bytes.Length < (int)length)
        {
            return 0;
        }

        packet = Read(bytes[4..(int)length]);
        return (int)length;
    }

    private static StartupPacket Read(ReadOnlySpan<byte> body)
    {
        FieldReader fields = new(body);
        ProtocolVersion version = new((uint)fields.ReadInt32());
        if (version == ProtocolVersion.SslRequest || version == ProtocolVersion.GssEncRequest)
        {
            fields.End();
            return new EncryptionRequest(version == ProtocolVersion.GssEncRequest);
        }

        if (version == ProtocolVersion.CancelRequest)
        {
            int processId = fields.ReadInt32();
            ReadOnlySpan<byte> key = fields.Rest;
            return key.Length is >= 4 and <= ProtocolLimits.CancelKeyBytes
                ? new CancelRequest(processId, [.. key])
                : throw new ProtocolException($"invalid length of cancel key: {key.Length} (allowed: 4 to {ProtocolLimits.CancelKeyBytes})");
        }

        return StartupMessage.Read(version, fields);
    }
}

/// <summary>SSLRequest or GSSENCRequest: may the connection be encrypted?</summary>
public sealed record EncryptionRequest(bool Gss) : StartupPacket
{
    /// <summary>Writes an SSLRequest.</summary>
    public static void WriteSsl(ByteBuffer buffer)
    {
        FrameWriter packet = FrameWriter.BeginStartup(buffer);
        packet.WriteInt32((int)ProtocolVersion.SslRequest.Code);
        packet.End();
    }
}
