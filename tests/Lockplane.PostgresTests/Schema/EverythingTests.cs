using Lockplane.Control.Introspection;
using Lockplane.Corpus;
using Lockplane.PostgresTests.Clusters;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Dsl;
using Npgsql;

namespace Lockplane.PostgresTests.Schema;

/// <summary>What a catalog's hash promises, on a schema with every kind of object.</summary>
public sealed class EverythingTests(TestClusters clusters, ITestOutputHelper output)
{
    private static readonly string[] Elsewhere =
    [
        "search_path = app, public", "search_path = \"Odd \"\"Schema\"\"\", app", "TimeZone = 'Asia/Tokyo'", "DateStyle = 'German, DMY'", "DateStyle = 'SQL, MDY'",
        "IntervalStyle = sql_standard", "IntervalStyle = iso_8601", "lc_messages = 'C.UTF-8'", "lc_monetary = 'C.UTF-8'", "lc_numeric = 'C.UTF-8'", "lc_time = 'C.UTF-8'",
        "client_encoding = 'LATIN1'", "client_encoding = 'EUC_JP'", "quote_all_identifiers = on", "extra_float_digits = -15", "extra_float_digits = 3", "bytea_output = escape",
        "xmlbinary = hex", "xmloption = document", "standard_conforming_strings = off", "array_nulls = off", "transform_null_equals = on", "row_security = off",
        "default_transaction_isolation = serializable", "default_transaction_read_only = on", "session_replication_role = replica", "enable_hashjoin = off", "enable_mergejoin = off",
        "work_mem = '64kB'", "default_text_search_config = 'pg_catalog.german'", "check_function_bodies = off", "default_table_access_method = heap", "event_source_is_not_there.x = 'y'",
    ];

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task What_is_printed_of_everything_builds_everything(int major)
    {
        PostgresCluster cluster = await clusters.GetAsync(major);
        await using NpgsqlConnection original = await EverythingSchema.BuildAsync(cluster);
        Catalog catalog = await EverythingSchema.ReadAsync(original);
        Assert.Empty(catalog.Unmodelled);
        Assert.Empty(catalog.Unreadable);

        byte[] manifest = Manifest.Write(catalog);
        Assert.Equal(manifest, Manifest.Write(Manifest.Read(manifest)));

        string print = CatalogPrinter.Print(catalog);
        await using NpgsqlConnection rebuilt = await EverythingSchema.BuildAsync(cluster, print);
        Catalog again = await EverythingSchema.ReadAsync(rebuilt);
        SchemaDatabase.AssertSame(catalog, again, "The printed catalog builds another one.");
        Assert.Equal(print, CatalogPrinter.Print(again));
        await AssertDumpsAlikeAsync(cluster, original, rebuilt);
    }

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task The_order_in_which_everything_was_made_does_not_count(int major)
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("LOCKPLANE_SEED"), out int given) ? given : Random.Shared.Next(1_000_000);
        output.WriteLine($"LOCKPLANE_SEED={seed}");
        PostgresCluster cluster = await clusters.GetAsync(major);
        await using NpgsqlConnection first = await EverythingSchema.BuildAsync(cluster);
        await using NpgsqlConnection second = await EverythingSchema.BuildAsync(cluster, seed);

        // Columns that were dropped leave gaps in the numbers of those after them.
        await EverythingSchema.RunAsync(second, "ALTER TABLE app.letters ADD COLUMN gone integer");
        await EverythingSchema.RunAsync(second, "ALTER TABLE app.letters DROP COLUMN gone");
        Catalog expected = await EverythingSchema.ReadAsync(first);
        Catalog actual = await EverythingSchema.ReadAsync(second);

        SchemaDatabase.AssertSame(expected, actual, $"LOCKPLANE_SEED={seed}: the order of statements counts.");
        Assert.Equal(CatalogPrinter.Print(expected), CatalogPrinter.Print(actual));
    }

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task No_setting_of_the_session_or_the_role_changes_a_byte(int major)
    {
        PostgresCluster cluster = await clusters.GetAsync(major);
        await using NpgsqlConnection first = await EverythingSchema.BuildAsync(cluster);
        byte[] expected = Manifest.Write(await EverythingSchema.ReadAsync(first));
        Assert.Equal(expected, Manifest.Write(await EverythingSchema.ReadAsync(first)));
        (string role, string password) = await cluster.CreateRoleAsync("SUPERUSER");
        string own = new NpgsqlConnectionStringBuilder(cluster.AdminConnectionString) { Database = first.Database, Username = role, Password = password }.ConnectionString;

        foreach (string setting in Elsewhere)
        {
            await EverythingSchema.RunAsync(first, "SET " + setting);
            Assert.True(IsSame(expected, await EverythingSchema.ReadAsync(first)), $"SET {setting}");
            await EverythingSchema.RunAsync(first, "RESET ALL");
            await EverythingSchema.RunAsync(first, $"ALTER ROLE {role} SET {setting}");
        }

        // All of them at once, as the role's own, and inside of a transaction whose settings stay.
        await using NpgsqlConnection second = await EverythingSchema.OpenAsync(own);
        Assert.True(IsSame(expected, await EverythingSchema.ReadAsync(second)), "all settings, as the role's");
        await using NpgsqlTransaction transaction = await second.BeginTransactionAsync(TestContext.Current.CancellationToken);
        Catalog within = await CatalogReader.ReadAsync(second, transaction, Scope.All, TestContext.Current.CancellationToken);
        Assert.True(IsSame(expected, within), "all settings, in a transaction");
    }

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task A_plain_owner_reads_what_a_superuser_reads_or_is_told_what_is_missing(int major)
    {
        PostgresCluster cluster = await clusters.GetAsync(major);
        await EverythingSchema.CreateRolesAsync(cluster);
        (string role, string password) = await cluster.CreateRoleAsync();
        string database = await cluster.CreateDatabaseAsync(role);
        await cluster.ExecuteAsync($"GRANT everything_owner, everything_reader TO {role}");
        await using NpgsqlConnection owner = await EverythingSchema.OpenAsync(new NpgsqlConnectionStringBuilder(database) { Username = role, Password = password }.ConnectionString);
        IReadOnlyList<string> refused = await EverythingSchema.RunWhatCanAsync(owner, EverythingSchema.AnyOrder(major));
        Assert.InRange(refused.Count, 1, 150);
        await using NpgsqlConnection superuser = await EverythingSchema.OpenAsync(database);

        Catalog expected = await EverythingSchema.ReadAsync(superuser);
        Catalog actual = await EverythingSchema.ReadAsync(owner);

        Assert.Empty(actual.Unreadable);
        SchemaDatabase.AssertSame(expected, actual, "A plain owner reads another catalog.");

        // What only superusers see has to be named, where there is any.
        await using NpgsqlConnection everything = await EverythingSchema.BuildAsync(cluster);
        await using NpgsqlConnection plain = await EverythingSchema.OpenAsync(new NpgsqlConnectionStringBuilder(database) { Username = role, Password = password, Database = everything.Database }.ConnectionString);
        Catalog whole = await EverythingSchema.ReadAsync(everything);
        Catalog seen = await EverythingSchema.ReadAsync(plain);
        if (seen.Unreadable.IsEmpty)
        {
            SchemaDatabase.AssertSame(whole, seen, "A role that is not told that it cannot read something reads another catalog.");
        }
    }

    private static bool IsSame(byte[] manifest, Catalog catalog) => manifest.AsSpan().SequenceEqual(Manifest.Write(catalog));

    // pg_dump reads servers of its own major and older ones; what it makes equal stands there.
    private static async Task AssertDumpsAlikeAsync(PostgresCluster cluster, NpgsqlConnection original, NpgsqlConnection rebuilt)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        if (await PgDump.FindAsync(cluster.AdminConnectionString, cluster.Major, cancellation) is { } dump)
        {
            Assert.Equal(await dump.WriteAsync(original.Database, cancellation), await dump.WriteAsync(rebuilt.Database, cancellation));
        }
    }
}
