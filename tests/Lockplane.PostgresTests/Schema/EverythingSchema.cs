using System.Globalization;
using Lockplane.Control.Introspection;
using Lockplane.Corpus;
using Lockplane.Dev;
using Lockplane.PostgresTests.Clusters;
using Lockplane.Schema.Catalogs;
using Lockplane.Sql;
using Lockplane.Sql.PgQuery;
using Lockplane.Sql.Statements;
using Npgsql;

namespace Lockplane.PostgresTests.Schema;

/// <summary>The schema with every kind of object, in tests/fixtures/everything.</summary>
internal static class EverythingSchema
{
    public static readonly string Folder = Path.Combine(Checkout.Find()!, "tests/fixtures/everything");

    private static readonly string[] Roles = ["everything_owner", "everything_reader"];
    private static readonly Lazy<StatementReader> Reader = new(() => new(new PgQueryParser(new PgQueryOptions { CacheFolder = Path.Combine(AppContext.BaseDirectory, "pgquery") })));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The statements whose order is free, for this major.</summary>
    public static IReadOnlyList<string> AnyOrder(int major) =>
        [.. Cut("any-order.sql"), .. Enumerable.Range(16, Math.Max(0, major - 15)).Select(m => string.Create(CultureInfo.InvariantCulture, $"{m}.sql")).SelectMany(Cut)];

    /// <summary>The statements after them.</summary>
    public static IReadOnlyList<string> InOrder() => Cut("in-order.sql");

    /// <summary>A text as its statements.</summary>
    public static IReadOnlyList<string> Split(string text) => Script.Cut(Reader.Value, text).Statements;

    /// <summary>A new database with everything in it; the superuser's connection to it.</summary>
    /// <param name="seed">Shuffles the statements, where not null.</param>
    public static async Task<NpgsqlConnection> BuildAsync(PostgresCluster cluster, int? seed = null)
    {
        NpgsqlConnection connection = await OpenNewAsync(cluster);
        string[] statements = [.. AnyOrder(cluster.Major)];
        if (seed is { } start)
        {
            new Random(start).Shuffle(statements);
        }

        Assert.Empty(await RunWhatCanAsync(connection, statements));
        Assert.Empty(await RunWhatCanAsync(connection, InOrder()));
        return connection;
    }

    /// <summary>A new database, built by what was printed, as a schema file is loaded: bodies of functions are not checked, and psql's variable is the database's name.</summary>
    public static async Task<NpgsqlConnection> BuildAsync(PostgresCluster cluster, string print)
    {
        NpgsqlConnection connection = await OpenNewAsync(cluster);
        await RunAsync(connection, "SET check_function_bodies = off");
        IReadOnlyList<string> statements = Split(print.Replace(":\"DBNAME\"", Identifiers.Quote(connection.Database), StringComparison.Ordinal));
        foreach (string statement in statements)
        {
            try
            {
                await RunAsync(connection, statement);
            }
            catch (PostgresException error)
            {
                Assert.Fail($"{error.MessageText} {error.Detail}\n{statement}");
            }
        }

        return connection;
    }

    /// <summary>Runs statements again and again until none is left, or none of those that are left can run; these, each with its error.</summary>
    public static async Task<IReadOnlyList<string>> RunWhatCanAsync(NpgsqlConnection connection, IEnumerable<string> statements)
    {
        List<string> open = [.. statements];
        while (open.Count > 0)
        {
            List<string> failed = [];
            List<string> errors = [];
            foreach (string statement in open)
            {
                try
                {
                    await RunAsync(connection, statement);
                }
                catch (PostgresException error)
                {
                    failed.Add(statement);
                    errors.Add($"{error.SqlState} {error.MessageText}: {statement}");
                }
            }

            if (failed.Count == open.Count)
            {
                return errors;
            }

            open = failed;
        }

        return [];
    }

    public static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    public static Task<Catalog> ReadAsync(NpgsqlConnection connection) => CatalogReader.ReadAsync(connection, null, Scope.All, Cancellation);

    public static async Task<NpgsqlConnection> OpenAsync(string connectionString)
    {
        NpgsqlConnection connection = SchemaDatabase.Connect(connectionString);
        await connection.OpenAsync(Cancellation);
        return connection;
    }

    /// <summary>Makes the roles that the statements name.</summary>
    public static Task CreateRolesAsync(PostgresCluster cluster) =>
        ScratchDatabase.CreateRolesAsync(cluster.AdminConnectionString, Roles.Select(role => "CREATE ROLE " + role), Cancellation);

    private static async Task<NpgsqlConnection> OpenNewAsync(PostgresCluster cluster)
    {
        await CreateRolesAsync(cluster);
        return await OpenAsync(await cluster.CreateDatabaseAsync());
    }

    private static IReadOnlyList<string> Cut(string file) => File.Exists(Path.Combine(Folder, file)) ? Split(File.ReadAllText(Path.Combine(Folder, file))) : [];
}
