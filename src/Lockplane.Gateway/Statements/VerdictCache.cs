using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Lockplane.Gateway.Statements;

/// <summary>
/// Verdicts by bytes, bounded in number and size, for any number of threads. A hit allocates nothing and takes no lock; the hash only finds candidates, the bytes are compared.
/// </summary>
/// <remarks>
/// When it is full, who has more than an eighth of it makes room from what is its own; otherwise the oldest goes. What was found since it was last looked at gets a second chance. So a session that sends new texts
/// without end forgets its own and leaves the others' alone.
/// </remarks>
internal sealed class VerdictCache
{
    private const int Shares = 8;
    private const int MostChances = 64;

    private readonly int _mostEntries;
    private readonly long _mostBytes;
    private readonly Entry?[] _buckets;
    private readonly Lock _gate = new();
    private readonly LinkedList<Entry> _all = new();
    private readonly Dictionary<long, Share> _shares = [];
    private long _bytes;

    public VerdictCache(int entries, long bytes)
    {
        (_mostEntries, _mostBytes) = (entries, bytes);
        _buckets = new Entry?[BitOperations.RoundUpToPowerOf2((uint)entries)];
    }

    /// <summary>The verdict that was added for the same bytes.</summary>
    public bool TryFind(ReadOnlySpan<byte> text, [NotNullWhen(true)] out Verdict? verdict)
    {
        ulong hash = TextHash.Of(text);
        if (Find(text, hash) is { } entry)
        {
            if (!entry.Found)
            {
                entry.Found = true;
            }

            verdict = entry.Verdict;
            return true;
        }

        verdict = null;
        return false;
    }

    /// <summary>Keeps a verdict.</summary>
    /// <param name="text">Copied.</param>
    /// <param name="verdict">The verdict.</param>
    /// <param name="owner">Who makes room for it: the session that sent the text.</param>
    public void Add(ReadOnlySpan<byte> text, Verdict verdict, long owner)
    {
        ulong hash = TextHash.Of(text);
        lock (_gate)
        {
            if (text.Length > _mostBytes / Shares || Find(text, hash) is not null)
            {
                return;
            }

            if (!_shares.TryGetValue(owner, out Share? share))
            {
                share = new Share(owner);
            }

            while (_all.Count >= _mostEntries || _bytes + text.Length > _mostBytes)
            {
                Forget(Oldest(IsOverShare(share) ? share.Entries : _all));
            }

            // What was forgotten may have been the owner's last.
            _shares[owner] = share;
            Entry entry = new(hash, text.ToArray(), verdict, share);
            entry.InAll = _all.AddLast(entry);
            entry.InShare = share.Entries.AddLast(entry);
            share.Bytes += text.Length;
            _bytes += text.Length;
            ref Entry? bucket = ref BucketOf(hash);
            entry.Next = bucket;
            Volatile.Write(ref bucket, entry);
        }
    }

    private ref Entry? BucketOf(ulong hash) => ref _buckets[(int)hash & (_buckets.Length - 1)];

    private Entry? Find(ReadOnlySpan<byte> text, ulong hash)
    {
        // An entry that is taken out of its chain meanwhile still leads on to the rest of it.
        Entry? entry = Volatile.Read(ref BucketOf(hash));
        while (entry is not null && (entry.Hash != hash || !text.SequenceEqual(entry.Text)))
        {
            entry = Volatile.Read(ref entry.Next);
        }

        return entry;
    }

    private bool IsOverShare(Share share) => share.Entries.Count > 0 && (share.Entries.Count >= _mostEntries / Shares || share.Bytes >= _mostBytes / Shares);

    private static Entry Oldest(LinkedList<Entry> entries)
    {
        for (int chance = 0; chance < MostChances && entries.First!.Value.Found; chance++)
        {
            LinkedListNode<Entry> spared = entries.First;
            spared.Value.Found = false;
            entries.RemoveFirst();
            entries.AddLast(spared);
        }

        return entries.First!.Value;
    }

    private void Forget(Entry entry)
    {
        ref Entry? link = ref BucketOf(entry.Hash);
        while (!ReferenceEquals(link, entry))
        {
            link = ref link!.Next;
        }

        Volatile.Write(ref link, entry.Next);
        _all.Remove(entry.InAll!);
        entry.Share.Entries.Remove(entry.InShare!);
        entry.Share.Bytes -= entry.Text.Length;
        _bytes -= entry.Text.Length;
        if (entry.Share.Entries.Count == 0)
        {
            _shares.Remove(entry.Share.Owner);
        }
    }

    private sealed class Share(long owner)
    {
        public readonly LinkedList<Entry> Entries = new();

        public long Owner { get; } = owner;

        public long Bytes { get; set; }
    }

    private sealed class Entry(ulong hash, byte[] text, Verdict verdict, Share share)
    {
        public readonly ulong Hash = hash;
        public readonly byte[] Text = text;
        public readonly Verdict Verdict = verdict;
        public readonly Share Share = share;
        public Entry? Next;
        public bool Found;
        public LinkedListNode<Entry>? InAll;
        public LinkedListNode<Entry>? InShare;
    }
}
