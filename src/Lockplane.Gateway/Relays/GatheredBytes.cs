namespace Lockplane.Gateway.Relays;

/// <summary>What all sessions together hold of statements that are not whole, or are being judged. From any thread.</summary>
internal sealed class GatheredBytes(long most)
{
    private long _most = most;
    private long _held;

    /// <summary><c>gateway.max_gathered_bytes</c>.</summary>
    public long Most => Volatile.Read(ref _most);

    /// <summary>What is held now.</summary>
    public long Held => Volatile.Read(ref _held);

    /// <summary>Takes another limit; what is held already stays.</summary>
    public void Limit(long bytes) => Volatile.Write(ref _most, bytes);

    /// <summary>Counts more bytes; false, and not counted, when they are too many.</summary>
    public bool TryHold(int bytes)
    {
        if (Interlocked.Add(ref _held, bytes) <= Most)
        {
            return true;
        }

        Release(bytes);
        return false;
    }

    /// <summary>Counts bytes no more.</summary>
    public void Release(int bytes) => Interlocked.Add(ref _held, -bytes);
}
