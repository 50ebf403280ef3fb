using System.Globalization;
using System.Text;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Kinds;
using Npgsql;

namespace Lockplane.Control.Introspection;

/// <summary>Reads the catalog of a database: one statement, one snapshot, whatever the session's settings are.</summary>
public static class CatalogReader
{
    private const int Attempts = 3;
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
            await ExecuteAsync(connection, transaction, "SET TRANSACTION READ ONLY", cancellationToken).ConfigureAwait(false);
            await PinAsync(connection, transaction, Pinned, cancellationToken).ConfigureAwait(false);
            return await RunAsync(connection, transaction, scope, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<Catalog> ReadWithinAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, Scope scope, CancellationToken cancellationToken)
    {
        (string Name, string Value)[] before = await CurrentAsync(connection, transaction, cancellationToken).ConfigureAwait(false);
        await PinAsync(connection, transaction, Pinned, cancellationToken).ConfigureAwait(false);
        Catalog catalog = await RunAsync(connection, transaction, scope, cancellationToken).ConfigureAwait(false);
        await PinAsync(connection, transaction, before, cancellationToken).ConfigureAwait(false);
        return catalog;
    }

    private static async Task<(string Name, string Value)[]> CurrentAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        string list = string.Join(", ", Pinned.Select(s => $"pg_catalog.current_setting('{s.Name}')"));
        NpgsqlCommand command = new($"SELECT {list}", connection, transaction);
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                return [.. Pinned.Select((s, i) => (s.Name, reader.GetString(i)))];
            }
        }
    }

    private static async Task PinAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, (string Name, string Value)[] settings, CancellationToken cancellationToken)
    {
        StringBuilder text = new("SELECT ");
        NpgsqlCommand command = new() { Connection = connection, Transaction = transaction };
        await using (command.ConfigureAwait(false))
        {
            for (int i = 0; i < settings.Length; i++)
            {
                text.Append(CultureInfo.InvariantCulture, $"{(i > 0 ? ", " : "")}pg_catalog.set_config('{settings[i].Name}', ${i + 1}, true)");
                command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = settings[i].Value });
            }

            command.CommandText = text.ToString();
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task ExecuteAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, string sql, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(sql, connection, transaction);
        await using (command.ConfigureAwait(false))
        {
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
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
