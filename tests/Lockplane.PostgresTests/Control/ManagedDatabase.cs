using Lockplane.Control;
using Lockplane.Control.Connections;
using Lockplane.Control.Ledgers;
using Lockplane.Control.Plans;
using Lockplane.PostgresTests.Clusters;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Dsl;
using Lockplane.Sql.PgQuery;
using Npgsql;

namespace Lockplane.PostgresTests.Control;

/// <summary>A database of its own, owned by a role that is no superuser, and its corridor. Shadows are made by another role.</summary>
internal sealed class ManagedDatabase : IAsyncDisposable
{
    /// <summary>Tests that make shadows run one after another: they look at what shadows leave behind.</summary>
    public const string Collection = "corridors";

    private static readonly Lazy<PgQueryParser> LazyParser = new(() => new PgQueryParser(new PgQueryOptions()));

    private readonly PostgresCluster _cluster;
    private readonly string _directory = TestDirectory.Create();
    private readonly SigningKey _key;

    private ManagedDatabase(PostgresCluster cluster, string superuser, string ownerUrl, string shadowUrl, ControlOptions options)
    {
        (_cluster, Superuser, OwnerUrl, ShadowUrl) = (cluster, superuser, ownerUrl, shadowUrl);
        _key = SigningKey.LoadOrCreate(Path.Combine(_directory, "ledger.key"));
        Target = new Target(ownerUrl, shadowUrl);
        Control = new ControlPlane(Target, _key, Parser, options, TimeProvider.System);
        Owner = Principal.Cli(Target.ApplyRole);
    }

    public static PgQueryParser Parser => LazyParser.Value;

    public ControlPlane Control { get; }

    public Target Target { get; }

    /// <summary>The owner at the command line.</summary>
    public Principal Owner { get; }

    public string OwnerUrl { get; }

    public string ShadowUrl { get; }

    /// <summary>A folder that goes with the database.</summary>
    public string Directory => _directory;

    /// <summary>The superuser's connection string to this database.</summary>
    public string Superuser { get; }

    public string SuperuserUrl => $"postgresql://postgres:{Uri.EscapeDataString(_cluster.Password)}@{_cluster.Host}:{_cluster.Port}/{Target.Database}";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Makes the database and runs the statements in it as the owner; under management unless told otherwise.</summary>
    /// <param name="cluster">The server.</param>
    /// <param name="sql">What the owner runs; empty for nothing.</param>
    /// <param name="options">The corridor's.</param>
    /// <param name="baseline">Whether it is under management.</param>
    /// <param name="ownerOf">Another database, which has the same owner.</param>
    /// <param name="superuserShadows">Whether a superuser makes the shadows.</param>
    public static async Task<ManagedDatabase> CreateAsync(
        PostgresCluster cluster, string sql, ControlOptions? options = null, bool baseline = true, ManagedDatabase? ownerOf = null, bool superuserShadows = false)
    {
        (string? owner, string? password) = ownerOf is null ? await cluster.CreateRoleAsync() : (PostgresUrl.Parse(ownerOf.OwnerUrl).Username!, PostgresUrl.Parse(ownerOf.OwnerUrl).Password!);
        (string? shadow, string? shadowPassword) = superuserShadows ? ("postgres", cluster.Password) : await cluster.CreateRoleAsync("CREATEDB CREATEROLE");
        string superuser = await cluster.CreateDatabaseAsync(owner);
        string? name = new NpgsqlConnectionStringBuilder(superuser).Database;
        ManagedDatabase database = new(
            cluster,
            superuser,
            $"postgresql://{owner}:{Uri.EscapeDataString(password)}@{cluster.Host}:{cluster.Port}/{name}",
            $"postgresql://{shadow}:{Uri.EscapeDataString(shadowPassword)}@{cluster.Host}:{cluster.Port}/postgres",
            options ?? new ControlOptions { Approval = ApprovalMode.Owner });
        if (sql.Length > 0)
        {
            await database.ExecuteAsync(sql);
        }

        if (baseline)
        {
            await database.Control.BaselineAsync(database.SuperuserUrl, database.Owner, Cancellation);
        }

        return database;
    }

    /// <summary>Another corridor of the same database and key.</summary>
    public ControlPlane WithOptions(ControlOptions options) => new(Target, _key, Parser, options, TimeProvider.System);

    /// <summary>Runs SQL past the corridor, as the owner.</summary>
    /// <summary>What a schema file describes, beside what the database has.</summary>
    public Task<Catalog> DescribeAsync(string name, string text) => DescribeAsync(new SchemaFile(name, text));

    public async Task<Catalog> DescribeAsync(params SchemaFile[] files)
    {
        GivenSchema live = new(await Control.InspectAsync(TestContext.Current.CancellationToken), []);
        return (await new GivenSchemas(Target, Parser, new ControlOptions(), TimeProvider.System).CompareAsync(live, new GivenSchema(null, files), false, TestContext.Current.CancellationToken)).To;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using NpgsqlConnection connection = await ConnectAsync();
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    /// <summary>Runs SQL as the superuser.</summary>
    public Task ExecuteAsSuperuserAsync(string sql) => _cluster.ExecuteAsync(sql, Superuser);

    public async Task<T> ReadAsSuperuserAsync<T>(string sql)
    {
        await using NpgsqlConnection connection = new(Superuser);
        await connection.OpenAsync(Cancellation);
        await using NpgsqlCommand command = new(sql, connection);
        return (T)(await command.ExecuteScalarAsync(Cancellation))!;
    }

    /// <summary>The owner's own connection, past the corridor.</summary>
    public async Task<NpgsqlConnection> ConnectAsync()
    {
        NpgsqlConnectionStringBuilder login = PostgresUrl.Parse(OwnerUrl);
        login.Pooling = false;
        NpgsqlConnection connection = new(login.ConnectionString);
        await connection.OpenAsync(Cancellation);
        return connection;
    }

    /// <summary>Waits until a query's answer is true.</summary>
    public async Task WaitAsync(string condition)
    {
        for (DateTime deadline = DateTime.UtcNow.AddSeconds(30); !await ReadAsSuperuserAsync<bool>(condition);)
        {
            Assert.True(DateTime.UtcNow < deadline, $"never became true: {condition}");
            await Task.Delay(20, Cancellation);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Target.DisposeAsync();
        _key.Dispose();
        System.IO.Directory.Delete(_directory, recursive: true);
    }
}
