using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Lockplane.Gateway.Statements;

/// <summary>A hash of a text, under secrets of this process: it finds candidates whose bytes are then compared, so a collision costs time and nothing else.</summary>
/// <remarks>Multiplies sixteen bytes at a time to 128 bits and folds the halves together. Measured against the library's hashes in bench/README.md.</remarks>
internal static class TextHash
{
    private static readonly ulong First = Secret();
    private static readonly ulong Second = Secret();
    private static readonly ulong Third = Secret();

    public static ulong Of(ReadOnlySpan<byte> text)
    {
        ulong hash = Third ^ (ulong)text.Length;
        int length = text.Length;
        ref byte from = ref MemoryMarshal.GetReference(text);
        if (length < 8)
        {
            ulong few = 0;
            foreach (byte b in text)
            {
                few = (few << 8) | b;
            }

            return Fold(Fold(few ^ First, hash), Second);
        }

        int at = 0;
        for (; at + 16 < length; at += 16)
        {
            hash = Fold(Read(ref from, at) ^ First, Read(ref from, at + 8) ^ hash);
        }

        // The last sixteen, some of them read again, or the first and last eight of fewer.
        return Fold(Fold(Read(ref from, Math.Max(0, length - 16)) ^ First, Read(ref from, length - 8) ^ hash), Second);
    }

    private static ulong Read(ref byte from, int at) => Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref from, at));

    private static ulong Fold(ulong left, ulong right)
    {
        ulong high = Math.BigMul(left, right, out ulong low);
        return high ^ low;
    }

    private static ulong Secret() => BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(8)) | 1;
}
