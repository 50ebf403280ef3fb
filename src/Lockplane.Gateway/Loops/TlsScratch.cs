using System.Buffers;

namespace Lockplane.Gateway.Loops;

/// <summary>What all TLS connections of a loop share, for the length of one call each.</summary>
internal sealed class TlsScratch
{
    /// <summary>Received ciphertext: a record that was begun, and one receive.</summary>
    public byte[] Cipher { get; } = GC.AllocateUninitializedArray<byte>(ReceiveBytes + TlsRecord.Longest, pinned: true);

    /// <summary>One record's plain bytes, where the caller's space cannot take a whole one.</summary>
    public byte[] Plain { get; } = GC.AllocateUninitializedArray<byte>(TlsRecord.MostPlain, pinned: true);

    /// <summary>Where SslStream puts plain bytes.</summary>
    public PlainWindow Window { get; } = new();

    /// <summary>The most that is received at once.</summary>
    public const int ReceiveBytes = 64 * 1024;
}

/// <summary>Memory of one record's size over whatever span the call that goes on was given.</summary>
/// <remarks>A read of SslStream that stays open holds this, not the caller's bytes: it is completed in another call, over that call's span. Between calls it is nowhere.</remarks>
internal sealed unsafe class PlainWindow : MemoryManager<byte>
{
    private byte* _start;

    public PlainWindow() => Whole = CreateMemory(0, TlsRecord.MostPlain);

    /// <summary>All of it.</summary>
    public Memory<byte> Whole { get; }

    /// <summary>Puts it over pinned bytes, at least a record's, or nowhere (null).</summary>
    public void Place(byte* start) => _start = start;

    /// <inheritdoc/>
    public override Span<byte> GetSpan() =>
        _start != null ? new Span<byte>(_start, TlsRecord.MostPlain) : throw new InvalidOperationException("TLS bytes came outside a receive.");

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0) => new(_start + elementIndex);

    /// <inheritdoc/>
    public override void Unpin()
    {
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
    }
}
