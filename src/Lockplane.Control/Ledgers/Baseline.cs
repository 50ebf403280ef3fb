using Lockplane.Control.Introspection;
using Lockplane.Schema.Catalogs;
using Npgsql;

namespace Lockplane.Control.Ledgers;

/// <summary>Records a catalog as it was found: the first entry, or the acceptance of what others changed.</summary>
internal sealed class Baseline(SigningKey key, ControlOptions options)
{
    /// <summary>Appends a baseline entry, unless the last entry says what the catalog is already.</summary>
    internal async Task<LedgerRow> RecordAsync(NpgsqlConnection connection, Principal applier, CancellationToken cancellation)
    {
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellation).ConfigureAwait(false);
        await ApplyLock.TakeAsync(connection, cancellation).ConfigureAwait(false);
        Ledger ledger = new(connection);
        Ledger.Head head = await ledger.LockHeadAsync(cancellation).ConfigureAwait(false);
        LedgerRow? last = head.Seq == 0 ? null : await ledger.FindAsync(head.Seq, cancellation).ConfigureAwait(false);
        Catalog live = await CatalogReader.ReadAsync(connection, transaction, options.Scope, cancellation).ConfigureAwait(false);
        string hash = ManifestHash.Of(live).Text;
        if (last?.Entry.ToHash == hash)
        {
            return last;
        }

        string now = await ServerClock.ReadAsync(connection, cancellation).ConfigureAwait(false);
        LedgerEntry entry = new(
            LedgerEntry.CurrentFormat, head.Seq + 1, last?.Hash, EntryKind.Baseline, head.DatabaseId, null, null, last?.Entry.ToHash, hash,
            applier.Name, [], applier.Name, applier.Door, [], null, now, now, Engine.Name, connection.ServerVersion);
        LedgerRow row = await ledger.AppendAsync(entry, key, cancellation).ConfigureAwait(false);
        await ledger.PutManifestAsync(live, null, cancellation).ConfigureAwait(false);
        await transaction.CommitAsync(cancellation).ConfigureAwait(false);
        return row;
    }
}
