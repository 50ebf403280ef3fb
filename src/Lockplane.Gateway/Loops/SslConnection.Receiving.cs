using System.Buffers;
using System.Security.Authentication;

namespace Lockplane.Gateway.Loops;

/// <summary>From ciphertext to plain bytes.</summary>
internal sealed unsafe partial class SslConnection
{
    /// <inheritdoc/>
    public override int Receive(Span<byte> into)
    {
        ArgumentOutOfRangeException.ThrowIfZero(into.Length);
        if (_plainCount > 0)
        {
            return TakePlain(into);
        }

        if (_ended || _closed)
        {
            return 0;
        }

        byte[] cipher = _loop.Tls.Cipher;
        int have = _restCount;
        if (!IsFilled)
        {
            // Behind the record that was begun.
            int count = _inner.Receive(cipher.AsSpan(have, TlsScratch.ReceiveBytes));
            if (count < 0)
            {
                return Blocked;
            }

            if (count == 0)
            {
                return End(_inner.Failure);
            }

            _rest.AsSpan(0, _restCount).CopyTo(cipher);
            have += count;
        }
        else
        {
            _rest.AsSpan(0, _restCount).CopyTo(cipher);
        }

        _stream.Feed(cipher, 0, have);
        try
        {
            return Decrypt(into);
        }
        catch (Exception e) when (e is IOException or AuthenticationException or InvalidOperationException)
        {
            return End(Text(e));
        }
        finally
        {
            KeepRest();
            LookAgain();
        }
    }

    // Plain bytes of all whole records that fit.
    private int Decrypt(Span<byte> into)
    {
        int total = 0;
        while (_stream.HasRecord)
        {
            Span<byte> space = into[total..];
            bool direct = space.Length >= TlsRecord.MostPlain;
            if (!direct && total > 0)
            {
                break;
            }

            int count = ReadRecord(direct ? space : _loop.Tls.Plain);
            if (count == 0)
            {
                _ended = true;
                break;
            }

            if (count > 0 && !direct)
            {
                return KeepPlain(into, count);
            }

            total += Math.Max(count, 0);
        }

        if (total > 0)
        {
            return total;
        }

        return _stream.IsMalformed ? End(NoRecord) : _ended ? 0 : Blocked;
    }

    // The plain bytes of one whole record: a count, 0 at close_notify, Blocked when it has none.
    private int ReadRecord(Span<byte> into)
    {
        fixed (byte* start = into)
        {
            PlainWindow window = _loop.Tls.Window;
            window.Place(start);
            try
            {
                if (_reading)
                {
                    _stream.Resume();
                }
                else
                {
                    _read = _ssl.ReadAsync(window.Whole);
                }

                _reading = !_read.IsCompleted;
                return _reading ? Blocked : _read.GetAwaiter().GetResult();
            }
            finally
            {
                window.Place(null);
            }
        }
    }

    private int KeepPlain(Span<byte> into, int count)
    {
        int taken = Math.Min(count, into.Length);
        _loop.Tls.Plain.AsSpan(0, taken).CopyTo(into);
        if (count > taken)
        {
            _plain = ArrayPool<byte>.Shared.Rent(count - taken);
            _plainStart = 0;
            _plainCount = count - taken;
            _loop.Tls.Plain.AsSpan(taken, _plainCount).CopyTo(_plain);
        }

        return taken;
    }

    private int TakePlain(Span<byte> into)
    {
        int taken = Math.Min(_plainCount, into.Length);
        _plain.AsSpan(_plainStart, taken).CopyTo(into);
        _plainStart += taken;
        _plainCount -= taken;
        if (_plainCount == 0)
        {
            Return(ref _plain);
        }

        LookAgain();
        return taken;
    }

    // Ciphertext that was not read yet goes to this connection's own array: the scratch is everybody's.
    private void KeepRest()
    {
        KeepRest(_stream.Unread);
        _stream.Feed([], 0, 0);
    }

    private void KeepRest(ReadOnlySpan<byte> rest)
    {
        if (rest.Length > _rest.Length)
        {
            Return(ref _rest);
            _rest = ArrayPool<byte>.Shared.Rent(rest.Length);
        }
        else if (rest.IsEmpty)
        {
            Return(ref _rest);
        }

        rest.CopyTo(_rest);
        _restCount = rest.Length;
    }
}
