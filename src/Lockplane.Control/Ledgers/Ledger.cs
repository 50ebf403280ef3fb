using System.Text;
using System.Text.RegularExpressions;
using Lockplane.Schema.Catalogs;
using Lockplane.Sql.Errors;
using Npgsql;
using NpgsqlTypes;

namespace Lockplane.Control.Ledgers;

/// <summary>Schema <c>lockplane</c>'s functions, called on one connection (and in its transaction, when there is one).</summary>
internal sealed partial class Ledger(NpgsqlConnection connection)
{
    private const int PageSize = 500;

    /// <summary>The last entry's number and hash; 0 and empty before the first.</summary>
    internal sealed record Head(long Seq, string Hash, string DatabaseId);

    /// <summary>The live catalog is not the one that the last entry led to.</summary>
    internal static LockplaneException Drifted(ManifestHash live, LedgerRow? last) => new(
        ErrorCodes.Drift, $"The live catalog is {live.Short}, and the last ledger entry says {last?.Entry.ToHash ?? "nothing"}.",
        hint: "Run `lockplane verify` to see what differs; undo it, or accept it by `lockplane baseline`.");

    internal async Task<Head> ReadHeadAsync(CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new("SELECT head_seq, head_hash, database_id FROM lockplane.read_meta()", connection);
        return await ReadHeadAsync(command, cancellation).ConfigureAwait(false);
    }

    /// <summary>As <see cref="ReadHeadAsync(CancellationToken)"/>, and nobody else appends until the transaction ends.</summary>
    internal async Task<Head> LockHeadAsync(CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new("SELECT head_seq, head_hash, database_id FROM lockplane.lock_head()", connection);
        return await ReadHeadAsync(command, cancellation).ConfigureAwait(false);
    }

    /// <summary>Appends an entry; the function refuses one that does not follow the head.</summary>
    internal async Task<LedgerRow> AppendAsync(LedgerEntry entry, SigningKey key, CancellationToken cancellation)
    {
        string body = entry.ToBody();
        string hash = LedgerEntry.HashOf(body).ToString();
        string signature = key.Sign(hash);
        await CallAsync("lockplane.append_entry($1, $2)", cancellation, body, signature).ConfigureAwait(false);
        return new LedgerRow(entry.Seq, body, hash, signature);
    }

    /// <summary>All entries, in order, read by pages.</summary>
    internal async Task<List<LedgerRow>> ReadToEndAsync(CancellationToken cancellation)
    {
        List<LedgerRow> all = [];
        while (true)
        {
            List<LedgerRow> page = await ReadPageAsync(all.Count == 0 ? 0 : all[^1].Seq, PageSize, cancellation).ConfigureAwait(false);
            all.AddRange(page);
            if (page.Count < PageSize)
            {
                return all;
            }
        }
    }

    /// <summary>At most <paramref name="limit"/> entries after <paramref name="after"/>, in order.</summary>
    internal async Task<List<LedgerRow>> ReadPageAsync(long after, int limit, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = Call("SELECT seq, body, hash, signature FROM lockplane.read_ledger($1, $2)", after, limit);
        await using NpgsqlDataReader rows = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        List<LedgerRow> page = [];
        while (await rows.ReadAsync(cancellation).ConfigureAwait(false))
        {
            page.Add(new LedgerRow(rows.GetInt64(0), rows.GetString(1), rows.GetString(2), rows.GetString(3)));
        }

        return page;
    }

    internal async Task<LedgerRow?> FindAsync(long seq, CancellationToken cancellation) =>
        (await ReadPageAsync(seq - 1, 1, cancellation).ConfigureAwait(false)).Find(r => r.Seq == seq);

    /// <summary>Stores the nodes of a catalog's hash tree, less those that <paramref name="stored"/> has already.</summary>
    internal async Task PutManifestAsync(Catalog catalog, Catalog? stored, CancellationToken cancellation)
    {
        HashSet<ManifestHash> known = stored is null ? [] : [.. ManifestTree.Of(stored).Nodes.Select(n => n.Hash)];
        List<ManifestNode> nodes = [.. ManifestTree.Of(catalog).Nodes.Where(n => !known.Contains(n.Hash))];
        await CallAsync(
            "lockplane.put_objects($1, $2)",
            cancellation,
            nodes.ConvertAll(n => n.Hash.ToString()).ToArray(),
            nodes.ConvertAll(n => Encoding.UTF8.GetString(n.Body.Span)).ToArray()).ConfigureAwait(false);
    }

    /// <summary>The catalog of a stored manifest.</summary>
    /// <exception cref="Lockplane.Sql.Errors.LockplaneException">LP505: a node is missing or is not what its hash says.</exception>
    internal async Task<Catalog> ReadManifestAsync(ManifestHash root, CancellationToken cancellation)
    {
        Dictionary<ManifestHash, ReadOnlyMemory<byte>> nodes = [];
        string[] wanted = [root.Text];
        // Root, schemas, objects. A text within an object may look like a hash: what is not stored is left out here and missed by the tree.
        for (int level = 0; level < 3 && wanted.Length > 0; level++)
        {
            HashSet<string> children = new(StringComparer.Ordinal);
            await using NpgsqlCommand command = Call("SELECT hash, body FROM lockplane.read_objects($1)", [wanted]);
            await using NpgsqlDataReader rows = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
            while (await rows.ReadAsync(cancellation).ConfigureAwait(false))
            {
                nodes[ManifestHash.Parse(rows.GetString(0))] = Encoding.UTF8.GetBytes(rows.GetString(1));
                children.UnionWith(HashPattern().Matches(rows.GetString(1)).Select(m => m.Value));
            }

            wanted = [.. children];
        }

        return ManifestTree.Read(root, h => nodes.TryGetValue(h, out ReadOnlyMemory<byte> body) ? body : null);
    }

    [GeneratedRegex("sha256:[0-9a-f]{64}")]
    private static partial Regex HashPattern();

    internal Task UseApprovalAsync(long approval, long seq, CancellationToken cancellation) =>
        CallAsync("lockplane.use_approval($1, $2)", cancellation, approval, seq);

    internal Task MarkAppliedAsync(string planHash, long seq, CancellationToken cancellation) =>
        CallAsync("lockplane.mark_applied($1, $2)", cancellation, planHash, seq);

    internal async Task CallAsync(string call, CancellationToken cancellation, params object?[] values)
    {
        await using NpgsqlCommand command = Call($"SELECT {call}", values);
        await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }

    internal NpgsqlCommand Call(string sql, params object?[] values)
    {
        NpgsqlCommand command = new(sql, connection);
        foreach (object? value in values)
        {
            command.Parameters.Add(value switch
            {
                null => new NpgsqlParameter { Value = DBNull.Value, NpgsqlDbType = NpgsqlDbType.Unknown },
                _ => new NpgsqlParameter { Value = value },
            });
        }

        return command;
    }

    private static async Task<Head> ReadHeadAsync(NpgsqlCommand command, CancellationToken cancellation)
    {
        await using NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        await row.ReadAsync(cancellation).ConfigureAwait(false);
        return new Head(row.GetInt64(0), row.GetString(1), row.GetString(2));
    }
}
