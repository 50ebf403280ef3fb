using Lockplane.Control;
using Lockplane.Control.Connections;
using Lockplane.Control.Ledgers;
using Lockplane.PostgresTests.Clusters;
using Lockplane.Sql.Errors;
using Npgsql;

namespace Lockplane.PostgresTests.Control;

[Collection(ManagedDatabase.Collection)]
public sealed class ShadowTests(TestClusters clusters)
{
    private const string NoShadowIsLeft = "SELECT NOT EXISTS (SELECT FROM pg_database WHERE datname LIKE 'lockplane\\_shadow\\_%') AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname LIKE 'lockplane\\_shadow\\_%')";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task What_fails_on_the_shadow_is_no_plan(int major)
    {
        await using ManagedDatabase database = await CreateAsync(major);
        LockplaneException refusal = await RefusedAsync(database, "CREATE TABLE tags (id int REFERENCES nowhere)", ErrorCodes.ShadowStepFailed);
        Assert.Contains("42P01", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(0L, await database.ReadAsSuperuserAsync<long>("SELECT count(*) FROM lockplane.plan"));
        Assert.True(await database.ReadAsSuperuserAsync<bool>(NoShadowIsLeft));
    }

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task What_runs_on_a_shadow_has_no_power_over_the_server(int major)
    {
        await using ManagedDatabase database = await CreateAsync(major);
        // Each statement is refused, or fails on the shadow for want of rights: SQLSTATE 42501.
        string[] attempts =
        [
            "CREATE TABLE loot AS SELECT pg_read_file('/etc/hostname')",
            "CREATE TABLE loot AS SELECT rolpassword FROM pg_authid",
            "CREATE TABLE loot AS SELECT lo_export(0, '/tmp/loot')",
            "CREATE EXTENSION file_fdw",
            "CREATE FUNCTION loot() RETURNS int LANGUAGE c AS 'libc', 'getpid'",
            $"GRANT {database.Target.ApplyRole} TO CURRENT_USER",
        ];
        foreach (string sql in attempts)
        {
            LockplaneException refusal = await Assert.ThrowsAsync<LockplaneException>(() => database.Control.PlanSqlAsync(sql, null, database.Owner, null, null, Cancellation));
            Assert.True(refusal.Code == ErrorCodes.StatementNotAllowed || refusal.Code == ErrorCodes.ShadowIncomplete || (refusal.Code == ErrorCodes.ShadowStepFailed && refusal.Message.Contains("42501", StringComparison.Ordinal)), $"{sql}: {refusal.Code} {refusal.Message}");
        }

        // Division by zero would tell of an attribute or a membership.
        await database.Control.PlanSqlAsync(
            """
            CREATE TABLE who AS SELECT 1 / (CASE WHEN rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls OR rolconnlimit <> 1
                OR EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid AND NOT starts_with(g.rolname, r.rolname || '_role_')) THEN 0 ELSE 1 END) AS harmless
            FROM pg_roles r WHERE rolname = session_user AND rolname ~ '^lockplane_(shadow|template)_'
            """,
            null, database.Owner, null, null, Cancellation);
        Assert.True(await database.ReadAsSuperuserAsync<bool>(NoShadowIsLeft));
    }

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task What_a_killed_process_left_is_taken_away_by_the_next(int major)
    {
        await using ManagedDatabase database = await CreateAsync(major);
        NpgsqlConnectionStringBuilder shadow = Lockplane.Control.Connections.PostgresUrl.Parse(database.ShadowUrl);
        await using (NpgsqlConnection connection = new(shadow.ConnectionString + ";Pooling=false"))
        {
            await connection.OpenAsync(Cancellation);
            foreach (string sql in new[] { "CREATE ROLE lockplane_shadow_1", "GRANT lockplane_shadow_1 TO CURRENT_USER", "CREATE DATABASE lockplane_shadow_1 OWNER lockplane_shadow_1" })
            {
                await using NpgsqlCommand command = new(sql, connection);
                await command.ExecuteNonQueryAsync(Cancellation);
            }
        }

        await database.Control.PlanSqlAsync("CREATE TABLE tags (id int)", null, database.Owner, null, null, Cancellation);
        Assert.True(await database.ReadAsSuperuserAsync<bool>(NoShadowIsLeft));
    }

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task A_role_that_may_make_no_database_is_told_so(int major)
    {
        await using ManagedDatabase database = await CreateAsync(major);
        await using Target target = new(database.OwnerUrl);
        using SigningKey key = Lockplane.Control.Ledgers.SigningKey.LoadOrCreate(Path.Combine(database.Directory, "ledger.key"));
        ControlPlane control = new(target, key, ManagedDatabase.Parser, new ControlOptions(), TimeProvider.System);
        LockplaneException refusal = await Assert.ThrowsAsync<LockplaneException>(() => control.PlanSqlAsync("CREATE TABLE tags (id int)", null, database.Owner, null, null, Cancellation));
        Assert.Equal(ErrorCodes.ShadowIncomplete, refusal.Code);
        Assert.Contains("CREATEDB", refusal.Hint, StringComparison.Ordinal);
    }

    private async Task<ManagedDatabase> CreateAsync(int major) =>
        await ManagedDatabase.CreateAsync(await clusters.GetAsync(major), "CREATE TABLE notes (id bigint PRIMARY KEY)");

    private static async Task<LockplaneException> RefusedAsync(ManagedDatabase database, string sql, ErrorCode code)
    {
        LockplaneException refusal = await Assert.ThrowsAsync<LockplaneException>(() => database.Control.PlanSqlAsync(sql, null, database.Owner, null, null, Cancellation));
        Assert.True(refusal.Code == code, $"{refusal.Code}: {refusal.Message}\n{refusal.Detail}");
        return refusal;
    }
}
