using System.Collections.Immutable;

namespace Lockplane.Control.Ledgers;

/// <summary>What `verify` found.</summary>
/// <param name="InSync">The live catalog is what the last entry says.</param>
/// <param name="ExpectedHash">The last entry's <c>to_hash</c>.</param>
/// <param name="ActualHash">The live catalog's hash.</param>
/// <param name="Drift">What differs, as `diff` prints it.</param>
/// <param name="Entries">How many entries were checked.</param>
/// <param name="Faults">What does not hold in the ledger; empty when the chain, the signatures and the manifests do.</param>
public sealed record VerifyReport(
    bool InSync, string ExpectedHash, string ActualHash, ImmutableArray<string> Drift, long Entries, ImmutableArray<string> Faults)
{
    /// <summary>Nothing was found.</summary>
    public bool IsClean => InSync && Faults.IsEmpty;
}

/// <summary>Checks the ledger's chain: numbers, hashes, signatures, and that each change starts where the one before ended.</summary>
internal sealed class LedgerCheck(SigningKey key, string databaseId)
{
    private readonly ImmutableArray<string>.Builder _faults = ImmutableArray.CreateBuilder<string>();
    private LedgerRow? _last;

    /// <summary>What was found so far.</summary>
    internal ImmutableArray<string> Faults => _faults.ToImmutable();

    /// <summary>How many entries were checked.</summary>
    internal long Entries { get; private set; }

    /// <summary>Checks the next entry.</summary>
    internal void Next(LedgerRow row)
    {
        Entries++;
        LedgerEntry entry = row.Entry;
        Expect(row.Seq == (_last?.Seq ?? 0) + 1, row, $"follows entry {_last?.Seq ?? 0}: entries are missing");
        Expect(entry.Seq == row.Seq, row, $"says that it is entry {entry.Seq}");
        Expect(entry.Prev == _last?.Hash, row, "does not carry the hash of the entry before");
        Expect(LedgerEntry.HashOf(row.Body).Text == row.Hash, row, "does not hash to what is stored with it");
        Expect(entry.DatabaseId == databaseId, row, "is of another database");
        Expect(entry.Kind == EntryKind.Baseline || entry.FromHash == _last?.Entry.ToHash, row, "does not start from the catalog that the entry before led to");
        if (key.Fault(row.Hash, row.Signature) is { } fault)
        {
            _faults.Add($"entry {row.Seq} {fault}");
        }

        _last = row;
    }

    /// <summary>Ends the check against the head that the schema remembers.</summary>
    internal void End(Ledger.Head head)
    {
        if (head.Seq != (_last?.Seq ?? 0) || head.Hash != (_last?.Hash ?? ""))
        {
            _faults.Add($"the head is entry {head.Seq}, the last entry that is there is {_last?.Seq ?? 0}");
        }
    }

    private void Expect(bool holds, LedgerRow row, string otherwise)
    {
        if (!holds)
        {
            _faults.Add($"entry {row.Seq} {otherwise}");
        }
    }
}
