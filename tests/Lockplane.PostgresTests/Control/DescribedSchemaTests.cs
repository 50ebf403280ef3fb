using Lockplane.PostgresTests.Clusters;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Dsl;
using Lockplane.Schema.Kinds;
using Lockplane.Sql.Errors;

namespace Lockplane.PostgresTests.Control;

/// <summary>What schema files mean: roles, order, absence, extensions, directives.</summary>
[Collection(ManagedDatabase.Collection)]
public sealed class DescribedSchemaTests(TestClusters clusters)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task A_printed_catalog_with_owners_and_grants_is_described_by_its_print(int major)
    {
        PostgresCluster cluster = await clusters.GetAsync(major);
        await using ManagedDatabase database = await CreateAsync(major, "CREATE TABLE notes (id bigint PRIMARY KEY, title text NOT NULL)");
        string[] roles = [(await cluster.CreateRoleAsync()).Role, (await cluster.CreateRoleAsync()).Role];
        foreach (string sql in new[]
        {
            $"CREATE SCHEMA shop AUTHORIZATION {roles[0]}",
            "CREATE TABLE shop.orders (id int PRIMARY KEY, state text)",
            "CREATE SEQUENCE shop.numbers",
            $"ALTER TABLE shop.orders OWNER TO {roles[1]}",
            $"GRANT SELECT ON shop.orders TO {roles[0]} WITH GRANT OPTION",
            // Its grantor is the role that has the grant option.
            $"DO $$ BEGIN SET LOCAL ROLE {roles[0]}; GRANT SELECT ON shop.orders TO PUBLIC; END $$",
            $"GRANT UPDATE (state) ON shop.orders TO {roles[0]}",
            $"REVOKE ALL ON SCHEMA public FROM PUBLIC",
            "COMMENT ON TABLE shop.orders IS 'today'",
        })
        {
            await database.ExecuteAsSuperuserAsync(sql);
        }

        Catalog live = await database.Control.InspectAsync(Cancellation);
        string print = CatalogPrinter.Print(live);
        Catalog described = await database.DescribeAsync("print.lp.sql", print);
        Assert.True(ManifestHash.Of(live) == ManifestHash.Of(described), print + string.Join('\n', CatalogComparison.Of(live, described).Lines()));

        // In any order.
        string reversed = string.Join(";\n", CatalogPrinter.Statements(live).Reverse()) + ";";
        described = await database.DescribeAsync("reversed.lp.sql", reversed);
        Assert.True(ManifestHash.Of(live) == ManifestHash.Of(described), string.Join('\n', CatalogComparison.Of(live, described).Lines()));
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task Constraints_of_domains_inside_of_types_and_views_in_a_circle_are_described_by_their_print(int major)
    {
        await using ManagedDatabase database = await CreateAsync(major, """
            DO $$ BEGIN
            CREATE DOMAIN word AS text;
            CREATE DOMAIN short AS word CHECK (length(VALUE) < 9);
            CREATE TYPE pair AS (a short[], b word);
            ALTER DOMAIN word ADD CONSTRAINT filled CHECK (VALUE <> '');
            CREATE DOMAIN both_there AS pair CHECK ((VALUE).a IS NOT NULL);
            CREATE TABLE uses (p pair[], q both_there);
            CREATE VIEW one AS SELECT 1 AS a;
            CREATE VIEW two AS SELECT a FROM one;
            CREATE OR REPLACE VIEW one AS SELECT a FROM two;
            END $$
            """);

        Catalog live = await database.Control.InspectAsync(Cancellation);
        Catalog described = await database.DescribeAsync("print.lp.sql", CatalogPrinter.Print(live));
        Assert.Equal(ManifestHash.Of(live), ManifestHash.Of(described));
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task Privileges_that_no_statement_names_are_those_of_the_database(int major)
    {
        PostgresCluster cluster = await clusters.GetAsync(major);
        string role = (await cluster.CreateRoleAsync()).Role;
        await using ManagedDatabase database = await CreateAsync(major, "CREATE TABLE a (id int, x int)");
        foreach (string sql in new[] { "CREATE TABLE b (id int)", "CREATE SCHEMA s", $"GRANT SELECT ON a TO {role}", $"GRANT UPDATE (x) ON a TO {role}", $"GRANT SELECT ON b TO {role}", $"GRANT USAGE ON SCHEMA s TO {role}" })
        {
            await database.ExecuteAsync(sql);
        }

        const string Files = "CREATE TABLE a (id int, x int); CREATE TABLE b (id int); CREATE SCHEMA s;";
        async Task<Catalog> Described(string sql) => await database.DescribeAsync("x.lp.sql", sql);
        Catalog live = await database.Control.InspectAsync(Cancellation);
        Assert.Empty(CatalogComparison.Of(live, await Described(Files)).Lines());

        // A grant on one column manages its table, a revoke manages, and a schema is managed like all else.
        Catalog managed = await Described(Files + $"GRANT UPDATE (id) ON a TO {role}; REVOKE ALL ON b FROM {role}; REVOKE ALL ON SCHEMA s FROM {role};");
        Assert.Null(managed.Find(ObjectId.Table("public", "a"))!.Facts.Privileges);
        Assert.NotNull(((TableFacts)managed.Find(ObjectId.Table("public", "a"))!.Facts).Find("id")!.Privileges);
        Assert.Null(((TableFacts)managed.Find(ObjectId.Table("public", "a"))!.Facts).Find("x")!.Privileges);
        Assert.Null(managed.Find(ObjectId.Table("public", "b"))!.Facts.Privileges);
        Assert.Null(managed.Find(new ObjectId("schema", null, "s"))!.Facts.Privileges);

        Catalog whole = await Described("-- lockplane: manages all privileges\n" + Files);
        Assert.All(whole.Objects, item => Assert.Null(item.Facts.Privileges));
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task What_cannot_be_loaded_is_told_with_its_place(int major)
    {
        await using ManagedDatabase database = await CreateAsync(major, "CREATE TABLE notes (id int)");
        async Task<LockplaneException> Refused(string sql) => await Assert.ThrowsAsync<LockplaneException>(() => database.DescribeAsync("x.lp.sql", sql));
        LockplaneException refusal = await Refused("CREATE TABLE a (id int);\nCREATE TABLE b (\n  id nothing);\nCREATE VIEW v AS SELECT * FROM b;");
        Assert.Equal(ErrorCodes.ShadowStepFailed, refusal.Code);
        Assert.StartsWith("x.lp.sql:3:6: type \"nothing\" does not exist", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("x.lp.sql:4:1", refusal.Detail, StringComparison.Ordinal);

        refusal = await Refused("CREATE EXTENSION nothing_of_the_kind;");
        Assert.Equal(ErrorCodes.ShadowIncomplete, refusal.Code);
        Assert.Contains("nothing_of_the_kind", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("shadow_url", refusal.Hint, StringComparison.Ordinal);

        refusal = await Refused("CREATE CAST (bytea AS text) WITHOUT FUNCTION;");
        Assert.Equal(ErrorCodes.ShadowIncomplete, refusal.Code);
        Assert.Contains("without a function", refusal.Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task What_another_statement_has_made_is_not_passed_over(int major)
    {
        await using ManagedDatabase database = await CreateAsync(major, "CREATE TABLE notes (id int)");
        LockplaneException refusal = await Assert.ThrowsAsync<LockplaneException>(() => database.DescribeAsync(
            new SchemaFile("a.lp.sql", "CREATE TABLE a (id int);"), new SchemaFile("b.lp.sql", "CREATE TABLE IF NOT EXISTS a (other int);")));
        Assert.Equal(ErrorCodes.StatementNotAllowed, refusal.Code);
        Assert.StartsWith("b.lp.sql:1:1: another statement makes it, too", refusal.Message, StringComparison.Ordinal);

        Catalog described = await database.DescribeAsync("a.lp.sql", "CREATE EXTENSION IF NOT EXISTS plpgsql; CREATE TABLE IF NOT EXISTS a (id int);");
        Assert.NotNull(described.Find(ObjectId.Table("public", "a")));
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task A_rename_is_checked_against_the_database(int major)
    {
        await using ManagedDatabase database = await CreateAsync(major, "CREATE TABLE notes (id int, body text)");
        async Task<LockplaneException?> Planned(string sql)
        {
            try
            {
                await database.Control.PlanSchemaAsync([new SchemaFile("x.lp.sql", sql)], database.Owner, null, Cancellation);
                return null;
            }
            catch (LockplaneException e)
            {
                return e;
            }
        }

        Assert.Equal(ErrorCodes.Directive, (await Planned("-- lockplane: renamed from nowhere\nCREATE TABLE pages (id int, body text);"))?.Code);
        Assert.Equal(ErrorCodes.Directive, (await Planned("CREATE TABLE notes (id int, body text, -- lockplane: renamed from id\n more text);"))?.Code);
        await database.ExecuteAsync("ALTER TABLE notes RENAME TO pages");
        await database.Control.BaselineAsync(null, database.Owner, Cancellation);

        // It is done already.
        Assert.Null(await Planned("-- lockplane: renamed from notes\nCREATE TABLE pages (id int, body text);"));
    }

    private async Task<ManagedDatabase> CreateAsync(int major, string sql) => await ManagedDatabase.CreateAsync(await clusters.GetAsync(major), sql);
}
