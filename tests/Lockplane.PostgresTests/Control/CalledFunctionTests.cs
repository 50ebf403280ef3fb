using Lockplane.Control;
using Lockplane.Control.Plans;
using Lockplane.PostgresTests.Clusters;
using Lockplane.Schema.Dsl;
using Lockplane.Schema.Plans;
using Lockplane.Sql.Errors;

namespace Lockplane.PostgresTests.Control;

/// <summary>Ways to have one of the database's own functions run while a plan is applied, and what changes rows of other tables along.</summary>
[Collection(ManagedDatabase.Collection)]
public sealed class CalledFunctionTests(TestClusters clusters)
{
    private static readonly string[] Schema =
    [
        "CREATE TABLE notes (id int PRIMARY KEY, name text, amount int)",
        "CREATE FUNCTION purge(notes) RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'",
        "CREATE FUNCTION agree(int, int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN true; END'",
        "CREATE FUNCTION lower(int) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN 1; END'",
        "CREATE FUNCTION seen() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN old; END'",
        "CREATE TYPE size AS (n int)",
        "CREATE FUNCTION sized(int) RETURNS size LANGUAGE plpgsql AS 'BEGIN RETURN ROW(1); END'",
        "CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = agree)",
        "CREATE VIEW inner_view AS SELECT id, purge(notes) AS p FROM notes",
        "CREATE VIEW outer_view AS SELECT id FROM inner_view",
        "CREATE MATERIALIZED VIEW kept AS SELECT * FROM outer_view WITH NO DATA",
        "CREATE DOMAIN checked AS int CHECK (agree(VALUE, 1))",
        "CREATE TABLE tags (note int PRIMARY KEY REFERENCES notes ON DELETE CASCADE)",
        "CREATE TRIGGER seen BEFORE DELETE ON tags FOR EACH ROW EXECUTE FUNCTION seen()",
        "CREATE TABLE links (tag int REFERENCES tags)",
        "CREATE SEQUENCE numbers",
        "CREATE TYPE pair AS (a checked, b int)",
        "CREATE TYPE span AS RANGE (subtype = checked, subtype_opclass = int4_ops)",
        "CREATE TABLE indexed (a int, b int)",
        "CREATE INDEX indexed_lower ON indexed (lower(a))",
        "CREATE INDEX kept_lower ON kept (lower(id))",
        "CREATE TABLE parts (a int) PARTITION BY LIST (lower(a))",
        "CREATE TABLE rest PARTITION OF parts DEFAULT",
        "CREATE TABLE plain_parts (a int) PARTITION BY LIST (a)",
        "CREATE TABLE empty_parts (a int) PARTITION BY LIST (lower(a))",
        "CREATE DOMAIN loose AS int",
        "CREATE VIEW all_notes AS SELECT id, name FROM notes",
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_function_is_found_however_it_is_called()
    {
        await using ManagedDatabase database = await CreateAsync();
        await CallsAsync(database, "CREATE TABLE n AS SELECT notes.purge FROM notes", "function public.purge(public.notes)");
        await CallsAsync(database, "CREATE TABLE n AS SELECT (notes).purge FROM notes", "function public.purge(public.notes)");
        await CallsAsync(database, "SELECT id INTO n FROM notes WHERE id === 3", "operator public.\"===\"(integer, integer)");
        await CallsAsync(database, "CREATE TABLE n AS SELECT lower(id) FROM notes", "function public.lower(integer)");
        await CallsAsync(database, "CREATE TABLE n AS SELECT id FROM outer_view", "function public.purge(public.notes)");
        await CallsAsync(database, "REFRESH MATERIALIZED VIEW kept", "function public.purge(public.notes)");
        await CallsAsync(database, "CREATE TABLE n AS SELECT id::checked FROM notes", "function public.agree(integer, integer)");
        await CallsAsync(database, "ALTER TABLE notes ADD COLUMN c checked", "function public.agree(integer, integer)");
        await CallsAsync(database, "ALTER TABLE notes ALTER COLUMN amount TYPE checked", "function public.agree(integer, integer)");
        await CallsAsync(database, "ALTER TABLE notes ALTER COLUMN amount TYPE text USING lower(amount)", "function public.lower(integer)");
        await CallsAsync(database, "-- lockplane: rows 0..9\nDELETE FROM notes", "function public.seen()");
        await CallsAsync(database, "CREATE TABLE n AS SELECT (1::oid).pg_stat_get_numscans AS c FROM notes", "function pg_stat_get_numscans");

        await CallsAsync(database, "-- lockplane: rows 0..9\nDELETE FROM all_notes", "function public.seen()");
        await CallsAsync(database, "CREATE TABLE n AS SELECT a.ctid AS c FROM notes a", null);
        await CallsAsync(database, "CREATE TABLE n AS SELECT ROW(5, 1)::pair AS p", "function public.agree(integer, integer)");
        await CallsAsync(database, "CREATE TABLE n AS SELECT '{5}'::_checked AS c", "function public.agree(integer, integer)");
        await CallsAsync(database, "CREATE TABLE n AS SELECT '[1,5]'::span AS s", "function public.agree(integer, integer)");
        await CallsAsync(database, "CREATE TABLE n AS SELECT json_value('{}', '$.a' RETURNING pair) AS p", "function public.agree(integer, integer)");
        await CallsAsync(database, "-- lockplane: rows 0..9\nUPDATE links SET tag = 1 WHERE ('(77,1)'::pair).b = 5", "function public.agree(integer, integer)");

        await CallsAsync(database, "CREATE TABLE n AS SELECT notes.id, upper(name) AS n FROM notes WHERE amount = 3", null);
        await CallsAsync(database, "ALTER TABLE notes ADD COLUMN c int DEFAULT 3", null);
        await CallsAsync(database, "CREATE TABLE n (c checked)", null);
    }

    [Fact]
    public async Task What_is_built_again_or_divided_calls_functions_too()
    {
        await using ManagedDatabase database = await CreateAsync();
        await CallsAsync(database, "ALTER TABLE indexed ADD COLUMN u uuid DEFAULT gen_random_uuid()", "function public.lower(integer)");
        await CallsAsync(database, "ALTER TABLE indexed SET UNLOGGED", "function public.lower(integer)");
        await CallsAsync(database, "CLUSTER indexed USING indexed_lower", "function public.lower(integer)");
        await CallsAsync(database, "REINDEX TABLE indexed", "function public.lower(integer)");
        await CallsAsync(database, "REINDEX INDEX indexed_lower", "function public.lower(integer)");
        await CallsAsync(database, "REFRESH MATERIALIZED VIEW kept", "function public.lower(integer)");
        await CallsAsync(database, "CREATE TABLE few PARTITION OF parts FOR VALUES IN ('1')", "function public.lower(integer)");
        await CallsAsync(database, "CREATE TABLE few PARTITION OF plain_parts FOR VALUES IN (5::checked)", "function public.agree(integer, integer)");

        // No row is there that would have to be looked at.
        await CallsAsync(database, "CREATE TABLE few PARTITION OF empty_parts FOR VALUES IN ('1')", null);
    }

    [Fact]
    public async Task What_another_statement_hides_is_found()
    {
        await using ManagedDatabase database = await CreateAsync();
        foreach (string sql in (string[])[
            "CREATE INDEX i ON notes ((amount === 3)); DROP INDEX i",
            "CREATE INDEX i ON notes (lower(id)); DROP INDEX i",
            "CREATE VIEW v AS SELECT amount === 3 AS x FROM notes; CREATE TABLE n AS SELECT * FROM v; DROP VIEW v",
            "ALTER FUNCTION purge(notes) RENAME TO upper; CREATE TABLE n AS SELECT upper(notes) AS u FROM notes; ALTER FUNCTION upper(notes) RENAME TO purge",
            "CREATE SCHEMA s; ALTER VIEW outer_view SET SCHEMA s; ALTER VIEW s.outer_view RENAME TO x; CREATE TABLE n AS SELECT id FROM s.x; ALTER VIEW s.x RENAME TO outer_view; ALTER VIEW s.outer_view SET SCHEMA public",
            "CREATE OPERATOR ##== (LEFTARG = int, RIGHTARG = int, FUNCTION = agree); CREATE TABLE n AS SELECT id ##== 3 AS x FROM notes; DROP OPERATOR ##== (int, int)",
            "ALTER TABLE indexed SET UNLOGGED; ALTER TABLE indexed SET LOGGED",
            "ALTER DOMAIN loose ADD CONSTRAINT c CHECK (VALUE === 1); ALTER DOMAIN loose DROP CONSTRAINT c",
        ])
        {
            StoredPlan plan = await PlanAsync(database, sql);
            Assert.True(plan.Plan.Steps.SelectMany(step => step.Hazards).Any(hazard => hazard.Name == Hazards.CallsFunctions.Name), sql);
        }
    }

    [Fact]
    public async Task Common_changes_of_several_statements_need_nobody()
    {
        await using ManagedDatabase database = await CreateAsync();
        foreach (string sql in (string[])[
            "ALTER TABLE notes ADD COLUMN a int; ALTER TABLE notes ADD COLUMN b int",
            "CREATE TABLE n (id int PRIMARY KEY, at timestamptz DEFAULT now()); CREATE INDEX ON n (at); CREATE VIEW w AS SELECT n.id FROM n",
            "ALTER TABLE links RENAME TO joins; ALTER TABLE joins ADD COLUMN x int; CREATE INDEX ON joins (x)",
        ])
        {
            Assert.False((await PlanAsync(database, sql)).Plan.NeedsApproval, sql);
        }
    }

    [Fact]
    public async Task What_default_privileges_open_needs_a_person()
    {
        await using ManagedDatabase database = await CreateAsync();
        string[] changes =
        [
            "CREATE VIEW n AS SELECT name FROM notes",
            "CREATE TABLE n AS SELECT name FROM notes",
            "SELECT name INTO n FROM notes",
            "CREATE MATERIALIZED VIEW n AS SELECT name FROM notes",
        ];
        foreach (string sql in changes)
        {
            Assert.Empty(Subjects(await StepAsync(database, sql), Hazards.ChangesAccess));
        }

        await database.ExecuteAsync("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO pg_monitor");
        await database.Control.BaselineAsync(null, database.Owner, Cancellation);
        foreach (string sql in changes)
        {
            Assert.Single(Subjects(await StepAsync(database, sql), Hazards.ChangesAccess));
        }

        Assert.Empty(Subjects(await StepAsync(database, "CREATE TABLE n (id int)"), Hazards.ChangesAccess));
    }

    [Fact]
    public async Task Files_that_make_a_function_run_need_a_person_too()
    {
        await using ManagedDatabase database = await CreateAsync();
        string[] schema = [.. Schema, "CREATE CAST (int AS size) WITH FUNCTION sized(int) AS ASSIGNMENT", "CREATE TABLE uses (c checked)", "CREATE TABLE sizes (s int)"];
        foreach ((string change, string called) in ((string, string)[])[
            ("ALTER TABLE notes ADD COLUMN c checked", "function public.agree(integer, integer)"),
            ("ALTER TABLE notes ADD COLUMN c bool DEFAULT agree(1, 2)", "function public.agree(integer, integer)"),
            ("ALTER TABLE notes ADD COLUMN c text GENERATED ALWAYS AS (lower(amount)) STORED", "function public.lower(integer)"),
            ("ALTER TABLE notes ADD CHECK (amount === 3)", "operator public.\"===\"(integer, integer)"),
            ("CREATE INDEX ON notes (lower(amount))", "function public.lower(integer)"),
            ("CREATE TABLE sizes (s size)", "cast \"integer AS public.size\""),
            ("ALTER DOMAIN checked ADD CHECK (agree(VALUE, 2))", "function public.agree(integer, integer)")])
        {
            string[] wanted = [.. schema.Where(statement => !change.StartsWith("CREATE TABLE", StringComparison.Ordinal) || statement != schema[^1]), change];
            Plan plan = (await new GivenSchemas(database.Target, ManagedDatabase.Parser, new ControlOptions(), TimeProvider.System)
                .PlanAsync(new GivenSchema(null, [new SchemaFile("from.sql", Joined(schema))]), new GivenSchema(null, [new SchemaFile("to.sql", Joined(wanted))]), Cancellation)).Plan;
            Assert.Contains(new StepHazard("calls_functions", called), plan.Steps.SelectMany(step => step.Hazards));
        }
    }

    [Fact]
    public async Task What_changes_along_is_named()
    {
        await using ManagedDatabase database = await CreateAsync();
        PlanStep delete = await StepAsync(database, "-- lockplane: rows 0..9\nDELETE FROM notes");
        Assert.Equal(["table public.notes", "table public.tags"], Subjects(delete, Hazards.ChangesData));
        Assert.Contains(new StepLock("public.tags", LockModes.RowExclusive), delete.Locks);
        Assert.Equal(["table public.notes", "table public.tags", "view public.all_notes"], Subjects(await StepAsync(database, "-- lockplane: rows 0..9\nDELETE FROM all_notes"), Hazards.ChangesData));
        Assert.Equal(["table public.notes"], Subjects(await StepAsync(database, "-- lockplane: rows 0..9\nUPDATE notes SET amount = 1"), Hazards.ChangesData));
        Assert.Equal(["table public.notes"], Subjects(await StepAsync(database, "-- lockplane: rows 0..9\nINSERT INTO notes VALUES (1)"), Hazards.ChangesData));

        StoredPlan truncate = await PlanAsync(database, "TRUNCATE notes CASCADE");
        Assert.Equal(["table notes", "table public.links", "table public.tags"], Subjects(truncate.Plan.Steps[0], Hazards.DropsData));
        Assert.Contains(new StepLock("public.links", LockModes.AccessExclusive), truncate.Plan.Steps[0].Locks);
        Assert.Contains("what step 1 takes away of table public.links", truncate.Plan.Rollback.Loses);

        PlanStep cluster = await StepAsync(database, "CLUSTER notes USING notes_pkey");
        Assert.Equal(["public.notes"], cluster.Rewrites);
        Assert.Contains(new StepLock("public.notes", LockModes.AccessExclusive), cluster.Locks);

        StoredPlan restart = await PlanAsync(database, "ALTER SEQUENCE numbers RESTART WITH 3");
        Assert.Equal((Reversibility.DataLost, true), (restart.Plan.Rollback.Reversibility, restart.Plan.NeedsApproval));
    }

    [Fact]
    public async Task What_no_plan_may_call_is_refused_as_an_attribute_too()
    {
        await using ManagedDatabase database = await CreateAsync();
        foreach (string sql in (string[])[
            "CREATE TABLE n AS SELECT ('/etc/passwd'::text).pg_read_file",
            "ALTER TABLE notes ADD COLUMN c text DEFAULT ('1'::text).pg_sleep",
        ])
        {
            Assert.Equal(ErrorCodes.StatementNotAllowed, (await Assert.ThrowsAsync<LockplaneException>(() => PlanAsync(database, sql))).Code);
        }
    }

    private static async Task CallsAsync(ManagedDatabase database, string sql, string? called)
    {
        string[] calls = Subjects(await StepAsync(database, sql), Hazards.CallsFunctions);
        Assert.True(called is null ? calls.Length == 0 : calls.Contains(called), $"{sql}: {string.Join("; ", calls)}");
    }

    private static string[] Subjects(PlanStep step, Hazard hazard) => [.. step.Hazards.Where(h => h.Name == hazard.Name).Select(h => h.Object).Order(StringComparer.Ordinal)];

    private static async Task<PlanStep> StepAsync(ManagedDatabase database, string sql) => Assert.Single((await PlanAsync(database, sql)).Plan.Steps);

    private static Task<StoredPlan> PlanAsync(ManagedDatabase database, string sql) => database.Control.PlanSqlAsync(sql, null, database.Owner, null, null, Cancellation);

    private static string Joined(IEnumerable<string> statements) => string.Join(";\n", statements);

    private async Task<ManagedDatabase> CreateAsync()
    {
        ManagedDatabase database = await ManagedDatabase.CreateAsync(await clusters.GetAsync(18), Schema[0], baseline: false);
        foreach (string statement in Schema.Skip(1))
        {
            await database.ExecuteAsync(statement);
        }

        await database.Control.BaselineAsync(database.SuperuserUrl, database.Owner, Cancellation);
        return database;
    }
}
