using Lockplane.Control.Connections;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Kinds;
using Lockplane.Sql;
using Npgsql;

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
        ("standard_conforming_strings", "on"),
        ("row_security", "off"),
        ("jit", "off"),

        // A catalog that was just filled has no statistics yet: nested loops then took over a minute on 1,000 tables, hash joins one second.
        ("enable_nestloop", "off"),
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
            try
            {
                return await ReadAloneAsync(connection, scope, cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException error) when (error.SqlState == InternalError && attempt < Attempts)
            {
                // Something that the statement looked up was dropped meanwhile; the next snapshot does not have it.
            }
        }
    }

    private static async Task<Catalog> ReadAloneAsync(NpgsqlConnection connection, Scope scope, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await connection.RunAsync(cancellationToken, ["SET TRANSACTION READ ONLY", .. Pins]).ConfigureAwait(false);
            return await RunAsync(connection, transaction, scope, cancellationToken).ConfigureAwait(false);
        }
    }

    // Going back to the savepoint brings the caller's settings back. SET and not set_config(), which the second wall may have taken from this role.
    private static async Task<Catalog> ReadWithinAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, Scope scope, CancellationToken cancellationToken)
    {
        await connection.RunAsync(cancellationToken, [$"SAVEPOINT {Savepoint}", .. Pins]).ConfigureAwait(false);
        Catalog catalog = await RunAsync(connection, transaction, scope, cancellationToken).ConfigureAwait(false);
        await connection.RunAsync(cancellationToken, $"ROLLBACK TO SAVEPOINT {Savepoint}", $"RELEASE SAVEPOINT {Savepoint}").ConfigureAwait(false);
        return catalog;
    }

    private static async Task<Catalog> RunAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, Scope scope, CancellationToken cancellationToken)
    {
        int major = connection.PostgreSqlVersion.Major;
        CatalogRows rows = new(major, scope);
        NpgsqlCommand command = new(IntrospectionStatement.For(major), connection, transaction) { CommandTimeout = 0 };
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    string? Text(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
                    rows.Add(reader.GetString(0), reader.GetString(1), Text(2), reader.GetString(3), Text(4), Text(5));
                }
            }
        }

        return rows.ToCatalog();
    }
}
