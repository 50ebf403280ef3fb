using System.Buffers.Binary;
using System.Text;

namespace Lockplane.Wire.Framing;

/// <summary>Writes one message into a buffer and fills in its length at the end.</summary>
/// <remarks>Use: <c>FrameWriter frame = FrameWriter.Begin(buffer, type); frame.WriteInt32(...); frame.End();</c></remarks>
public readonly ref struct FrameWriter
{
    private readonly ByteBuffer _buffer;
    private readonly int _lengthAt;

    private FrameWriter(ByteBuffer buffer, int lengthAt)
    {
        _buffer = buffer;
        _lengthAt = lengthAt;
    }

    /// <summary>Begins a message with a type byte.</summary>
    public static FrameWriter Begin(ByteBuffer buffer, byte type)
    {
        int at = buffer.Count + 1;
        buffer.Take(5)[0] = type;
        return new FrameWriter(buffer, at);
    }

    /// <summary>Begins a start-up packet, which has no type byte.</summary>
    public static FrameWriter BeginStartup(ByteBuffer buffer)
    {
        int at = buffer.Count;
        buffer.Take(4);
        return new FrameWriter(buffer, at);
    }

    public void WriteByte(byte value) => _buffer.Take(1)[0] = value;

    public void WriteInt32(int value) => BinaryPrimitives.WriteInt32BigEndian(_buffer.Take(4), value);

    public void WriteBytes(ReadOnlySpan<byte> bytes) => _buffer.Write(bytes);

    /// <summary>Text as UTF-8, without a terminator.</summary>
    public void WriteText(string text) => Encoding.UTF8.GetBytes(text, _buffer.Take(Encoding.UTF8.GetByteCount(text)));

    /// <summary>Text as UTF-8 with its terminating NUL.</summary>
    /// <exception cref="ProtocolException">The text holds a NUL and would end early on the other side.</exception>
    public void WriteCString(string text)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            throw new ProtocolException("a string holds a NUL");
        }

        WriteText(text);
        WriteByte(0);
    }

    /// <summary>Fills in the length.</summary>
    public void End() => _buffer.PutInt32(_lengthAt, _buffer.Count - _lengthAt);
}
