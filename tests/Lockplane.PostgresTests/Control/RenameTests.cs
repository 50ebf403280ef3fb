using Lockplane.Control.Plans;
using Lockplane.PostgresTests.Clusters;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Dsl;
using Lockplane.Schema.Plans;

namespace Lockplane.PostgresTests.Control;

/// <summary>What a schema file says was called otherwise keeps its rows, and gets its old name back.</summary>
[Collection(ManagedDatabase.Collection)]
public sealed class RenameTests(TestClusters clusters)
{
    private const string Before =
        """
        CREATE SCHEMA shop;
        CREATE TYPE shop.size AS (width int, height int);
        CREATE TABLE shop.notes (id serial PRIMARY KEY, title text NOT NULL UNIQUE, gone int, CHECK (title <> ''));
        CREATE INDEX notes_title_idx ON shop.notes (title);
        CREATE TABLE shop.replies (note int REFERENCES shop.notes (id), size shop.size);
        CREATE FUNCTION shop.count_of(text) RETURNS bigint LANGUAGE sql AS 'SELECT pg_catalog.length($1)::bigint';
        CREATE VIEW shop.titles AS SELECT title, shop.count_of(title) AS length FROM shop.notes;
        CREATE SEQUENCE shop.numbers;
        """;

    // Everything has another name, and a column goes, so that the way back leaves the columns in another order.
    private const string After =
        """
        -- lockplane: renamed from shop
        CREATE SCHEMA store;
        -- lockplane: renamed from size
        CREATE TYPE store.extent AS (
            wide int, -- lockplane: renamed from width
            height int);
        -- lockplane: renamed from notes
        CREATE TABLE store.memos (
            id serial PRIMARY KEY,
            subject text NOT NULL UNIQUE, -- lockplane: renamed from title
            CHECK (subject <> ''));
        CREATE INDEX memos_subject_idx ON store.memos (subject);
        CREATE TABLE store.replies (note int REFERENCES store.memos (id), size store.extent);
        -- lockplane: renamed from count_of
        CREATE FUNCTION store.length_of(text) RETURNS bigint LANGUAGE sql AS 'SELECT pg_catalog.length($1)::bigint';
        -- lockplane: renamed from titles
        CREATE VIEW store.subjects AS SELECT subject AS title, store.length_of(subject) AS length FROM store.memos;
        -- lockplane: renamed from store.numbers
        CREATE SEQUENCE public.numbers;
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task What_has_another_name_keeps_its_rows_there_and_back(int major)
    {
        await using ManagedDatabase database = await ManagedDatabase.CreateAsync(await clusters.GetAsync(major), "", baseline: false);
        foreach (string statement in Before.Split(";\n"))
        {
            await database.ExecuteAsync(statement);
        }

        await database.Control.BaselineAsync(database.SuperuserUrl, database.Owner, Cancellation);
        await database.ExecuteAsync("INSERT INTO shop.notes (title) VALUES ('a'), ('b')");

        StoredPlan stored = await database.Control.PlanSchemaAsync([new SchemaFile("x.lp.sql", After)], database.Owner, null, Cancellation);

        Assert.DoesNotContain(stored.Plan.Steps, step => step.Sql.Contains("CREATE", StringComparison.Ordinal) || step.Sql.StartsWith("DROP", StringComparison.Ordinal));
        Assert.Contains(stored.Plan.Steps, step => step.Sql == "ALTER TABLE store.memos DROP COLUMN gone");
        Assert.Contains(stored.Plan.Steps, step => step.Sql == "ALTER SEQUENCE store.notes_id_seq RENAME TO memos_id_seq" && step.Reason.StartsWith("its directive says so", StringComparison.Ordinal));
        Assert.All(stored.Plan.Steps.SelectMany(step => step.Locks), held => Assert.StartsWith("shop.", held.Relation, StringComparison.Ordinal));
        Assert.Equal(Reversibility.DataLost, stored.Plan.Rollback.Reversibility);

        await database.Control.ApproveAsync(stored.Plan.PlanHash.Text, database.Owner, Cancellation);
        await database.Control.ApplyAsync(stored.Plan.PlanHash.Text, database.Owner, Cancellation);
        Assert.Equal(2, await database.ReadAsSuperuserAsync<long>("SELECT count(*) FROM store.memos WHERE subject IN ('a', 'b')"));
        Assert.Equal(3, await database.ReadAsSuperuserAsync<int>("INSERT INTO store.memos (subject) VALUES ('c') RETURNING id"));

        // The directive is done with, and says so by doing nothing.
        Assert.Empty((await database.Control.PlanSchemaAsync([new SchemaFile("x.lp.sql", After)], database.Owner, null, Cancellation)).Plan.Steps);

        StoredPlan undo = await database.Control.PlanRollbackAsync(2, database.Owner, null, Cancellation);
        Assert.DoesNotContain(undo.Plan.Steps, step => step.Sql.Contains("CREATE", StringComparison.Ordinal) || step.Sql.StartsWith("DROP", StringComparison.Ordinal));
        await database.Control.ApplyAsync(undo.Plan.PlanHash.Text, database.Owner, Cancellation);
        Assert.Equal(stored.Plan.Rollback.ToHash, ManifestHash.Of(await database.Control.InspectAsync(Cancellation)));
        Assert.Equal(3, await database.ReadAsSuperuserAsync<long>("SELECT count(*) FROM shop.notes WHERE title IN ('a', 'b', 'c')"));
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task A_rename_alone_is_undone_exactly(int major)
    {
        await using ManagedDatabase database = await ManagedDatabase.CreateAsync(await clusters.GetAsync(major), "CREATE TABLE notes (id int PRIMARY KEY, title text)");
        StoredPlan stored = await database.Control.PlanSchemaAsync(
            [new SchemaFile("x.lp.sql", "CREATE TABLE notes (id int PRIMARY KEY,\n  -- lockplane: renamed from title\n  subject text);")], database.Owner, null, Cancellation);
        Assert.Equal("ALTER TABLE public.notes RENAME COLUMN title TO subject", Assert.Single(stored.Plan.Steps).Sql);
        Assert.Equal("ALTER TABLE public.notes RENAME COLUMN subject TO title", Assert.Single(stored.Plan.Rollback.Steps).Sql);
        Assert.Equal((Reversibility.Exact, stored.Plan.FromHash), (stored.Plan.Rollback.Reversibility, stored.Plan.Rollback.ToHash));
        Assert.False(stored.Plan.NeedsApproval);
    }
}
