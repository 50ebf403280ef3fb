using Lockplane.Control.Execution;
using Lockplane.Control.Plans;
using Lockplane.PostgresTests.Clusters;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Dsl;
using Lockplane.Schema.Plans;
using Lockplane.Sql.Errors;

namespace Lockplane.PostgresTests.Control;

/// <summary>What plans of single statements do, may not do, and need a person for.</summary>
[Collection(ManagedDatabase.Collection)]
public sealed class PlanStatementTests(TestClusters clusters)
{
    private static readonly string[] Named =
    [
        "CREATE SCHEMA other",
        "CREATE TYPE mood AS ENUM ('sad', 'happy')",
        "CREATE TYPE pair AS (a int)",
        "CREATE SEQUENCE numbers",
        "CREATE TABLE notes (id int PRIMARY KEY, title text CHECK (title <> ''), m mood, p pair)",
        "CREATE TABLE drafts (LIKE notes)",
        "CREATE INDEX notes_title ON notes (title)",
        "CREATE VIEW titles AS SELECT title FROM notes",
        "CREATE FUNCTION twice(i int) RETURNS int LANGUAGE sql RETURN i * 2",
        "INSERT INTO notes VALUES (1, 'one', 'sad', ROW(1))",
        "SELECT nextval('numbers')",
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task A_sequence_is_altered_and_dropped_although_no_lock_statement_takes_one(int major)
    {
        await using ManagedDatabase database = await CreateAsync(major, "CREATE SEQUENCE numbers");
        StoredPlan altered = await PlanSchemaAsync(database, "CREATE SEQUENCE numbers INCREMENT BY 5;");
        await database.Control.ApplyAsync(altered.Plan.PlanHash.Text, database.Owner, Cancellation);
        StoredPlan dropped = await PlanSchemaAsync(database, "");
        await database.Control.ApproveAsync(dropped.Plan.PlanHash.Text, database.Owner, Cancellation);
        await database.Control.ApplyAsync(dropped.Plan.PlanHash.Text, database.Owner, Cancellation);
        Assert.True((await database.Control.VerifyAsync(Cancellation)).IsClean);
    }

    [Theory]
    [InlineData("CREATE TABLE loot AS SELECT query_to_xml('select 1', true, true, '')")]
    [InlineData("ALTER TABLE notes ADD COLUMN x text DEFAULT set_config('a.b', 'c', false)")]
    [InlineData("CREATE TEMP TABLE gone (id int)")]
    [InlineData("SELECT 1 INTO TEMP gone")]
    [InlineData("SELECT 1")]
    [InlineData("EXPLAIN ANALYZE CREATE TABLE copies AS SELECT 1 AS a")]
    [InlineData("ALTER ROLE pg_monitor SET search_path = evil, :\"DBNAME\"")]
    public async Task What_reaches_beyond_the_schema_is_no_plan(string sql)
    {
        await using ManagedDatabase database = await CreateAsync(18, "CREATE TABLE notes (id int)");
        LockplaneException refusal = await Assert.ThrowsAsync<LockplaneException>(() => PlanAsync(database, sql));
        Assert.Equal(ErrorCodes.StatementNotAllowed, refusal.Code);
    }

    [Theory]
    [InlineData("CREATE TABLE copies AS SELECT id FROM notes", false)]
    [InlineData("ALTER TABLE notes ADD COLUMN at timestamptz DEFAULT now()", false)]
    [InlineData("CREATE TABLE copies AS SELECT pg_backend_pid() AS id FROM notes", true)]
    public async Task A_function_that_is_not_known_to_be_harmless_needs_a_person(string sql, bool needsApproval)
    {
        await using ManagedDatabase database = await CreateAsync(18, "CREATE TABLE notes (id int)");
        Assert.Equal(needsApproval, (await PlanAsync(database, sql)).Plan.NeedsApproval);
    }

    // Alone and in company.
    [Theory]
    [InlineData("ALTER TABLE secrets INHERIT open")]
    [InlineData("CREATE OR REPLACE VIEW seen AS SELECT secret AS title FROM secrets")]
    [InlineData("ALTER VIEW guarded RESET (security_invoker)")]
    public async Task What_opens_access_needs_a_person_among_other_statements_too(string sql)
    {
        await using ManagedDatabase database = await ManagedDatabase.CreateAsync(await clusters.GetAsync(18), "CREATE TABLE secrets (secret text)", baseline: false);
        await database.ExecuteAsync("CREATE TABLE open (secret text)");
        await database.ExecuteAsync("CREATE VIEW seen AS SELECT secret AS title FROM open");
        await database.ExecuteAsync("CREATE VIEW guarded WITH (security_invoker = true) AS SELECT secret FROM secrets");
        await database.Control.BaselineAsync(database.SuperuserUrl, database.Owner, Cancellation);
        foreach (string text in new[] { sql, sql + "; COMMENT ON TABLE open IS 'x'" })
        {
            Plan plan = (await PlanAsync(database, text)).Plan;
            Assert.True(plan.NeedsApproval);
            Assert.Contains(plan.Steps.SelectMany(step => step.Hazards), hazard => hazard.Name == "changes_access");
        }
    }

    [Fact]
    public async Task A_statement_that_leaves_no_trace_is_not_called_harmless()
    {
        await using ManagedDatabase database = await CreateAsync(18, "CREATE TABLE notes (id int)");
        Assert.Contains((await PlanAsync(database, "REINDEX TABLE notes")).Plan.Steps.SelectMany(step => step.Hazards), hazard => hazard.Name == "not_analysed");
    }

    // What is renamed, and whether `lockplane rollback` undoes it. Without --all, every third.
    public static TheoryData<string, bool> Renames => [.. new (string, bool)[]
    {
        ("ALTER TABLE notes RENAME TO pages", true),
        ("ALTER TABLE public.notes RENAME COLUMN title TO heading", true),
        ("ALTER TABLE notes RENAME title TO heading; ALTER TABLE notes RENAME TO pages; ALTER TABLE pages ADD COLUMN more int; ALTER TABLE pages RENAME heading TO head", true),
        ("ALTER TABLE notes RENAME TO pages; CREATE VIEW notes AS SELECT * FROM pages", false),
        ("ALTER TABLE notes SET SCHEMA other; ALTER SCHEMA other RENAME TO another", true),
        ("ALTER INDEX notes_title RENAME TO by_title; ALTER INDEX notes_pkey RENAME TO pages_pkey", true),
        ("ALTER TABLE notes RENAME CONSTRAINT notes_title_check TO titled", true),
        ("ALTER TYPE mood RENAME TO feeling; ALTER TYPE pair RENAME ATTRIBUTE a TO b; ALTER TYPE pair RENAME TO couple", true),
        ("ALTER VIEW titles RENAME TO headings; ALTER SEQUENCE numbers RENAME TO counts; ALTER FUNCTION twice(int) RENAME TO double", true),
        ("ALTER TABLE notes RENAME TO pages; ALTER TABLE drafts RENAME TO notes; ALTER TABLE pages RENAME TO drafts", true),
    }.Where((_, i) => TestClusters.All || i % 3 == 2)];

    [Theory, MemberData(nameof(Renames))]
    public async Task What_a_statement_renames_is_called_again_as_it_was_and_nothing_in_it_is_lost(string sql, bool canRollBack)
    {
        await using ManagedDatabase database = await ManagedDatabase.CreateAsync(await clusters.GetAsync(18), "", baseline: false);
        foreach (string statement in Named)
        {
            await database.ExecuteAsync(statement);
        }

        await database.Control.BaselineAsync(database.SuperuserUrl, database.Owner, Cancellation);
        string before = ManifestHash.Of(await database.Control.InspectAsync(Cancellation)).Text;
        StoredPlan plan = await PlanAsync(database, sql);
        Assert.Equal(Reversibility.Exact, plan.Plan.Rollback.Reversibility);
        Assert.False(plan.Plan.NeedsApproval);
        Assert.Equal(plan.Plan.PlanHash, (await PlanAsync(database, sql)).Plan.PlanHash);
        ApplyResult applied = await database.Control.ApplyAsync(plan.Plan.PlanHash.Text, database.Owner, Cancellation);
        if (!canRollBack)
        {
            // The old name is another's now.
            await Assert.ThrowsAsync<LockplaneException>(() => database.Control.PlanRollbackAsync(applied.Seq, database.Owner, null, Cancellation));
            return;
        }

        StoredPlan back = await database.Control.PlanRollbackAsync(applied.Seq, database.Owner, null, Cancellation);
        if (back.Plan.NeedsApproval)
        {
            await database.Control.ApproveAsync(back.Plan.PlanHash.Text, database.Owner, Cancellation);
        }

        await database.Control.ApplyAsync(back.Plan.PlanHash.Text, database.Owner, Cancellation);
        Assert.Equal(before, ManifestHash.Of(await database.Control.InspectAsync(Cancellation)).Text);
        Assert.Equal((1L, 1L), (await database.ReadAsSuperuserAsync<long>("SELECT count(*) FROM notes WHERE title = 'one'"), await database.ReadAsSuperuserAsync<long>("SELECT last_value FROM numbers WHERE is_called")));
    }

    [Theory]
    [InlineData("TRUNCATE notes", "what step 1 takes away of table notes")]
    [InlineData("DROP TABLE notes; CREATE TABLE notes (id int)", "what step 1 takes away of table notes")]
    [InlineData("ALTER TABLE notes RENAME TO pages; DROP TABLE pages; CREATE TABLE pages (id int)", "what step 2 takes away of table pages")]
    [InlineData("DROP TABLE notes", "the rows of table public.notes")]
    [InlineData("ALTER TABLE notes ALTER id TYPE int USING 0", "what step 1 takes away of table notes")]
    public async Task Rows_that_go_are_lost_although_the_catalog_comes_back(string sql, string lost)
    {
        await using ManagedDatabase database = await CreateAsync(18, "CREATE TABLE notes (id int)");
        Rollback rollback = (await PlanAsync(database, sql)).Plan.Rollback;
        Assert.Equal(Reversibility.DataLost, rollback.Reversibility);
        Assert.Contains(lost, rollback.Loses);
    }

    [Fact]
    public async Task What_is_not_modelled_is_not_undone_in_silence()
    {
        await using ManagedDatabase database = await CreateAsync(18, "CREATE DOMAIN seen AS int NOT NULL");
        StoredPlan plan = await PlanAsync(database, "COMMENT ON CONSTRAINT seen_not_null ON DOMAIN seen IS 'x'");
        ApplyResult applied = await database.Control.ApplyAsync(plan.Plan.PlanHash.Text, database.Owner, Cancellation);
        LockplaneException refusal = await Assert.ThrowsAsync<LockplaneException>(() => database.Control.PlanRollbackAsync(applied.Seq, database.Owner, null, Cancellation));
        Assert.Equal(ErrorCodes.Unreadable, refusal.Code);
        Assert.Contains("seen", refusal.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_applied_on_a_head_that_SQL_alone_wrote()
    {
        await using ManagedDatabase database = await CreateAsync(18, "CREATE TABLE notes (id int)");
        StoredPlan plan = await PlanAsync(database, "ALTER TABLE notes ADD COLUMN body text");
        await database.ExecuteAsSuperuserAsync("UPDATE lockplane.ledger SET signature = 'ed25519:0:AA'");
        LockplaneException refusal = await Assert.ThrowsAsync<LockplaneException>(() => database.Control.ApplyAsync(plan.Plan.PlanHash.Text, database.Owner, Cancellation));
        Assert.Equal(ErrorCodes.LedgerBroken, refusal.Code);
    }

    private static Task<StoredPlan> PlanAsync(ManagedDatabase database, string sql) => database.Control.PlanSqlAsync(sql, null, database.Owner, null, null, Cancellation);

    private static Task<StoredPlan> PlanSchemaAsync(ManagedDatabase database, string sql) =>
        database.Control.PlanSchemaAsync([new SchemaFile("schema.sql", sql)], database.Owner, null, Cancellation);

    private async Task<ManagedDatabase> CreateAsync(int major, string sql) => await ManagedDatabase.CreateAsync(await clusters.GetAsync(major), sql);
}
