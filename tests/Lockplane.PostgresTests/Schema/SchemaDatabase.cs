using System.Collections.Concurrent;
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
    // By major version. Test classes share them and take turns.
    private static readonly ConcurrentDictionary<int, Lazy<Task<(SchemaDatabase Database, Catalog Empty)>>> Scratch = new();

    private readonly NpgsqlConnection _connection;
    private readonly SemaphoreSlim _turn = new(1);

    private SchemaDatabase(NpgsqlConnection connection)
    {
        _connection = connection;
    }

    public NpgsqlConnection Connection => _connection;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A new database, filled by a script.</summary>
    public static async Task<SchemaDatabase> CreateAsync(PostgresCluster cluster, string script = "", string? settings = null)
    {
        NpgsqlConnection connection = Connect(await cluster.CreateDatabaseAsync());
        await connection.OpenAsync(Cancellation);
        SchemaDatabase database = new(connection);
        if (settings is not null)
        {
            await database.RunAsync(settings);
        }

        foreach (string statement in Statements(script))
        {
            await database.RunAsync(statement);
        }

        return database;
    }

    public static NpgsqlConnection Connect(string url) => new(new NpgsqlConnectionStringBuilder(url) { IncludeErrorDetail = true }.ConnectionString);

    // One command each, as a statement ends with its line.
    private static string[] Statements(string script) => script.Split(";\n", StringSplitOptions.RemoveEmptyEntries);

    /// <summary>What an empty database has, and what it has after what the printer writes of a catalog was run in it; that is rolled back.</summary>
    /// <remarks>One database for all of a major, as making one takes longer than filling it.</remarks>
    public static async Task<(Catalog Empty, Catalog Built)> RebuildAsync(PostgresCluster cluster, Catalog catalog)
    {
        (SchemaDatabase scratch, Catalog empty) = await ScratchAsync(cluster);
        return (empty, await scratch.ReadAfterAsync(["SET LOCAL search_path = ''", .. CatalogPrinter.Statements(catalog)]));
    }

    /// <summary>What an empty database has after a script, which is rolled back.</summary>
    public static async Task<Catalog> ReadScriptAsync(PostgresCluster cluster, string script) => await (await ScratchAsync(cluster)).Database.ReadAfterAsync(Statements(script));

    private static Task<(SchemaDatabase Database, Catalog Empty)> ScratchAsync(PostgresCluster cluster) => Scratch.GetOrAdd(cluster.Major, _ => new(() => EmptyAsync(cluster))).Value;

    private async Task<Catalog> ReadAfterAsync(IEnumerable<string> statements)
    {
        await _turn.WaitAsync(Cancellation);
        try
        {
            await using NpgsqlTransaction transaction = await _connection.BeginTransactionAsync(Cancellation);
            await RunEachAsync(statements);
            return await CatalogReader.ReadAsync(_connection, transaction, Scope.All, Cancellation);
        }
        finally
        {
            _turn.Release();
        }
    }

    private static async Task<(SchemaDatabase Database, Catalog Empty)> EmptyAsync(PostgresCluster cluster)
    {
        SchemaDatabase database = await CreateAsync(cluster);
        return (database, await database.ReadAsync());
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
    public async Task RunAllAsync(IEnumerable<string> statements, string what = "")
    {
        await using NpgsqlTransaction transaction = await _connection.BeginTransactionAsync(Cancellation);
        await RunEachAsync(["SET LOCAL search_path = ''", "SET LOCAL check_function_bodies = off", .. statements], what);
        await transaction.CommitAsync(Cancellation);
    }

    private async Task RunEachAsync(IEnumerable<string> statements, string what = "")
    {
        foreach (string statement in statements)
        {
            try
            {
                await RunAsync(statement);
            }
            catch (PostgresException error)
            {
                Assert.Fail($"{what}: {statement}\n{error.MessageText} {error.Detail}");
            }
        }
    }

    public Task<Catalog> ReadAsync(Scope? scope = null) => CatalogReader.ReadAsync(_connection, null, scope ?? Scope.All, Cancellation);

    /// <summary>Closes the connection; the database goes with the cluster, as dropping one waits for a checkpoint.</summary>
    public ValueTask DisposeAsync()
    {
        _turn.Dispose();
        return _connection.DisposeAsync();
    }

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
