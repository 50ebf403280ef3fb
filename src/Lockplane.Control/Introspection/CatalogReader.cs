using Lockplane.Control.Connections;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Kinds;
using Lockplane.Sql;
using Npgsql;
using NpgsqlTypes;

namespace Lockplane.Control.Introspection;

/// <summary>Reads the catalog of a database: one statement, one snapshot, whatever the session's settings are.</summary>
public static class CatalogReader
{
    private const int Attempts = 3;
    private const string Savepoint = "lockplane_read";
    private const string InternalError = "XX000";

    // Everything that changes how Postgres writes an expression, a type or a constant; and what keeps the statement fast.
    private static readonly (string Name, string Value)[] Pinned =
    [
        ("search_path", ""),
        ("timezone", "UTC"),
        ("datestyle", "ISO, MDY"),
        ("intervalstyle", "postgres"),
        ("quote_all_identifiers", "off"),
        ("extra_float_digits", "1"),
        ("bytea_output", "hex"),
        ("xmlbinary", "base64"),
        ("lc_monetary", "C"),
        ("lc_numeric", "C"),
        ("client_encoding", "UTF8"),
        ("standard_conforming_strings", "on"),
        ("row_security", "off"),
        ("jit", "off"),

        // A catalog that was just filled has no statistics yet: nested loops then took over a minute on 1,000 tables, hash joins one second. And the planner thinks
        // that what it joins is small: with the 4 MB that a server has by default, 10,000 tables went to files and took three times as long.
        ("enable_nestloop", "off"),
        ("work_mem", "64MB"),
        ("max_parallel_workers_per_gather", "0"),

        // Planning takes longer than reading a small catalog, so the plan is made once for a connection.
        ("plan_cache_mode", "force_generic_plan"),
    ];

    private static readonly string[] Pins = [.. Pinned.Select(pin => $"SET LOCAL {pin.Name} = {Identifiers.QuoteLiteral(pin.Value)}")];

    /// <summary>The catalog as it is now.</summary>
    /// <param name="connection">An open connection.</param>
    /// <param name="transaction">
    /// The caller's transaction, whose settings are the same afterwards; null for a REPEATABLE READ, READ ONLY transaction of the reader's own.
    /// </param>
    /// <param name="scope">What is to be described.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="PostgresException">The server refused. Of "cache lookup failed", which others' DDL causes, only the third is passed on when the transaction is the reader's own.</exception>
    public static async Task<Catalog> ReadAsync(
        NpgsqlConnection connection, NpgsqlTransaction? transaction, Scope scope, CancellationToken cancellationToken)
    {
        if (transaction is not null)
        {
            return await ReadWithinAsync(connection, transaction, scope, cancellationToken).ConfigureAwait(false);
        }

        for (int attempt = 1; ; attempt++)
        {
            await connection.OpenAgainAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                return (await ReadAloneAsync(connection, scope, null, cancellationToken).ConfigureAwait(false)).ToCatalog();
            }
            catch (PostgresException error) when (error.SqlState == InternalError && attempt < Attempts)
            {
                // Something that the statement looked up was dropped meanwhile; the next snapshot does not have it.
            }
            catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.InvalidSqlStatementName && attempt < Attempts)
            {
                // Somebody ran DEALLOCATE ALL on the connection, or a pooler went to another server.
                connection.UnprepareAll();
            }
        }
    }

    /// <summary>The catalog of a shadow, and the objects on which privileges were granted or revoked.</summary>
    /// <param name="connection">The shadow's connection, in no transaction.</param>
    /// <param name="scope">What is to be described.</param>
    /// <param name="roles">For each of the shadow's own roles the role that it stands for.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    internal static async Task<(Catalog Catalog, IReadOnlySet<ObjectId> Managed)> ReadShadowAsync(
        NpgsqlConnection connection, Scope scope, IReadOnlyDictionary<string, string> roles, CancellationToken cancellationToken)
    {
        CatalogRows rows = await ReadAloneAsync(connection, scope, roles, cancellationToken).ConfigureAwait(false);
        return (rows.ToCatalog(), rows.Managed());
    }

    private static async Task<CatalogRows> ReadAloneAsync(NpgsqlConnection connection, Scope scope, IReadOnlyDictionary<string, string>? roles, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await connection.RunAsync(cancellationToken, ["SET TRANSACTION READ ONLY", .. Pins]).ConfigureAwait(false);
            return await RunAsync(connection, transaction, scope, roles, cancellationToken).ConfigureAwait(false);
        }
    }

    // Going back to the savepoint brings the caller's settings back. SET and not set_config(), which the second wall may have taken from this role.
    private static async Task<Catalog> ReadWithinAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, Scope scope, CancellationToken cancellationToken)
    {
        await connection.RunAsync(cancellationToken, [$"SAVEPOINT {Savepoint}", .. Pins]).ConfigureAwait(false);
        Catalog catalog = (await RunAsync(connection, transaction, scope, null, cancellationToken).ConfigureAwait(false)).ToCatalog();
        await connection.RunAsync(cancellationToken, $"ROLLBACK TO SAVEPOINT {Savepoint}", $"RELEASE SAVEPOINT {Savepoint}").ConfigureAwait(false);
        return catalog;
    }

    private static async Task<CatalogRows> RunAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, Scope scope, IReadOnlyDictionary<string, string>? roles, CancellationToken cancellationToken)
    {
        int major = connection.PostgreSqlVersion.Major;
        CatalogRows rows = new(major, scope);
        NpgsqlCommand command = new(IntrospectionStatement.For(major, roles is not null), connection, transaction) { CommandTimeout = 0 };
        await using (command.ConfigureAwait(false))
        {
            if (roles is not null)
            {
                command.Parameters.Add(new NpgsqlParameter { Value = System.Text.Json.JsonSerializer.Serialize(roles), NpgsqlDbType = NpgsqlDbType.Text });
            }

            await command.PrepareAsync(cancellationToken).ConfigureAwait(false);
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    rows.Add(Row(reader));
                }
            }
        }

        await NameAsync(rows, connection, transaction, cancellationToken).ConfigureAwait(false);
        await VersionReader.ReadAsync(rows, connection, cancellationToken).ConfigureAwait(false);
        return rows;
    }

    // Most rows are dependencies, which have no text.
    private static CatalogRow Row(NpgsqlDataReader reader)
    {
        CatalogSection section = (CatalogSection)reader.GetInt32(0);
        CatalogKey key = reader.IsDBNull(1) ? default : Key(reader, 1);
        return section switch
        {
            CatalogSection.Object => new CatalogRow(
                section, key, 0, reader.GetInt32(4), Text(reader, 5), Text(reader, 6), Text(reader, 7), Text(reader, 8), Text(reader, 9), reader.GetFieldValue<byte[]>(10), default, 0),
            CatalogSection.Dependency => new CatalogRow(
                section, key, reader.GetInt32(3), reader.GetInt32(4), null, null, null, null, null, default, Key(reader, 11), reader.GetInt32(13)),
            CatalogSection.Present or CatalogSection.Managed or CatalogSection.Unreadable => new CatalogRow(section, key, 0, 0, null, null, null, null, null, default, default, 0),
            _ => new CatalogRow(section, key, reader.GetInt32(3), 0, null, Text(reader, 6), null, null, null, reader.GetFieldValue<byte[]>(10), default, 0),
        };
    }

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    private static CatalogKey Key(NpgsqlDataReader reader, int column) => new(reader.GetFieldValue<uint>(column), reader.GetFieldValue<uint>(column + 1));

    // What no kind has read is rare, and its name costs a look at the catalog each.
    private static async Task NameAsync(CatalogRows rows, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        IReadOnlyList<CatalogKey> unnamed = rows.Unnamed();
        if (unnamed.Count == 0)
        {
            return;
        }

        NpgsqlCommand command = new(
            """
            SELECT k.classid, k.oid, i.type, i.schema, coalesce(i.name, i.identity)
            FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS k (classid, oid)
            CROSS JOIN LATERAL pg_catalog.pg_identify_object(k.classid, k.oid, 0) i
            WHERE i.identity IS NOT NULL
            """,
            connection,
            transaction);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.Add(new NpgsqlParameter { Value = unnamed.Select(key => key.Class).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Oid });
            command.Parameters.Add(new NpgsqlParameter { Value = unnamed.Select(key => key.Object).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Oid });
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    CatalogKey key = new(reader.GetFieldValue<uint>(0), reader.GetFieldValue<uint>(1));
                    rows.SetName(key, new ObjectId(reader.GetString(2), reader.IsDBNull(3) ? null : reader.GetString(3), reader.GetString(4)));
                }
            }
        }
    }
}
