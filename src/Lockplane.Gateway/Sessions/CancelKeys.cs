using System.Collections.Concurrent;
using System.Security.Cryptography;
using Lockplane.Wire;
using Lockplane.Wire.Backend;
using Lockplane.Wire.Frontend;

namespace Lockplane.Gateway.Sessions;

/// <summary>The cancel keys that the gateway issues, and the server's own that they stand for.</summary>
internal sealed class CancelKeys
{
    private const int LongKeyBytes = 32;
    private const int ShortKeyBytes = 4;

    private readonly ConcurrentDictionary<int, Entry> _entries = new();

    private sealed record Entry(BackendKeyData Issued)
    {
        public BackendKeyData? Server { get; set; }
    }

    /// <summary>A new key for a client: 32 random bytes, or the 4 that protocol 3.0 has.</summary>
    public BackendKeyData Issue(ProtocolVersion version)
    {
        while (true)
        {
            int processId = RandomNumberGenerator.GetInt32(1, int.MaxValue);
            byte[] key = RandomNumberGenerator.GetBytes(version.HasLongCancelKeys ? LongKeyBytes : ShortKeyBytes);
            BackendKeyData issued = new(processId, [.. key]);
            if (_entries.TryAdd(processId, new Entry(issued)))
            {
                return issued;
            }
        }
    }

    /// <summary>Says what an issued key stands for.</summary>
    public void Bind(BackendKeyData issued, BackendKeyData? server)
    {
        if (_entries.TryGetValue(issued.ProcessId, out Entry? entry))
        {
            entry.Server = server;
        }
    }

    /// <summary>Forgets a key when its session ends.</summary>
    public void Withdraw(BackendKeyData issued) => _entries.TryRemove(issued.ProcessId, out _);

    /// <summary>The server's own key; null for a key that was not issued.</summary>
    public BackendKeyData? Find(CancelRequest request) =>
        _entries.TryGetValue(request.ProcessId, out Entry? entry)
        && CryptographicOperations.FixedTimeEquals(entry.Issued.Key.AsSpan(), request.Key.AsSpan())
            ? entry.Server
            : null;
}
