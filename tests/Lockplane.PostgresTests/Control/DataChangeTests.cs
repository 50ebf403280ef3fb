using System.Text;
using Lockplane.Control.Execution;
using Lockplane.Control.Plans;
using Lockplane.Control.Shadows;
using Lockplane.PostgresTests.Clusters;
using Lockplane.Schema.Plans;
using Lockplane.Sql.Errors;

namespace Lockplane.PostgresTests.Control;

/// <summary>Plans that change rows: how many they may touch, and what becomes of them.</summary>
[Collection(ManagedDatabase.Collection)]
public sealed class DataChangeTests(TestClusters clusters)
{
    private static readonly string[] Notes =
    [
        "CREATE TABLE notes (id int PRIMARY KEY, title text NOT NULL, done boolean DEFAULT false)",
        "INSERT INTO notes SELECT i, 'note ' || i FROM generate_series(1, 5) i",
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(18, "-- lockplane: rows 5\nUPDATE notes SET done = true", "UPDATE 5")]
    [InlineData(15, "-- lockplane: rows 1..5\nDELETE FROM notes WHERE id > 1", "DELETE 4")]
    [InlineData(18, "INSERT INTO notes SELECT id + 10, title FROM notes; -- lockplane: rows ..5", "INSERT 5")]
    [InlineData(15, "UPDATE notes n SET title = o.title\nFROM notes o WHERE o.id = n.id + 1\n-- lockplane: rows 4..4\n;", "UPDATE 4")]
    [InlineData(15, "-- lockplane: rows 3\n-- of which one is new\nMERGE INTO notes n USING (VALUES (4, 'a'), (5, 'b'), (6, 'c')) v (id, title) ON n.id = v.id WHEN MATCHED THEN UPDATE SET title = v.title WHEN NOT MATCHED THEN INSERT VALUES (v.id, v.title)", "MERGE 3")]
    [InlineData(18, "-- lockplane: rows 3\nMERGE INTO notes n USING (VALUES (4, 'a'), (5, 'b'), (6, 'c')) v (id, title) ON n.id = v.id WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (v.id, v.title)", "MERGE 3")]
    public async Task A_data_change_within_its_bounds_is_applied(int major, string sql, string what)
    {
        await using ManagedDatabase database = await CreateAsync(major, Notes);
        StoredPlan plan = await PlanAsync(database, sql);
        Assert.NotNull(Assert.Single(plan.Plan.Steps).Rows);
        Assert.Equal((plan.Plan.FromHash, Reversibility.Irreversible), (plan.Plan.ToHash, plan.Plan.Steps[0].Reversibility));
        Assert.Equal((Reversibility.Irreversible, "the rows of table public.notes that step 1 changes, as they were"), (plan.Plan.Rollback.Reversibility, Assert.Single(plan.Plan.Rollback.Loses)));
        Assert.Equal([new StepHazard("changes_data", "table public.notes")], plan.Plan.Steps[0].Hazards);
        Assert.Equal([new StepLock("public.notes", "RowExclusive")], plan.Plan.Steps[0].Locks);
        await ApplyAsync(database, plan);
        Assert.True((await database.Control.VerifyAsync(Cancellation)).IsClean, what);
        LockplaneException refusal = await Assert.ThrowsAsync<LockplaneException>(() => database.Control.PlanRollbackAsync(2, database.Owner, null, Cancellation));
        Assert.Equal(ErrorCodes.StaleBase, refusal.Code);
    }

    [Theory]
    [InlineData(18, "-- lockplane: rows 1..4\nUPDATE notes SET done = true", "touched 5 rows and may touch 1 to 4.")]
    [InlineData(15, "-- lockplane: rows 2..4\nDELETE FROM notes WHERE id = 1", "touched 1 row and may touch 2 to 4.")]
    [InlineData(18, "-- lockplane: rows 1..4\nDELETE FROM notes WHERE id = 0", "touched 0 rows and may touch 1 to 4.")]
    [InlineData(15, "-- lockplane: rows 2\nMERGE INTO notes n USING (VALUES (4), (5), (6)) v (id) ON n.id = v.id WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (v.id, '')", "touched 3 rows and may touch 2 to 2.")]
    [InlineData(15, "ALTER TABLE notes ADD COLUMN words int;\n-- lockplane: rows 2\nINSERT INTO notes (id, title) VALUES (7, 'seven')", "Step 2 (insert into notes) touched 1 row")]
    public async Task One_that_touches_fewer_or_more_rows_is_rolled_back(int major, string sql, string said)
    {
        await using ManagedDatabase database = await CreateAsync(major, Notes);
        string before = await ImageAsync(database, "notes");
        LockplaneException refusal = await Assert.ThrowsAsync<LockplaneException>(async () => await ApplyAsync(database, await PlanAsync(database, sql)));
        Assert.Equal(ErrorCodes.RowBoundsExceeded, refusal.Code);
        Assert.Contains(said, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, await ImageAsync(database, "notes"));
        Assert.True((await database.Control.VerifyAsync(Cancellation)).IsClean);
    }

    [Fact]
    public async Task Rows_and_schema_change_in_one_transaction_and_the_schema_comes_back()
    {
        await using ManagedDatabase database = await CreateAsync(18, Notes);
        StoredPlan plan = await PlanAsync(
            database,
            """
            CREATE TABLE states (name text PRIMARY KEY);
            INSERT INTO states VALUES ('open'), ('done'); -- lockplane: rows 2
            ALTER TABLE notes ADD COLUMN state text REFERENCES states;
            -- lockplane: rows ..1000
            UPDATE notes SET state = CASE WHEN done THEN 'done' ELSE 'open' END;
            ALTER TABLE notes ALTER COLUMN state SET NOT NULL;
            """);
        Assert.Equal([Reversibility.Exact, Reversibility.Exact, Reversibility.Exact, Reversibility.Irreversible, Reversibility.Exact], plan.Plan.Steps.Select(step => step.Reversibility));
        Assert.Equal(Reversibility.DataLost, plan.Plan.Rollback.Reversibility);
        ApplyResult applied = await ApplyAsync(database, plan);
        Assert.Equal(5L, await database.ReadAsSuperuserAsync<long>("SELECT count(*) FROM notes WHERE state = 'open'"));
        StoredPlan back = await database.Control.PlanRollbackAsync(applied.Seq, database.Owner, null, Cancellation);
        Assert.Equal("the rows that step 4 of entry 2 changed", Assert.Single(back.Plan.Unreached).Fact);
        await ApplyAsync(database, back);
        Assert.True((await database.Control.VerifyAsync(Cancellation)).IsClean);
    }

    [Fact]
    public async Task On_the_shadow_a_data_change_is_checked_and_not_run()
    {
        await using ManagedDatabase database = await CreateAsync(18, [.. Notes, "CREATE TABLE tags (note int NOT NULL REFERENCES notes, tag text CHECK (tag <> ''))"]);
        await ApplyAsync(database, await PlanAsync(database, "-- lockplane: rows 1\nINSERT INTO tags SELECT max(id), 'last' FROM notes"));
        LockplaneException refusal = await Assert.ThrowsAsync<LockplaneException>(() => PlanAsync(database, "-- lockplane: rows 1\nINSERT INTO tags (note, tga) VALUES (1, 'x')"));
        Assert.Equal(ErrorCodes.ShadowStepFailed, refusal.Code);
        Assert.Contains("\"tga\"", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorCodes.ShadowStepFailed, (await Assert.ThrowsAsync<LockplaneException>(() => PlanAsync(database, "-- lockplane: rows 1\nUPDATE tags SET note = 'x'"))).Code);
    }

    [Fact]
    public async Task A_plan_does_not_know_how_many_rows_there_are()
    {
        const string Sql = "-- lockplane: rows 1..100\nUPDATE notes SET done = true";
        await using ManagedDatabase database = await CreateAsync(18, Notes);
        await using ManagedDatabase other = await CreateAsync(18, Notes, database);
        byte[] first = PlanJson.Write((await PlanAsync(database, Sql, keepRows: true)).Plan);
        await other.ExecuteAsync("INSERT INTO notes SELECT i, 'more' FROM generate_series(10, 10000) i");
        await other.ExecuteAsync("ANALYZE notes");
        Assert.Equal(Encoding.UTF8.GetString(first), Encoding.UTF8.GetString(PlanJson.Write((await PlanAsync(other, Sql, keepRows: true)).Plan)));
    }

    [Fact]
    public async Task A_plan_file_with_other_bounds_than_its_hash_is_of_is_refused_and_one_from_elsewhere_is_taken_in()
    {
        await using ManagedDatabase database = await CreateAsync(18, Notes);
        await using ManagedDatabase other = await CreateAsync(18, Notes, database);
        Plan plan = (await PlanAsync(database, "-- lockplane: rows 5\nUPDATE notes SET done = true", keepRows: true)).Plan;
        byte[] json = PlanJson.Write(plan);
        Assert.Throws<FormatException>(() => PlanJson.Read(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(json).Replace("\"max\":5", "\"max\":6", StringComparison.Ordinal))));
        await ApplyAsync(other, await other.Control.ImportAsync(PlanJson.Read(json), other.Owner, Cancellation));
        Plan back = (await other.Control.PlanRollbackAsync(2, other.Owner, null, Cancellation)).Plan;
        Assert.Equal(ErrorCodes.StatementNotAllowed, (await Assert.ThrowsAsync<LockplaneException>(() => database.Control.ImportAsync(back, database.Owner, Cancellation))).Code);
    }

    [Fact]
    public async Task A_data_change_that_was_applied_is_found_again_and_runs_once_more_where_that_is_asked()
    {
        const string Sql = "-- lockplane: rows ..100\nINSERT INTO notes SELECT max(id) + 1, 'more' FROM notes";
        await using ManagedDatabase database = await CreateAsync(18, Notes);
        StoredPlan plan = await PlanAsync(database, Sql);
        await ApplyAsync(database, plan);
        Assert.Equal(plan.Plan.PlanHash, (await PlanAsync(database, Sql)).Plan.PlanHash);
        Assert.True((await database.Control.ApplyAsync(plan.Plan.PlanHash.Text, database.Owner, Cancellation)).Replayed);
        StoredPlan again = await database.Control.PlanSqlAsync(Sql, null, database.Owner, null, null, Cancellation, again: true);
        Assert.NotEqual(plan.Plan.PlanHash, again.Plan.PlanHash);
        Assert.Equal(again.Plan.PlanHash, (await database.Control.PlanSqlAsync(Sql, null, database.Owner, null, null, Cancellation, again: true)).Plan.PlanHash);
        Assert.False((await ApplyAsync(database, again)).Replayed);
        Assert.Equal(7L, await database.ReadAsSuperuserAsync<long>("SELECT count(*) FROM notes"));
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task What_the_target_holds_is_observed_and_no_part_of_the_plan(int major)
    {
        await using ManagedDatabase database = await CreateAsync(
            major,
            [
                .. Notes, "CREATE TABLE parts (id int) PARTITION BY RANGE (id)", "CREATE TABLE parts_1 PARTITION OF parts DEFAULT",
                "CREATE FUNCTION loud() RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RAISE EXCEPTION ''it ran''; END'", "ANALYZE notes",
            ]);
        StoredPlan plan = await PlanAsync(
            database,
            """
            -- lockplane: rows ..9
            UPDATE notes SET done = true;
            -- lockplane: rows ..9
            DELETE FROM notes WHERE id = loud();
            CREATE TABLE later (id int);
            -- lockplane: rows ..9
            INSERT INTO later VALUES (1), (2);
            -- lockplane: rows ..9
            DELETE FROM parts;
            """);
        StoredPlan observed = await database.Control.ObserveAsync(plan, Cancellation);
        TargetObservation target = observed.Assessment.Target!;
        Assert.Equal((plan.Plan.PlanHash, null), (observed.Plan.PlanHash, plan.Assessment.Target));
        Assert.Equal([1, 2, 4, 5], target.Estimates.Select(e => e.N));
        Assert.Equal((5L, null), (target.Estimates[0].Rows, target.Estimates[0].Reason));
        Assert.Equal((null, "it calls a function that is not known to be harmless"), (target.Estimates[1].Rows, target.Estimates[1].Reason));
        Assert.Equal((null, "relation \"later\" does not exist"), (target.Estimates[2].Rows, target.Estimates[2].Reason));
        Assert.Equal(["notes", "parts"], target.Relations.Select(r => r.Relation));
        Assert.Equal((5L, true), (target.Relations[0].Rows, target.Relations[0].Counted));
        Assert.InRange(target.Relations[0].Bytes, 8192, 1 << 20);
        Assert.Equal(target, Assessment.Parse(Encoding.UTF8.GetString(observed.Assessment.ToJson())).Target, (a, b) => a!.ObservedAt == b!.ObservedAt && a.Relations.SequenceEqual(b.Relations) && a.Estimates.SequenceEqual(b.Estimates));
        Assert.Equal(5L, await database.ReadAsSuperuserAsync<long>("SELECT count(*) FROM notes"));
    }

    [Theory]
    [InlineData(new[] { "Drops", "DROP TABLE notes" }, "notes")]
    [InlineData(new[] { "Rewrites", "ALTER TABLE notes ALTER COLUMN id TYPE bigint" }, "notes")]
    [InlineData(new[] { "Neither", "CREATE TABLE other (id int)" }, "")]
    public async Task Tables_that_a_plan_drops_or_rewrites_are_counted(string[] what, string expected)
    {
        await using ManagedDatabase database = await CreateAsync(18, Notes);
        TargetObservation target = (await database.Control.ObserveAsync(await PlanAsync(database, what[1]), Cancellation)).Assessment.Target!;
        Assert.Equal(expected, string.Join(',', target.Relations.Select(r => r.Relation)));
    }

    private static async Task<ApplyResult> ApplyAsync(ManagedDatabase database, StoredPlan plan)
    {
        if (plan.Plan.NeedsApproval)
        {
            await database.Control.ApproveAsync(plan.Plan.PlanHash.Text, database.Owner, Cancellation);
        }

        return await database.Control.ApplyAsync(plan.Plan.PlanHash.Text, database.Owner, Cancellation);
    }

    private static Task<string> ImageAsync(ManagedDatabase database, string table) =>
        database.ReadAsSuperuserAsync<string>($"SELECT coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '') FROM {table} t");

    private static Task<StoredPlan> PlanAsync(ManagedDatabase database, string sql, bool keepRows = false) =>
        database.Control.PlanSqlAsync(sql, null, database.Owner, null, null, Cancellation, keepRows);

    private async Task<ManagedDatabase> CreateAsync(int major, string[] statements, ManagedDatabase? ownerOf = null)
    {
        ManagedDatabase database = await ManagedDatabase.CreateAsync(await clusters.GetAsync(major), statements[0], baseline: false, ownerOf: ownerOf);
        foreach (string statement in statements.Skip(1))
        {
            await database.ExecuteAsync(statement);
        }

        await database.Control.BaselineAsync(database.SuperuserUrl, database.Owner, Cancellation);
        return database;
    }
}
