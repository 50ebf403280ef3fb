using System.Buffers.Binary;

namespace Lockplane.Wire.Framing;

/// <summary>The five bytes before every message after start-up.</summary>
/// <param name="Type">The message's type byte.</param>
/// <param name="Length">The length field: counts itself, not the type byte. Unsigned, so that no value is negative.</param>
/// <remarks>Spec: "Message Formats". Shape: Byte1 type, Int32 length. Reading allocates nothing.</remarks>
public readonly record struct FrameHeader(byte Type, uint Length)
{
    /// <summary>Bytes of a header.</summary>
    public const int Size = 5;

    /// <summary>Bytes of the whole frame, header included: at most 4 GiB + 1, hence 64 bits.</summary>
    public long FrameBytes => Length + 1L;

    /// <summary>Reads a header; false when fewer than five bytes are there.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out FrameHeader header)
    {
        if (bytes.Length < Size)
        {
            header = default;
            return false;
        }

        header = new FrameHeader(bytes[0], BinaryPrimitives.ReadUInt32BigEndian(bytes[1..]));
        return true;
    }

    /// <summary>Refuses a length that no message of this type can have.</summary>
    /// <exception cref="ProtocolException">08P01, naming type and limit.</exception>
    public void Check(int limit)
    {
        if (Length < 4 || Length > (uint)limit)
        {
            throw new ProtocolException($"invalid message length {Length} in a message of type {Name(Type)} (allowed: 4 to {limit})");
        }
    }

    /// <summary>A type byte as people read it.</summary>
    public static string Name(byte type) => type is > 0x20 and < 0x7F ? $"'{(char)type}'" : $"0x{type:X2}";
}
