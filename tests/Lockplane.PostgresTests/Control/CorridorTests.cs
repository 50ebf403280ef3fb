using Lockplane.Control;
using Lockplane.Control.Execution;
using Lockplane.Control.Ledgers;
using Lockplane.Control.Plans;
using Lockplane.PostgresTests.Clusters;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Dsl;
using Lockplane.Schema.Plans;
using Lockplane.Sql.Errors;

namespace Lockplane.PostgresTests.Control;

[Collection(ManagedDatabase.Collection)]
public sealed class CorridorTests(TestClusters clusters)
{
    private const string Notes = "CREATE TABLE notes (id bigint PRIMARY KEY, title text NOT NULL)";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task A_change_goes_from_plan_to_ledger_and_back(int major)
    {
        await using ManagedDatabase database = await CreateAsync(major, Notes);
        ControlPlane control = database.Control;
        ManifestHash before = ManifestHash.Of(await control.InspectAsync(Cancellation));

        StoredPlan plan = await control.PlanSchemaAsync([new SchemaFile("schema.sql", Notes + ";\nCREATE TABLE tags (id bigint PRIMARY KEY);")], database.Owner, before, Cancellation);
        ApplyResult applied = await control.ApplyAsync(plan.Plan.PlanHash.Text, database.Owner, Cancellation);
        Assert.Equal((2, false, plan.Plan.ToHash.Text), (applied.Seq, applied.Replayed, applied.ToHash));
        Assert.Empty(applied.Drift);
        Assert.Equal(plan.Plan.ToHash, ManifestHash.Of(await control.InspectAsync(Cancellation)));

        StoredPlan undo = await control.PlanRollbackAsync(2, database.Owner, null, Cancellation);
        Assert.Equal((before, Reversibility.DataLost, true), (undo.Plan.ToHash, undo.Plan.Steps[0].Reversibility, undo.Plan.NeedsApproval));
        await control.ApproveAsync(undo.Plan.PlanHash.Text, database.Owner, Cancellation);
        await control.ApplyAsync(undo.Plan.PlanHash.Text, database.Owner, Cancellation);

        Assert.Equal(before, ManifestHash.Of(await control.InspectAsync(Cancellation)));
        Assert.Equal(plan.Plan.ToHash, ManifestHash.Of(await control.InspectAsync(2, Cancellation)));
        List<LedgerEntry> entries = (await control.ReadLedgerAsync(0, 10, Cancellation)).Select(row => row.Entry).ToList();
        Assert.Equal([EntryKind.Baseline, EntryKind.Apply, EntryKind.Rollback], entries.Select(entry => entry.Kind));
        Assert.Equal([database.Owner.Name], entries[2].Approvals.Select(approval => approval.Approver));
        VerifyReport report = await control.VerifyAsync(Cancellation);
        Assert.True(report.IsClean, string.Join('\n', report.Faults.Concat(report.Drift)));
        Assert.Equal(3, report.Entries);
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task The_same_statement_finds_its_plan_and_the_same_plan_its_entry(int major)
    {
        await using ManagedDatabase database = await CreateAsync(major, Notes);
        int asked = 0;
        Task Admit(CancellationToken waiting) => Task.FromResult(++asked);
        StoredPlan first = await database.Control.PlanSqlAsync("CREATE TABLE tags (id int)", null, database.Owner, null, Admit, Cancellation);
        StoredPlan second = await database.Control.PlanSqlAsync("CREATE TABLE tags (id int)", null, Principal.Agent("other"), null, Admit, Cancellation);
        Assert.Equal((first.Plan.PlanHash, first.Proposer, 1), (second.Plan.PlanHash, second.Proposer, asked));
        Assert.Equal("CREATE TABLE tags (id int)", Assert.Single(first.Plan.Steps).Sql);

        ApplyResult applied = await ApplyAsync(database, first);
        ApplyResult again = await ApplyAsync(database, first);
        Assert.Equal((true, applied.Seq, applied.OperationId), (again.Replayed, again.Seq, again.OperationId));
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task A_plan_file_applies_where_its_base_fits(int major)
    {
        await using ManagedDatabase staging = await CreateAsync(major, Notes);
        await using ManagedDatabase production = await ManagedDatabase.CreateAsync(await clusters.GetAsync(major), Notes, ownerOf: staging);
        StoredPlan plan = await PlanAsync(staging, "CREATE TABLE tags (id int)");
        StoredPlan imported = await production.Control.ImportAsync(PlanJson.Read(PlanJson.Write(plan.Plan)), production.Owner, Cancellation);
        Assert.Equal(plan.Plan.PlanHash, imported.Plan.PlanHash);
        await ApplyAsync(production, imported);
        Assert.True((await ApplyAsync(production, await production.Control.ImportAsync(plan.Plan, production.Owner, Cancellation))).Replayed);
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task What_others_changed_stops_an_apply_as_drift(int major)
    {
        await using ManagedDatabase database = await CreateAsync(major, Notes);
        StoredPlan plan = await PlanAsync(database, "CREATE TABLE tags (id int)");
        await database.ExecuteAsync("ALTER TABLE notes ADD COLUMN sneaked_in text");

        await RefusedAsync(ErrorCodes.Drift, () => ApplyAsync(database, plan));
        VerifyReport report = await database.Control.VerifyAsync(Cancellation);
        Assert.False(report.InSync);
        Assert.StartsWith("~ table public.notes columns.sneaked_in", Assert.Single(report.Drift), StringComparison.Ordinal);

        await database.Control.BaselineAsync(null, database.Owner, Cancellation);
        Assert.True((await database.Control.VerifyAsync(Cancellation)).IsClean);
        await RefusedAsync(ErrorCodes.StaleBase, () => ApplyAsync(database, plan));
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task Of_two_plans_from_one_base_the_second_is_stale(int major)
    {
        await using ManagedDatabase database = await CreateAsync(major, Notes);
        ManifestHash seen = ManifestHash.Of(await database.Control.InspectAsync(Cancellation));
        StoredPlan first = await PlanAsync(database, "CREATE TABLE a (id int)");
        StoredPlan second = await PlanAsync(database, "CREATE TABLE b (id int)");
        await ApplyAsync(database, first);

        await RefusedAsync(ErrorCodes.StaleBase, () => ApplyAsync(database, second));
        await RefusedAsync(ErrorCodes.StaleBase, () => database.Control.PlanSqlAsync("CREATE TABLE c (id int)", null, database.Owner, seen, null, Cancellation));
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task A_database_that_nobody_adopted_is_left_alone(int major)
    {
        await using ManagedDatabase database = await CreateAsync(major, Notes, baseline: false);
        Assert.NotEmpty((await database.Control.InspectAsync(Cancellation)).Objects);
        LockplaneException refusal = await RefusedAsync(ErrorCodes.NotManaged, () => PlanAsync(database, "CREATE TABLE tags (id int)"));
        Assert.Contains("lockplane baseline", refusal.Hint, StringComparison.Ordinal);
        await RefusedAsync(ErrorCodes.NotManaged, () => database.Control.VerifyAsync(Cancellation));
        Assert.False(await database.ReadAsSuperuserAsync<bool>("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'lockplane')"));
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task What_destroys_needs_an_approval_that_no_program_can_give(int major)
    {
        await using ManagedDatabase database = await CreateAsync(major, Notes);
        StoredPlan plan = await PlanAsync(database, "DROP TABLE notes");
        string hash = plan.Plan.PlanHash.Text;

        await RefusedAsync(ErrorCodes.ApprovalRequired, () => ApplyAsync(database, plan));
        await RefusedAsync(ErrorCodes.DeniedByPolicy, () => database.Control.ApproveAsync(hash, Principal.Agent("helpful"), Cancellation));
        await RefusedAsync(ErrorCodes.DeniedByPolicy, () => database.Control.ApproveAsync(hash, Principal.Session("app"), Cancellation));
        await RefusedAsync(ErrorCodes.ApprovalRequired, () => database.Control.ApplyAsync(hash, Principal.Agent("helpful"), Cancellation));

        await database.Control.ApproveAsync(hash, database.Owner, Cancellation);
        Assert.Equal(2, (await database.Control.ApplyAsync(hash, Principal.Agent("helpful"), Cancellation)).Seq);
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task With_four_eyes_nobody_approves_their_own_plan_and_an_approval_serves_once(int major)
    {
        await using ManagedDatabase database = await CreateAsync(major, Notes, new ControlOptions());
        StoredPlan plan = await PlanAsync(database, "DROP TABLE notes");
        string hash = plan.Plan.PlanHash.Text;
        await RefusedAsync(ErrorCodes.DeniedByPolicy, () => database.Control.ApproveAsync(hash, database.Owner, Cancellation));
        await database.Control.ApproveAsync(hash, Principal.Cli("somebody_else"), Cancellation);
        await ApplyAsync(database, plan);

        // The way back brings the base of the first plan again, and with it the plan; its approval is used up.
        StoredPlan undo = await database.Control.PlanRollbackAsync(2, database.Owner, null, Cancellation);
        await ApplyAsync(database, undo);
        await RefusedAsync(ErrorCodes.ApprovalVoid, () => ApplyAsync(database, plan));
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task An_entry_that_SQL_alone_wrote_fails_verify(int major)
    {
        await using ManagedDatabase database = await CreateAsync(major, Notes);
        await ApplyAsync(database, await PlanAsync(database, "CREATE TABLE tags (id int)"));
        await database.ExecuteAsSuperuserAsync(
            """
            WITH forged AS (
                SELECT (body::jsonb || jsonb_build_object('seq', 3, 'prev', hash, 'from_hash', body::jsonb ->> 'to_hash'))::text AS body, signature FROM lockplane.ledger WHERE seq = 2
            ), hashed AS (
                SELECT body, signature, 'sha256:' || encode(sha256(convert_to('lockplane/entry/1', 'UTF8') || '\x00'::bytea || convert_to(body, 'UTF8')), 'hex') AS hash FROM forged
            ), written AS (
                INSERT INTO lockplane.ledger (seq, body, hash, signature) SELECT 3, body, hash, signature FROM hashed RETURNING hash
            )
            UPDATE lockplane.meta SET head_seq = 3, head_hash = (SELECT hash FROM written)
            """);
        Assert.Equal(["entry 3 has a signature that does not hold"], (await database.Control.VerifyAsync(Cancellation)).Faults);

        await database.ExecuteAsSuperuserAsync("UPDATE lockplane.ledger SET body = replace(body, 'CREATE TABLE tags', 'CREATE TABLE tigs') WHERE seq = 2");
        Assert.Contains("entry 2 does not hash to what is stored with it", (await database.Control.VerifyAsync(Cancellation)).Faults);
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task The_applying_role_cannot_write_the_ledger_itself(int major)
    {
        await using ManagedDatabase database = await CreateAsync(major, Notes);
        foreach (string sql in new[] { "UPDATE lockplane.ledger SET body = ''", "DELETE FROM lockplane.ledger", "SELECT * FROM lockplane.approval", "DROP SCHEMA lockplane CASCADE", "SET ROLE lockplane_owner" })
        {
            Assert.Equal("42501", (await Assert.ThrowsAsync<Npgsql.PostgresException>(() => database.ExecuteAsync(sql))).SqlState);
        }
    }

    private async Task<ManagedDatabase> CreateAsync(int major, string sql, ControlOptions? options = null, bool baseline = true) =>
        await ManagedDatabase.CreateAsync(await clusters.GetAsync(major), sql, options, baseline);

    private static Task<StoredPlan> PlanAsync(ManagedDatabase database, string sql) => database.Control.PlanSqlAsync(sql, null, database.Owner, null, null, Cancellation);

    private static Task<ApplyResult> ApplyAsync(ManagedDatabase database, StoredPlan plan) => database.Control.ApplyAsync(plan.Plan.PlanHash.Text, database.Owner, Cancellation);

    private static async Task<LockplaneException> RefusedAsync(ErrorCode code, Func<Task> act)
    {
        LockplaneException refusal = await Assert.ThrowsAsync<LockplaneException>(act);
        Assert.True(refusal.Code == code, $"{refusal.Code}: {refusal.Message}\n{refusal.Detail}");
        return refusal;
    }
}
