using System.Buffers;
using System.Buffers.Binary;

namespace Lockplane.Wire.Framing;

/// <summary>Bytes between a reader and a writer, in one pooled array: written at the end, consumed at the front.</summary>
/// <param name="initialBytes">What is rented when the first byte comes; what is empty owns no array.</param>
/// <param name="secret">Passwords or keys pass through: arrays are wiped before they go back.</param>
/// <remarks>Not thread-safe. Grows by doubling as bytes arrive, never by what a peer announces.</remarks>
public sealed class ByteBuffer(int initialBytes = ByteBuffer.DefaultBytes, bool secret = false) : IDisposable
{
    /// <summary>What is rented first.</summary>
    public const int DefaultBytes = 16 * 1024;

    private byte[] _bytes = [];
    private int _start;
    private int _end;

    /// <summary>The bytes that were written and not yet consumed.</summary>
    public ReadOnlySpan<byte> Unread => _bytes.AsSpan(_start, _end - _start);

    /// <summary>The same bytes for asynchronous sends; valid until the next write or consume.</summary>
    public ReadOnlyMemory<byte> UnreadMemory => _bytes.AsMemory(_start, _end - _start);

    /// <summary>How many bytes wait to be consumed.</summary>
    public int Count => _end - _start;

    /// <summary>Space for at least <paramref name="minimum"/> more bytes, growing where needed.</summary>
    public Memory<byte> Space(int minimum)
    {
        MakeSpace(minimum);
        return _bytes.AsMemory(_end);
    }

    /// <summary>Space for exactly <paramref name="count"/> bytes, which count as written at once.</summary>
    public Span<byte> Take(int count)
    {
        MakeSpace(count);
        Span<byte> taken = _bytes.AsSpan(_end, count);
        _end += count;
        return taken;
    }

    /// <summary>Says that <paramref name="count"/> bytes were written into <see cref="Space"/>.</summary>
    public void Written(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_bytes.Length - _end));
        _end += count;
    }

    /// <summary>Appends bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Take(bytes.Length));

    /// <summary>Overwrites four of the unread bytes, which begin at <paramref name="offset"/>.</summary>
    internal void PutInt32(int offset, int value) => BinaryPrimitives.WriteInt32BigEndian(_bytes.AsSpan(_start + offset, 4), value);

    /// <summary>Drops the first <paramref name="count"/> bytes; the array goes back with the last.</summary>
    public void Consume(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)Count);
        _start += count;
        if (_start == _end)
        {
            Dispose();
        }
    }

    /// <summary>Gives the array back. The buffer is empty then, and can be used again.</summary>
    public void Dispose()
    {
        byte[] bytes = _bytes;
        _bytes = [];
        _start = _end = 0;
        Return(bytes);
    }

    private void MakeSpace(int minimum)
    {
        if (_bytes.Length - _end >= minimum)
        {
            return;
        }

        if (_start > 0 && _bytes.Length - Count >= minimum)
        {
            Unread.CopyTo(_bytes);
            _end -= _start;
            _start = 0;
            return;
        }

        byte[] bigger = ArrayPool<byte>.Shared.Rent(Math.Max(checked(Count + minimum), Math.Max(initialBytes, _bytes.Length * 2)));
        Unread.CopyTo(bigger);
        _end -= _start;
        _start = 0;
        Return(_bytes);
        _bytes = bigger;
    }

    private void Return(byte[] bytes)
    {
        if (bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(bytes, clearArray: secret);
        }
    }
}
