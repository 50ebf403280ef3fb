using System.Data;
using System.Transactions;
using Npgsql;
using NpgsqlTypes;
using IsolationLevel = System.Data.IsolationLevel;

namespace Lockplane.EfCore;

internal sealed class Address
{
    public string? Street { get; set; }

    public string? City { get; set; }
}

/// <summary>The driver alone: its loading of types, pool, batches, COPY, notifications and transactions.</summary>
internal static class NpgsqlLife
{
    public static async Task RunAsync(NpgsqlDataSource source)
    {
        foreach ((string name, Func<NpgsqlDataSource, Task> live) in new (string, Func<NpgsqlDataSource, Task>)[]
        {
            ("types", TypesAsync), ("pool", PoolAsync), ("batches", BatchesAsync), ("copies", CopiesAsync), ("transactions", TransactionsAsync), ("listen", ListenAsync), ("schema", SchemaAsync),
            ("by design", ByDesignAsync),
        })
        {
            await live(source);
            Console.WriteLine($"{{\"case\":\"{name}\"}}");
        }
    }

    public static async Task RefusedAsync(string code, Func<Task> live)
    {
        try
        {
            await live();
        }
        catch (PostgresException e) when (e.SqlState == code)
        {
            return;
        }

        throw new InvalidOperationException($"Expected {code}.");
    }

    private static async Task TypesAsync(NpgsqlDataSource source)
    {
        await using NpgsqlConnection connection = await source.OpenConnectionAsync();
        await using NpgsqlCommand command = new("SELECT @status, @home, @hstore, @json::jsonb, @days, 'x'::citext, ARRAY[1, 2]", connection)
        {
            Parameters =
            {
                new("status", OrderStatus.Paid), new("home", new Address { Street = "High Street", City = "Oslo" }), new("hstore", new Dictionary<string, string?> { ["a"] = "1" }),
                new("json", "{}"), new("days", new NpgsqlRange<DateOnly>(new(2026, 1, 1), new(2026, 2, 1))),
            },
        };
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        _ = reader.GetFieldValue<Address>(1).City == "Oslo" ? 0 : throw new InvalidOperationException("not Oslo");
        await reader.DisposeAsync();
        await connection.ReloadTypesAsync();
    }

    private static async Task PoolAsync(NpgsqlDataSource source)
    {
        for (int i = 0; i < 3; i++)
        {
            await using NpgsqlConnection connection = await source.OpenConnectionAsync();
            await ExecuteAsync(connection, "SET TIME ZONE 'Europe/Oslo'; SET statement_timeout = 5000");
            await using NpgsqlCommand command = new("SELECT title FROM product WHERE id = @id", connection) { Parameters = { new("id", i) } };
            await command.PrepareAsync();
            await command.ExecuteScalarAsync();
        }
    }

    private static async Task BatchesAsync(NpgsqlDataSource source)
    {
        await using NpgsqlBatch batch = source.CreateBatch();
        for (int n = 0; n < 5; n++)
        {
            batch.BatchCommands.Add(new("INSERT INTO product (title, price) VALUES ($1, $2) RETURNING id") { Parameters = { new() { Value = $"batch {n}" }, new() { Value = (decimal)n } } });
        }

        await batch.ExecuteNonQueryAsync();
    }

    private static async Task CopiesAsync(NpgsqlDataSource source)
    {
        await using NpgsqlConnection connection = await source.OpenConnectionAsync();
        await using (NpgsqlBinaryImporter importer = await connection.BeginBinaryImportAsync("COPY product (title, price) FROM STDIN (FORMAT binary)"))
        {
            await importer.StartRowAsync();
            await importer.WriteAsync("copied", NpgsqlDbType.Varchar);
            await importer.WriteAsync(1m, NpgsqlDbType.Numeric);
            await importer.CompleteAsync();
        }

        using TextReader reader = await connection.BeginTextExportAsync("COPY (SELECT * FROM product) TO STDOUT (FORMAT csv)");
        await reader.ReadToEndAsync();
    }

    private static async Task TransactionsAsync(NpgsqlDataSource source)
    {
        await using NpgsqlConnection connection = await source.OpenConnectionAsync();
        foreach (IsolationLevel level in new[] { IsolationLevel.ReadCommitted, IsolationLevel.RepeatableRead, IsolationLevel.Serializable, IsolationLevel.ReadUncommitted })
        {
            await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(level);
            await transaction.SaveAsync("one");
            await ExecuteAsync(connection, "SELECT id FROM job FOR UPDATE SKIP LOCKED");
            await transaction.RollbackAsync("one");
            await transaction.ReleaseAsync("one");
            await transaction.CommitAsync();
        }

        using TransactionScope scope = new(TransactionScopeAsyncFlowOption.Enabled);
        await using NpgsqlConnection enlisted = await source.OpenConnectionAsync();
        await ExecuteAsync(enlisted, "SELECT pg_advisory_xact_lock(42)");
        scope.Complete();
    }

    private static async Task ListenAsync(NpgsqlDataSource source)
    {
        await using NpgsqlConnection connection = await source.OpenConnectionAsync();
        await ExecuteAsync(connection, "LISTEN shop");
        await ExecuteAsync(connection, "SELECT pg_notify('shop', 'hello')");
        await connection.WaitAsync(1000);
        await ExecuteAsync(connection, "UNLISTEN *");
    }

    private static async Task SchemaAsync(NpgsqlDataSource source)
    {
        await using NpgsqlConnection connection = await source.OpenConnectionAsync();
        foreach (string collection in new[] { "Databases", "Tables", "Columns", "Views", "MaterializedViews", "Users", "Indexes", "IndexColumns", "Constraints", "PrimaryKey", "UniqueKeys", "ForeignKeys", "ConstraintColumns", "DataTypes" })
        {
            _ = await connection.GetSchemaAsync(collection);
        }

        await using NpgsqlCommand command = new("SELECT * FROM customer", connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(CommandBehavior.KeyInfo | CommandBehavior.SchemaOnly);
        await reader.GetColumnSchemaAsync();
    }

    private static async Task ByDesignAsync(NpgsqlDataSource source)
    {
        await using NpgsqlConnection connection = await source.OpenConnectionAsync();
        await RefusedAsync("LP301", () => ExecuteAsync(connection, "CREATE TABLE t (id int)"));
        await RefusedAsync("42501", () => ExecuteAsync(connection, "SET app.tenant_id = 'globex'"));
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
