using Lockplane.Control;
using Lockplane.Control.Plans;
using Lockplane.Gateway;
using Lockplane.Hosting;
using Lockplane.PostgresTests.Clusters;
using Lockplane.Sql.Errors;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lockplane.PostgresTests.Control;

/// <summary>How many plans sessions at the gateway may open.</summary>
[Collection(ManagedDatabase.Collection)]
public sealed class PlanLimitTests(TestClusters clusters)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_login_role_opens_six_new_plans_a_minute_and_finds_old_ones_without_limit()
    {
        await using ManagedDatabase database = await CreateAsync();
        await using DdlCorridor corridor = new(
            new Dictionary<string, ControlPlane> { [database.Target.Database] = database.Control }, NullLogger<DdlCorridor>.Instance);
        Task<DdlAnswer> Propose(string role, int n) =>
            corridor.ProposeAsync(new DdlRequest(database.Target.Database, role, null, $"CREATE TABLE t{n} (id int)"), Cancellation);

        DdlAnswer first = await Propose("app", 1);
        for (int n = 2; n <= DdlCorridor.NewPlansPerMinute; n++)
        {
            Assert.NotNull((await Propose("app", n)).PlanHash);
        }

        DdlAnswer over = await Propose("app", 7);
        Assert.Null(over.PlanHash);
        Assert.Contains("6 new plans", over.Reason, StringComparison.Ordinal);
        Assert.Equal(first, await Propose("app", 1));
        Assert.NotNull((await Propose("other", 8)).PlanHash);
        Assert.Equal(7L, await database.ReadAsSuperuserAsync<long>("SELECT count(*) FROM lockplane.plan"));
    }

    [Fact]
    public async Task A_database_keeps_a_thousand_unapplied_plans_for_seven_days()
    {
        await using ManagedDatabase database = await CreateAsync();
        await database.ExecuteAsSuperuserAsync(
            """
            INSERT INTO lockplane.plan (hash, body, from_hash, source_hash, proposer, door, assessment)
            SELECT 'sha256:' || lpad(n::text, 64, '0'), '', '', '', 'session:app', 'gateway', '' FROM generate_series(1, 1000) n
            """);
        LockplaneException refusal = await Assert.ThrowsAsync<LockplaneException>(() => PlanAsync(database, Principal.Session("app")));
        Assert.Equal(ErrorCodes.DeniedByPolicy, refusal.Code);
        await PlanAsync(database, database.Owner);

        await database.ExecuteAsSuperuserAsync("UPDATE lockplane.plan SET created_at = created_at - interval '7 days 1 minute' WHERE door = 'gateway'");
        await PlanAsync(database, Principal.Session("other"), "CREATE TABLE later (id int)");
        Assert.Equal(2L, await database.ReadAsSuperuserAsync<long>("SELECT count(*) FROM lockplane.plan"));
    }

    private static Task<StoredPlan> PlanAsync(ManagedDatabase database, Principal proposer, string sql = "CREATE TABLE one (id int)") =>
        database.Control.PlanSqlAsync(sql, null, proposer, null, null, Cancellation);

    private async Task<ManagedDatabase> CreateAsync() => await ManagedDatabase.CreateAsync(await clusters.GetAsync(18), "");
}
