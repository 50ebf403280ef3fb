using Lockplane.Control;
using Lockplane.Control.Plans;
using Lockplane.PostgresTests.Clusters;
using Lockplane.Schema.Plans;
using Lockplane.Sql.Errors;

namespace Lockplane.PostgresTests.Control;

/// <summary>Ways around an approval.</summary>
[Collection(ManagedDatabase.Collection)]
public sealed class ApprovalTests(TestClusters clusters)
{
    private const string Notes = "CREATE TABLE notes (id bigint PRIMARY KEY, title text NOT NULL)";

    private static readonly Principal _agent = Principal.Agent("helpful");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task An_approval_that_SQL_alone_wrote_is_none(int major)
    {
        await using ManagedDatabase database = await ManagedDatabase.CreateAsync(await clusters.GetAsync(major), Notes);
        Plan victim = (await PlanAsync(database, "DROP TABLE notes")).Plan;
        // With the apply role's own rights: what code that an apply runs could do, if any did.
        await database.ExecuteAsync(
            $"SELECT lockplane.put_approval('{victim.PlanHash.Text}', '{victim.FromHash.Text}', 'person:owner', now(), now() + interval '1 hour', 'ed25519:0000000000000000:AAAA')");
        Assert.Equal(1L, await database.ReadAsSuperuserAsync<long>("SELECT count(*) FROM lockplane.approval"));
        await RefusedAsync(ErrorCodes.ApprovalRequired, () => database.Control.ApplyAsync(victim.PlanHash.Text, _agent, Cancellation));
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task An_approval_whose_row_was_changed_is_none(int major)
    {
        await using ManagedDatabase database = await ManagedDatabase.CreateAsync(await clusters.GetAsync(major), Notes);
        string hash = (await PlanAsync(database, "DROP TABLE notes")).Plan.PlanHash.Text;
        await database.Control.ApproveAsync(hash, database.Owner, Cancellation);
        await database.ExecuteAsSuperuserAsync("UPDATE lockplane.approval SET expires_at = expires_at + interval '1 year'");
        await RefusedAsync(ErrorCodes.ApprovalRequired, () => database.Control.ApplyAsync(hash, _agent, Cancellation));
    }

    [Fact]
    public async Task A_stored_plan_whose_text_was_changed_is_not_applied()
    {
        await using ManagedDatabase database = await ManagedDatabase.CreateAsync(await clusters.GetAsync(18), Notes);
        string hash = (await PlanAsync(database, "CREATE TABLE tags (id int)")).Plan.PlanHash.Text;
        await database.ExecuteAsSuperuserAsync("UPDATE lockplane.plan SET body = replace(body, 'tags', 'gats')");
        await RefusedAsync(ErrorCodes.LedgerBroken, () => database.Control.ApplyAsync(hash, database.Owner, Cancellation));
    }

    [Theory]
    [InlineData("CREATE POLICY everybody ON notes USING (true)")]
    [InlineData("ALTER TABLE notes DISABLE ROW LEVEL SECURITY")]
    [InlineData("ALTER TABLE notes NO FORCE ROW LEVEL SECURITY")]
    [InlineData("GRANT SELECT ON notes TO PUBLIC")]
    [InlineData("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC")]
    [InlineData("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'")]
    [InlineData("CREATE RULE r AS ON INSERT TO notes DO ALSO DELETE FROM notes")]
    public async Task What_opens_access_or_brings_code_in_needs_an_approval(string sql)
    {
        await using ManagedDatabase database = await ManagedDatabase.CreateAsync(await clusters.GetAsync(18), Notes);
        StoredPlan plan = await PlanAsync(database, sql);
        await RefusedAsync(ErrorCodes.ApprovalRequired, () => database.Control.ApplyAsync(plan.Plan.PlanHash.Text, _agent, Cancellation));
    }

    [Theory]
    [InlineData("CREATE TABLE n AS WITH gone AS (DELETE FROM notes RETURNING *) SELECT * FROM gone")]
    [InlineData("WITH gone AS (UPDATE notes SET title = '' RETURNING *) SELECT * INTO n FROM gone")]
    [InlineData("EXPLAIN ANALYZE CREATE TABLE n AS WITH gone AS (DELETE FROM notes RETURNING *) SELECT * FROM gone")]
    public async Task A_query_that_changes_rows_is_no_schema_change(string sql)
    {
        await using ManagedDatabase database = await ManagedDatabase.CreateAsync(await clusters.GetAsync(18), Notes);
        await RefusedAsync(ErrorCodes.StatementNotAllowed, () => PlanAsync(database, sql));
    }

    private static Task<StoredPlan> PlanAsync(ManagedDatabase database, string sql) => database.Control.PlanSqlAsync(sql, null, _agent, null, null, Cancellation);

    private static async Task RefusedAsync(ErrorCode code, Func<Task> act) => Assert.Equal(code, (await Assert.ThrowsAsync<LockplaneException>(act)).Code);
}
