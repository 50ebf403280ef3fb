using Lockplane.Control.Introspection;
using Lockplane.PostgresTests.Clusters;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Dsl;
using Lockplane.Sql;
using Npgsql;

namespace Lockplane.PostgresTests.Schema;

/// <summary>A database of a test, with what the tests of catalogs and plans do to one.</summary>
internal sealed class SchemaDatabase : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;

    private SchemaDatabase(NpgsqlConnection connection)
    {
        _connection = connection;
    }

    public NpgsqlConnection Connection => _connection;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A new database, filled by a script.</summary>
    public static async Task<SchemaDatabase> CreateAsync(PostgresCluster cluster, string script = "", string? settings = null)
    {
        NpgsqlConnection connection = new(await cluster.CreateDatabaseAsync());
        await connection.OpenAsync(Cancellation);
        SchemaDatabase database = new(connection);
        if (settings is not null)
        {
            await database.RunAsync(settings);
        }

        // One command each, as a statement ends with its line.
        foreach (string statement in script.Split(";\n", StringSplitOptions.RemoveEmptyEntries))
        {
            await database.RunAsync(statement);
        }

        return database;
    }

    /// <summary>A new database, built from a catalog by what the printer writes.</summary>
    public static async Task<SchemaDatabase> BuildAsync(PostgresCluster cluster, Catalog catalog)
    {
        SchemaDatabase database = await CreateAsync(cluster);
        await database.RunAllAsync(CatalogPrinter.Statements(catalog));
        return database;
    }

    public async Task RunAsync(string sql)
    {
        if (!string.IsNullOrWhiteSpace(sql))
        {
            // psql's own variable.
            await using NpgsqlCommand command = new(sql.Replace(":\"DBNAME\"", Identifiers.Quote(_connection.Database), StringComparison.Ordinal), _connection);
            await command.ExecuteNonQueryAsync(Cancellation);
        }
    }

    /// <summary>Runs statements in one transaction, naming the one that fails.</summary>
    public async Task RunAllAsync(IEnumerable<string> statements)
    {
        await using NpgsqlTransaction transaction = await _connection.BeginTransactionAsync(Cancellation);
        await RunAsync("SET LOCAL search_path = ''");
        foreach (string statement in statements)
        {
            try
            {
                await RunAsync(statement);
            }
            catch (PostgresException error)
            {
                Assert.Fail($"{statement}\n{error.MessageText} {error.Detail}");
            }
        }

        await transaction.CommitAsync(Cancellation);
    }

    public Task<Catalog> ReadAsync(Scope? scope = null) => CatalogReader.ReadAsync(_connection, null, scope ?? Scope.All, Cancellation);

    /// <summary>Closes the connection; the database goes with the cluster, as dropping one waits for a checkpoint.</summary>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    /// <summary>Fails, naming what differs, unless the catalog has this hash.</summary>
    public static void AssertSame(Catalog expected, Catalog actual, string what)
    {
        if (ManifestHash.Of(expected) != ManifestHash.Of(actual))
        {
            CatalogComparison differences = CatalogComparison.Of(expected, actual);
            Assert.Fail($"{what}\n{string.Join("\n", differences.Lines())}");
        }
    }
}
