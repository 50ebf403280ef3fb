using Lockplane.Control.Introspection;
using Lockplane.PostgresTests.Clusters;
using Lockplane.Schema.Catalogs;
using Npgsql;

namespace Lockplane.PostgresTests.Schema;

public sealed class IntrospectionTests(TestClusters clusters)
{
    private const string Tables = """
        CREATE SCHEMA app;
        CREATE TABLE app.a (id integer PRIMARY KEY, at timestamptz DEFAULT '2024-01-01 00:00+00', d date DEFAULT '2024-02-03', i interval DEFAULT '1 day 02:00', f float8 DEFAULT 0.1);
        CREATE TABLE public.b (id bigint GENERATED ALWAYS AS IDENTITY, a integer, m money DEFAULT 12.5, x bytea DEFAULT '\x01ff');
        CREATE SEQUENCE app.s CACHE 2;

        """;

    private const string Constraints = """
        ALTER TABLE public.b ADD CONSTRAINT fk FOREIGN KEY (a) REFERENCES app.a (id) ON DELETE CASCADE;
        ALTER TABLE public.b ADD CONSTRAINT ck CHECK (a > 0 AND a < 100);
        CREATE INDEX i ON public.b USING btree (lower((a)::text)) WHERE a > 3;
        ALTER TABLE app.a ALTER COLUMN id SET DEFAULT nextval('app.s'::regclass);

        """;

    private const string Elsewhere =
        "SELECT set_config('search_path', 'app, public', false), set_config('timezone', 'Asia/Tokyo', false), set_config('datestyle', 'German', false), "
        + "set_config('intervalstyle', 'sql_standard', false), set_config('quote_all_identifiers', 'on', false), set_config('extra_float_digits', '-3', false), "
        + "set_config('bytea_output', 'escape', false)";

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task The_hash_depends_on_no_setting_and_no_history(int major)
    {
        PostgresCluster cluster = await clusters.GetAsync(major);
        await using SchemaDatabase plain = await SchemaDatabase.CreateAsync(cluster, Tables + Constraints);
        string[] statements = Tables.Split(";\n", StringSplitOptions.RemoveEmptyEntries);
        string[] reordered = ["CREATE TABLE public.gone (id integer)", statements[0], .. statements[1..].Reverse(), "DROP TABLE public.gone"];
        await using SchemaDatabase other = await SchemaDatabase.CreateAsync(cluster, string.Concat(reordered.Select(s => s + ";\n")) + Constraints, Elsewhere);

        SchemaDatabase.AssertSame(await plain.ReadAsync(), await other.ReadAsync(), "Settings or history reached the hash.");
    }

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task Reading_inside_a_transaction_leaves_its_settings(int major)
    {
        PostgresCluster cluster = await clusters.GetAsync(major);
        await using SchemaDatabase database = await SchemaDatabase.CreateAsync(cluster, Tables);
        await using NpgsqlTransaction transaction = await database.Connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await database.RunAsync("SET LOCAL search_path = app, public");
        await database.RunAsync("CREATE TABLE mine (id integer)");

        Catalog catalog = await CatalogReader.ReadAsync(database.Connection, transaction, Scope.All, TestContext.Current.CancellationToken);

        Assert.True(catalog.Contains(ObjectId.Table("app", "mine")));
        await using NpgsqlCommand command = new("SELECT current_setting('search_path') || '|' || current_setting('jit')", database.Connection);
        Assert.Equal("app, public|on", await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    // As if another's DDL came between each time; the driver gives the connection up with each internal error.
    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task An_internal_error_is_passed_on_after_the_third_and_the_connection_reads_again(int major)
    {
        PostgresCluster cluster = await clusters.GetAsync(major);
        string url = await cluster.CreateDatabaseAsync();
        await using NpgsqlConnection reader = SchemaDatabase.Connect(url);
        await using NpgsqlConnection other = SchemaDatabase.Connect(url);
        await reader.OpenAsync(TestContext.Current.CancellationToken);
        await other.OpenAsync(TestContext.Current.CancellationToken);
        await EverythingSchema.RunAsync(other, "CREATE TABLE t (a integer)");
        await EverythingSchema.RunAsync(other, "CREATE INDEX i ON t (a)");
        await EverythingSchema.RunAsync(other, "SET allow_system_table_mods = on");

        await EverythingSchema.RunAsync(other, "UPDATE pg_attribute SET attnum = 7 WHERE attname = 'a' AND attrelid = 't'::regclass");
        PostgresException error = await Assert.ThrowsAsync<PostgresException>(() => CatalogReader.ReadAsync(reader, null, Scope.All, TestContext.Current.CancellationToken));
        await EverythingSchema.RunAsync(other, "UPDATE pg_attribute SET attnum = 1 WHERE attname = 'a' AND attrelid = 't'::regclass");

        Assert.Equal(PostgresErrorCodes.InternalError, error.SqlState);
        Assert.True((await CatalogReader.ReadAsync(reader, null, Scope.All, TestContext.Current.CancellationToken)).Contains(new ObjectId("index", "public", "i")));
    }

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task What_a_shadow_could_not_build_is_named(int major)
    {
        PostgresCluster cluster = await clusters.GetAsync(major);
        await using SchemaDatabase database = await SchemaDatabase.CreateAsync(
            cluster,
            "CREATE TYPE mood AS ENUM ('a');\nCREATE FUNCTION f(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';\nCREATE TABLE t (m mood[], n integer CHECK (f(n) > 0));\n"
            + "CREATE TYPE half;\nCREATE FUNCTION g(half) RETURNS integer LANGUAGE internal IMMUTABLE AS 'int4um';\n");

        Catalog catalog = await database.ReadAsync(new Scope(Ignore: ["public.mood", "public.f"]));

        Assert.Equal(
            [
                "constraint public.t.t_n_check needs function public.f(integer)",
                "function public.g(public.half) needs type public.half",
                "table public.t needs enum public.mood",
            ],
            catalog.Requirements.Select(requirement => requirement.ToString()));
    }

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task The_scope_leaves_out_by_name(int major)
    {
        PostgresCluster cluster = await clusters.GetAsync(major);
        await using SchemaDatabase database = await SchemaDatabase.CreateAsync(cluster, Tables + "CREATE TYPE public.half;\n");

        Catalog catalog = await database.ReadAsync(new Scope(Ignore: ["public.b*", "app"]));

        Assert.DoesNotContain(catalog.Objects, item => item.Id.Schema == "app" || item.Id.Name == "b");
        Assert.Contains(ObjectId.Table("public", "b"), catalog.Ignored);
        Assert.Contains(catalog.Unmodelled, item => item is { Kind: "type", Name: "half" });
    }
}
