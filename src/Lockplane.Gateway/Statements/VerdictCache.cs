using System.Collections.Concurrent;

namespace Lockplane.Gateway.Statements;

/// <summary>
/// Verdicts by the exact bytes of a text, bounded, for any number of threads. Two generations: when the newer is full it becomes the older and the older is forgotten; a hit in the
/// older moves to the newer. A hit in the newer allocates nothing and takes no lock. The hash is seeded per process and only finds candidates: the bytes are compared.
/// </summary>
internal sealed class VerdictCache(int entries, int textBytes)
{
    private const int LongestText = 64 << 10;

    private readonly Lock turn = new();
    private Generation newer = new();
    private Generation older = new();

    public bool TryFind(ReadOnlySpan<byte> text, out Verdict verdict)
    {
        if (Volatile.Read(ref newer).TryFind(text, out verdict!))
            return true;
        if (!Volatile.Read(ref older).TryFind(text, out verdict!))
            return false;
        Add(text, verdict);
        return true;
    }

    public void Add(ReadOnlySpan<byte> text, Verdict verdict)
    {
        if (text.Length > LongestText)
            return;
        var generation = Volatile.Read(ref newer);
        if (generation.Count >= entries || generation.Bytes >= textBytes)
            generation = Turn(generation);
        generation.Add(text, verdict);
    }

    private Generation Turn(Generation full)
    {
        lock (turn)
        {
            if (ReferenceEquals(newer, full))
            {
                Volatile.Write(ref older, full);
                Volatile.Write(ref newer, new Generation());
            }
            return newer;
        }
    }

    private sealed class Generation
    {
        private readonly ConcurrentDictionary<byte[], Verdict> verdicts = new(new BytesComparer());
        private readonly ConcurrentDictionary<byte[], Verdict>.AlternateLookup<ReadOnlySpan<byte>> byText;
        private int count;
        private int bytes;

        public Generation() => byText = verdicts.GetAlternateLookup<ReadOnlySpan<byte>>();

        public int Count => Volatile.Read(ref count);

        public int Bytes => Volatile.Read(ref bytes);

        public bool TryFind(ReadOnlySpan<byte> text, out Verdict? verdict) => byText.TryGetValue(text, out verdict);

        public void Add(ReadOnlySpan<byte> text, Verdict verdict)
        {
            if (!byText.TryAdd(text, verdict))
                return;
            Interlocked.Increment(ref count);
            Interlocked.Add(ref bytes, text.Length);
        }
    }

    private sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = new HashCode();
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
