using System.Buffers;
using System.Threading.Tasks.Sources;

namespace Lockplane.Gateway.Loops;

/// <summary>What SslStream takes for the network: records that were received, and whatever it wants sent.</summary>
/// <remarks>
/// A read gives at most one record, so SslStream never holds one that nobody knows of. Without a record a read stays pending; the next
/// record completes it on the caller's stack, and allocates nothing.
/// </remarks>
internal sealed class CipherStream(Connection inner) : Stream, IValueTaskSource<int>
{
    private ManualResetValueTaskSourceCore<int> _read;
    private Memory<byte> _wanted;
    private bool _pending;
    private bool _ended;
    private byte[] _source = [];
    private int _start;
    private int _end;
    private int _left;
    private byte[] _out = [];
    private int _outStart;
    private int _outEnd;

    /// <summary>Ciphertext that the system has not taken yet; while there is some, no more plain bytes may be written.</summary>
    public bool HasOutput => _outEnd > _outStart;

    /// <summary>The connection is lost for sending.</summary>
    public bool IsLost { get; private set; }

    /// <summary>What was fed and not yet read.</summary>
    public ReadOnlySpan<byte> Unread => _source.AsSpan(_start, _end - _start);

    /// <summary>Whether what was fed holds a whole record, or the rest of one that was begun.</summary>
    public bool HasRecord => _left > 0 || TlsRecord.Length(Unread) > 0;

    /// <summary>Whether what follows is no TLS at all.</summary>
    public bool IsMalformed => _left == 0 && TlsRecord.Length(Unread) < 0;

    /// <summary>Whether a read waits for a record.</summary>
    public bool IsWanting => _pending;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Says where received ciphertext is, until the next call.</summary>
    public void Feed(byte[] source, int start, int count)
    {
        _source = source;
        _start = start;
        _end = start + count;
    }

    /// <summary>Completes the read that waits, if there is a whole record; what it was for goes on at once, on this stack.</summary>
    public void Resume()
    {
        if (_pending && HasRecord)
        {
            _pending = false;
            _read.SetResult(Take(_wanted));
        }
    }

    /// <summary>Every read from now on finds the end.</summary>
    public void End()
    {
        _ended = true;
        if (_pending)
        {
            _pending = false;
            _read.SetResult(0);
        }
    }

    /// <summary>Sends what is left; false when there is still some.</summary>
    public bool Flush(bool discard)
    {
        while (HasOutput && !discard)
        {
            int count = inner.Send(_out.AsSpan(_outStart, _outEnd - _outStart));
            if (count == 0)
            {
                return false;
            }

            if (count < 0)
            {
                IsLost = true;
                break;
            }

            _outStart += count;
        }

        if (_out.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_out);
            _out = [];
        }

        _outStart = _outEnd = 0;
        return true;
    }

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_ended)
        {
            return new ValueTask<int>(0);
        }

        if (HasRecord)
        {
            return new ValueTask<int>(Take(buffer));
        }

        _read.Reset();
        _wanted = buffer;
        _pending = true;
        return new ValueTask<int>(this, _read.Version);
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!HasOutput && !IsLost && !buffer.IsEmpty)
        {
            int count = inner.Send(buffer);
            if (count == 0)
            {
                break;
            }

            IsLost = count < 0;
            buffer = buffer[Math.Max(count, 0)..];
        }

        if (!IsLost && !buffer.IsEmpty)
        {
            Keep(buffer);
        }
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    int IValueTaskSource<int>.GetResult(short token) => _read.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _read.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _read.OnCompleted(continuation, state, token, flags);

    private int Take(Memory<byte> into)
    {
        if (_left == 0)
        {
            _left = TlsRecord.Length(Unread);
        }

        int count = Math.Min(into.Length, _left);
        Unread[..count].CopyTo(into.Span);
        _start += count;
        _left -= count;
        return count;
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (_out.Length - _outEnd < bytes.Length)
        {
            byte[] bigger = ArrayPool<byte>.Shared.Rent(_outEnd - _outStart + bytes.Length);
            _out.AsSpan(_outStart, _outEnd - _outStart).CopyTo(bigger);
            if (_out.Length > 0)
            {
                ArrayPool<byte>.Shared.Return(_out);
            }

            _out = bigger;
            _outEnd -= _outStart;
            _outStart = 0;
        }

        bytes.CopyTo(_out.AsSpan(_outEnd));
        _outEnd += bytes.Length;
    }
}
