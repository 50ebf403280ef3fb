using System.Security.Cryptography;
using Lockplane.Wire;
using Lockplane.Wire.Backend;
using Lockplane.Wire.Frontend;

namespace Lockplane.Gateway.Sessions;

/// <summary>The cancel keys that the gateway issues, and whose they are. From any thread.</summary>
/// <param name="process">The number of this process: the upper 12 bits of every process id that it issues.</param>
internal sealed class CancelKeys(int process)
{
    /// <summary>Bytes of a key of protocol 3.0: the only kind that can be guessed.</summary>
    public const int ShortKeyBytes = 4;

    private const int SlotBits = 20;
    private const int LongKeyBytes = 32;

    private readonly Lock _gate = new();
    private readonly List<Entry?> _entries = [null];
    private readonly Queue<int> _free = new();

    private sealed record Entry(BackendKeyData Issued, Session Owner);

    /// <summary>The process that issued a key.</summary>
    public static int ProcessOf(CancelRequest request) => (int)((uint)request.ProcessId >> SlotBits);

    /// <summary>Whether this process issued it.</summary>
    public bool IsOurs(CancelRequest request) => ProcessOf(request) == process;

    /// <summary>A new key for a client: 32 random bytes, or the 4 that protocol 3.0 has.</summary>
    public BackendKeyData Issue(ProtocolVersion version, Session owner)
    {
        byte[] key = RandomNumberGenerator.GetBytes(version.HasLongCancelKeys ? LongKeyBytes : ShortKeyBytes);
        lock (_gate)
        {
            // The slot that is free for longest, so that a late cancel finds nobody rather than somebody else.
            if (_entries.Count < 1 << SlotBits && _free.Count < 1_024)
            {
                _free.Enqueue(_entries.Count);
                _entries.Add(null);
            }

            int slot = _free.Dequeue();
            BackendKeyData issued = new((process << SlotBits) | slot, [.. key]);
            _entries[slot] = new Entry(issued, owner);
            return issued;
        }
    }

    /// <summary>Forgets a key when its session ends.</summary>
    public void Withdraw(BackendKeyData issued)
    {
        int slot = issued.ProcessId & ((1 << SlotBits) - 1);
        lock (_gate)
        {
            if (_entries[slot]?.Issued == issued)
            {
                _entries[slot] = null;
                _free.Enqueue(slot);
            }
        }
    }

    /// <summary>The session of a key; null for a key that was not issued. Compares in constant time.</summary>
    public Session? Find(CancelRequest request)
    {
        int slot = request.ProcessId & ((1 << SlotBits) - 1);
        Entry? entry;
        lock (_gate)
        {
            entry = IsOurs(request) && slot < _entries.Count ? _entries[slot] : null;
        }

        return entry is not null && CryptographicOperations.FixedTimeEquals(entry.Issued.Key.AsSpan(), request.Key.AsSpan()) ? entry.Owner : null;
    }
}
