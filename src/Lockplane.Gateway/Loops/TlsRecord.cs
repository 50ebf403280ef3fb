using System.Buffers.Binary;

namespace Lockplane.Gateway.Loops;

/// <summary>The frames of TLS, as far as their borders.</summary>
internal static class TlsRecord
{
    /// <summary>The most plain bytes that one record carries.</summary>
    public const int MostPlain = 16 * 1024;

    /// <summary>The longest record that TLS 1.2 permits, with its header; 1.3 permits less.</summary>
    public const int Longest = HeaderBytes + MostPlain + 2048;

    private const int HeaderBytes = 5;

    /// <summary>The length of the first record with its header; 0 when it is not whole yet, negative when it is none.</summary>
    public static int Length(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderBytes)
        {
            return bytes.IsEmpty || IsType(bytes[0]) ? 0 : -1;
        }

        int length = HeaderBytes + BinaryPrimitives.ReadUInt16BigEndian(bytes[3..]);
        if (!IsType(bytes[0]) || bytes[1] != 3 || length > Longest)
        {
            return -1;
        }

        return length <= bytes.Length ? length : 0;
    }

    // change_cipher_spec, alert, handshake, application_data; a heartbeat (24) was never agreed on.
    private static bool IsType(byte type) => type is >= 20 and <= 23;
}
