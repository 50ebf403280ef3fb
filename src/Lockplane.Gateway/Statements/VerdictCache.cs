using System.Collections.Concurrent;

namespace Lockplane.Gateway.Statements;

/// <summary>
/// Verdicts by the exact bytes of a text, bounded, for any number of threads. Two generations: when the newer is full it becomes the older and the older is forgotten; a hit in the
/// older moves to the newer. A hit in the newer allocates nothing and takes no lock. The hash is seeded per process and only finds candidates: the bytes are compared.
/// </summary>
internal sealed class VerdictCache(int entries, int textBytes)
{
    private const int LongestText = 64 << 10;

    private readonly Lock _turn = new();
    private Generation _newer = new();
    private Generation _older = new();

    public bool TryFind(ReadOnlySpan<byte> text, out Verdict verdict)
    {
        if (Volatile.Read(ref _newer).TryFind(text, out verdict!))
        {
            return true;
        }

        if (!Volatile.Read(ref _older).TryFind(text, out verdict!))
        {
            return false;
        }

        Add(text, verdict);
        return true;
    }

    public void Add(ReadOnlySpan<byte> text, Verdict verdict)
    {
        if (text.Length > LongestText)
        {
            return;
        }

        Generation generation = Volatile.Read(ref _newer);
        if (generation.Count >= entries || generation.Bytes >= textBytes)
        {
            generation = Turn(generation);
        }

        generation.Add(text, verdict);
    }

    private Generation Turn(Generation full)
    {
        lock (_turn)
        {
            if (ReferenceEquals(_newer, full))
            {
                Volatile.Write(ref _older, full);
                Volatile.Write(ref _newer, new Generation());
            }

            return _newer;
        }
    }

    private sealed class Generation
    {
        private readonly ConcurrentDictionary<byte[], Verdict> _verdicts = new(new BytesComparer());
        private readonly ConcurrentDictionary<byte[], Verdict>.AlternateLookup<ReadOnlySpan<byte>> _byText;
        private int _count;
        private int _bytes;

        public Generation() => _byText = _verdicts.GetAlternateLookup<ReadOnlySpan<byte>>();

        public int Count => Volatile.Read(ref _count);

        public int Bytes => Volatile.Read(ref _bytes);

        public bool TryFind(ReadOnlySpan<byte> text, out Verdict? verdict) => _byText.TryGetValue(text, out verdict);

        public void Add(ReadOnlySpan<byte> text, Verdict verdict)
        {
            if (!_byText.TryAdd(text, verdict))
            {
                return;
            }

            Interlocked.Increment(ref _count);
            Interlocked.Add(ref _bytes, text.Length);
        }
    }

    private sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            HashCode hash = new();
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
