using Lockplane.Control;
using Lockplane.Control.Execution;
using Lockplane.PostgresTests.Clusters;
using Lockplane.Schema.Catalogs;
using Lockplane.Sql.Errors;
using Npgsql;

namespace Lockplane.PostgresTests.Control;

[Collection(ManagedDatabase.Collection)]
public sealed class ApplyFailureTests(TestClusters clusters)
{
    private const string Notes = "CREATE TABLE notes (id bigint PRIMARY KEY, title text NOT NULL)";
    private const string AddColumn = "ALTER TABLE notes ADD COLUMN body text";

    // The applier waits for a lock: it holds the apply lock then, and nothing was changed yet.
    private const string ApplierWaits = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'lockplane' AND wait_event_type = 'Lock')";

    private static readonly ControlOptions Patient = new() { Approval = ApprovalMode.Owner, LockMs = 60_000, LockMsMax = 60_000 };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task A_lock_that_is_not_had_in_time_gives_everything_back(int major)
    {
        await using ManagedDatabase database = await CreateAsync(major, new ControlOptions { LockAttempts = 2, LockMs = 20, LockMsMax = 40 });
        string hash = await PlanAsync(database);
        await using (await HoldLockAsync(database))
        {
            await RefusedAsync(ErrorCodes.LockTimeout, () => database.Control.ApplyAsync(hash, database.Owner, Cancellation));
        }

        Assert.True((await database.Control.VerifyAsync(Cancellation)).IsClean);
        Assert.Equal(2, (await database.Control.ApplyAsync(hash, database.Owner, Cancellation)).Seq);
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task Of_two_appliers_one_is_told_of_the_other(int major)
    {
        await using ManagedDatabase database = await CreateAsync(major, Patient);
        string hash = await PlanAsync(database);
        Task<Lockplane.Control.Execution.ApplyResult> first;
        await using (await HoldLockAsync(database))
        {
            first = database.Control.ApplyAsync(hash, database.Owner, Cancellation);
            await database.WaitAsync(ApplierWaits);
            LockplaneException refusal = await RefusedAsync(ErrorCodes.AnotherApplier, () => database.Control.ApplyAsync(hash, database.Owner, Cancellation));
            Assert.Contains(database.Target.ApplyRole, refusal.Detail, StringComparison.Ordinal);
        }

        Assert.Equal((2, false), ((await first).Seq, (await first).Replayed));
        Assert.True((await database.Control.ApplyAsync(hash, database.Owner, Cancellation)).Replayed);
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task An_applier_that_is_killed_leaves_the_old_state(int major)
    {
        await using ManagedDatabase database = await CreateAsync(major, Patient);
        ManifestHash before = ManifestHash.Of(await database.Control.InspectAsync(Cancellation));
        string hash = await PlanAsync(database);
        await using (await HoldLockAsync(database))
        {
            Task<ApplyResult> apply = database.Control.ApplyAsync(hash, database.Owner, Cancellation);
            await database.WaitAsync(ApplierWaits);
            await database.ExecuteAsSuperuserAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'lockplane' AND wait_event_type = 'Lock'");
            await Assert.ThrowsAnyAsync<Exception>(() => apply);
        }

        Assert.Equal(before, ManifestHash.Of(await database.Control.InspectAsync(Cancellation)));
        Assert.True((await database.Control.VerifyAsync(Cancellation)).IsClean);
        Assert.Equal("failed", await database.ReadAsSuperuserAsync<string>("SELECT state FROM lockplane.operation"));
        Assert.Equal(2, (await database.Control.ApplyAsync(hash, database.Owner, Cancellation)).Seq);
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task An_apply_that_is_cancelled_leaves_the_old_state(int major)
    {
        await using ManagedDatabase database = await CreateAsync(major, Patient);
        string hash = await PlanAsync(database);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        await using (await HoldLockAsync(database))
        {
            Task<ApplyResult> apply = database.Control.ApplyAsync(hash, database.Owner, stop.Token);
            await database.WaitAsync(ApplierWaits);
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => apply);
        }

        Assert.True((await database.Control.VerifyAsync(Cancellation)).IsClean);
        Assert.Equal(2, (await database.Control.ApplyAsync(hash, database.Owner, Cancellation)).Seq);
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task A_result_that_is_not_the_promised_one_is_rolled_back(int major)
    {
        await using ManagedDatabase database = await CreateAsync(major, null);
        // What no shadow has: an event trigger of our own schema, which is no part of the catalog, that does more than was asked.
        await database.ExecuteAsSuperuserAsync("CREATE FUNCTION lockplane.meddle() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN ALTER TABLE public.tags ADD COLUMN meddled int; END $$");
        await database.ExecuteAsSuperuserAsync("CREATE EVENT TRIGGER meddle ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION lockplane.meddle()");

        string hash = await PlanAsync(database, "CREATE TABLE tags (id int)");
        LockplaneException refusal = await RefusedAsync(ErrorCodes.ResultDiffers, () => database.Control.ApplyAsync(hash, database.Owner, Cancellation));
        Assert.Contains("+ table public.tags", refusal.Detail, StringComparison.Ordinal);
        Assert.True((await database.Control.VerifyAsync(Cancellation)).IsClean);
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task A_step_that_the_rows_refuse_is_rolled_back_and_no_row_is_told(int major)
    {
        await using ManagedDatabase database = await CreateAsync(major, null);
        await database.ExecuteAsync("INSERT INTO notes VALUES (1, 'secret text'), (2, 'secret text')");
        string hash = await PlanAsync(database, "ALTER TABLE notes ADD UNIQUE (title)");
        LockplaneException refusal = await RefusedAsync(ErrorCodes.StepFailed, () => database.Control.ApplyAsync(hash, database.Owner, Cancellation));
        Assert.Contains("23505", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret text", refusal.Message + refusal.Detail + refusal.Hint, StringComparison.Ordinal);
        Assert.True((await database.Control.VerifyAsync(Cancellation)).IsClean);
    }

    private async Task<ManagedDatabase> CreateAsync(int major, ControlOptions? options) =>
        await ManagedDatabase.CreateAsync(await clusters.GetAsync(major), Notes, options);

    private static async Task<string> PlanAsync(ManagedDatabase database, string sql = AddColumn) =>
        (await database.Control.PlanSqlAsync(sql, null, database.Owner, null, null, Cancellation)).Plan.PlanHash.Text;

    private static async Task<NpgsqlConnection> HoldLockAsync(ManagedDatabase database)
    {
        NpgsqlConnection connection = await database.ConnectAsync();
        await using NpgsqlCommand command = new() { Connection = connection };
        foreach (string sql in new[] { "BEGIN", "LOCK TABLE notes IN ROW EXCLUSIVE MODE" })
        {
            command.CommandText = sql;
            await command.ExecuteNonQueryAsync(Cancellation);
        }

        return connection;
    }

    private static async Task<LockplaneException> RefusedAsync(ErrorCode code, Func<Task> act)
    {
        LockplaneException refusal = await Assert.ThrowsAsync<LockplaneException>(act);
        Assert.True(refusal.Code == code, $"{refusal.Code}: {refusal.Message}\n{refusal.Detail}");
        return refusal;
    }
}
