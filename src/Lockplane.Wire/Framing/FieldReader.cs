using System.Buffers.Binary;
using System.Text;

namespace Lockplane.Wire.Framing;

/// <summary>Reads the fields of a message's body in order. Reading spans allocates nothing.</summary>
public ref struct FieldReader(ReadOnlySpan<byte> body)
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private ReadOnlySpan<byte> _rest = body;

    /// <summary>What has not been read yet.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    /// <summary>Whether all was read.</summary>
    public readonly bool AtEnd => _rest.IsEmpty;

    public byte ReadByte() => ReadBytes(1)[0];

    public int ReadInt32() => BinaryPrimitives.ReadInt32BigEndian(ReadBytes(4));

    public short ReadInt16() => BinaryPrimitives.ReadInt16BigEndian(ReadBytes(2));

    /// <summary>The next <paramref name="count"/> bytes.</summary>
    /// <exception cref="ProtocolException">The message is shorter.</exception>
    public ReadOnlySpan<byte> ReadBytes(int count)
    {
        if (count < 0 || count > _rest.Length)
        {
            throw new ProtocolException("a message is shorter than its fields");
        }

        ReadOnlySpan<byte> field = _rest[..count];
        _rest = _rest[count..];
        return field;
    }

    /// <summary>The bytes up to the next NUL, which is consumed with them.</summary>
    /// <exception cref="ProtocolException">There is no NUL.</exception>
    public ReadOnlySpan<byte> ReadCString() => TryReadCString(out ReadOnlySpan<byte> text)
        ? text
        : throw new ProtocolException("a string in a message is not terminated");

    /// <summary>As <see cref="ReadCString"/>; false where it throws.</summary>
    public bool TryReadCString(out ReadOnlySpan<byte> text)
    {
        int end = _rest.IndexOf((byte)0);
        if (end < 0)
        {
            text = default;
            return false;
        }

        text = _rest[..end];
        _rest = _rest[(end + 1)..];
        return true;
    }

    /// <summary>A NUL-terminated string as text.</summary>
    /// <exception cref="ProtocolException">08P01 when it is not terminated, 22021 when it is not UTF-8.</exception>
    public string ReadText() => Decode(ReadCString());

    /// <summary>Strict UTF-8.</summary>
    /// <exception cref="ProtocolException">22021.</exception>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw new ProtocolException(SqlState.CharacterNotInRepertoire, "a string in a message is not valid UTF-8");
        }
    }

    /// <summary>Demands that nothing is left.</summary>
    /// <exception cref="ProtocolException">08P01.</exception>
    public readonly void End()
    {
        if (!_rest.IsEmpty)
        {
            throw new ProtocolException("a message is longer than its fields");
        }
    }
}
