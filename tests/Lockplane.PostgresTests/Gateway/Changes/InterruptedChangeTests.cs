using Lockplane.PostgresTests.Clusters;
using Lockplane.PostgresTests.Control;
using Lockplane.Scripted;
using Npgsql;

namespace Lockplane.PostgresTests.Gateway.Changes;

/// <summary>Changes of migrators that are cancelled, cut off, drained or made at once: each is in the database and in the ledger, or in neither.</summary>
[Collection(ManagedDatabase.Collection)]
public sealed class InterruptedChangeTests(TestClusters clusters)
{
    private const string Add = "ALTER TABLE notes ADD COLUMN body text";

    private const string Blocked = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task A_cancel_rolls_the_apply_back(int major)
    {
        await using MigratorScene scene = await StartAsync(major);
        await using NpgsqlConnection connection = await scene.ConnectAsync();
        await using (await BlockAsync(scene))
        {
            await using NpgsqlCommand command = new(Add, connection);
            Task<int> running = command.ExecuteNonQueryAsync(Cancellation);
            await scene.Database.WaitAsync(Blocked);
            command.Cancel();
            Assert.Equal("57014", Assert.IsType<PostgresException>((await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running)).InnerException).SqlState);
        }

        Assert.Empty(await scene.CleanLedgerAsync());
        await MigratorScene.ExecuteAsync(connection, Add);
        Assert.Single(await scene.CleanLedgerAsync());
    }

    [Fact]
    public async Task A_cancel_ends_the_planning_and_no_shadow_stays()
    {
        await using MigratorScene scene = await StartAsync(18);
        await using NpgsqlConnection connection = await scene.ConnectAsync();
        await using NpgsqlCommand command = new("CREATE TABLE made (id int)", connection);
        Task<int> running = command.ExecuteNonQueryAsync(Cancellation);
        await scene.Database.WaitAsync("SELECT EXISTS (SELECT FROM pg_database WHERE datname LIKE 'lockplane_shadow%')");
        command.Cancel();
        Assert.Equal("57014", Assert.IsType<PostgresException>((await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running)).InnerException).SqlState);
        Assert.Empty(await scene.CleanLedgerAsync());
        await scene.Database.WaitAsync("SELECT NOT EXISTS (SELECT FROM pg_database WHERE datname ~ '^lockplane_(shadow_|template_._copy)')");
        await MigratorScene.ExecuteAsync(connection, "CREATE TABLE made (id int)");
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task Changes_of_two_sessions_at_once_are_both_applied(int major)
    {
        await using MigratorScene scene = await StartAsync(major);
        await Task.WhenAll(Enumerable.Range(0, 2).Select(async n =>
        {
            await using NpgsqlConnection connection = await scene.ConnectAsync();
            await MigratorScene.ExecuteAsync(connection, $"CREATE TABLE at_once_{n} (id int)");
            await MigratorScene.ExecuteAsync(connection, $"ALTER TABLE at_once_{n} ADD COLUMN more int");
        }));
        Assert.Equal(4, (await scene.CleanLedgerAsync()).Count);
    }

    [Fact]
    public async Task A_change_of_the_command_line_meanwhile_is_waited_for()
    {
        await using MigratorScene scene = await StartAsync(18);
        await using NpgsqlConnection connection = await scene.ConnectAsync();
        Task change = MigratorScene.ExecuteAsync(connection, "CREATE TABLE by_session (id int)");
        for (int n = 0; n < 3; n++)
        {
            try
            {
                string hash = (await scene.Database.Control.PlanSqlAsync($"CREATE TABLE by_hand_{n} (id int)", null, scene.Database.Owner, null, null, Cancellation)).Plan.PlanHash.Text;
                await scene.Database.Control.ApplyAsync(hash, scene.Database.Owner, Cancellation);
            }
            catch (Lockplane.Sql.Errors.LockplaneException e) when (e.Code.Code is "LP102" or "LP503")
            {
                // The session's was first.
            }
        }

        await change;
        Assert.True(await scene.HasAsync("by_session"));
        await scene.CleanLedgerAsync();
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task A_client_that_is_gone_leaves_the_change_whole_or_undone(int major)
    {
        await using MigratorScene scene = await StartAsync(major);
        await using (await BlockAsync(scene))
        {
            using ScriptedClient client = await scene.LogInAsync();
            await client.Query(Add).Stream.FlushAsync(Cancellation);
            await scene.Database.WaitAsync(Blocked);
            client.Stream.Socket.LingerState = new System.Net.Sockets.LingerOption(true, 0);
        }

        await WaitForSessionsAsync(scene);
        bool added = await scene.Database.ReadAsSuperuserAsync<bool>("SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'notes'::regclass AND attname = 'body')");
        Assert.Equal(added ? 1 : 0, (await scene.CleanLedgerAsync()).Count);
    }

    [Fact]
    public async Task A_drain_lets_the_apply_end_and_tells_the_client()
    {
        await using MigratorScene scene = await StartAsync(18);
        using ScriptedClient client = await scene.LogInAsync();
        Task stopped;
        await using (await BlockAsync(scene))
        {
            await client.Query(Add).Stream.FlushAsync(Cancellation);
            await scene.Database.WaitAsync(Blocked);
            stopped = scene.Server.StopAsync(TimeSpan.FromSeconds(60));
            await Task.Delay(200, Cancellation);
        }

        Assert.Equal("NCZE", string.Concat((await client.ReadAsync(2, Cancellation)).Select(message => message.Type)));
        await stopped;
        Assert.Single(await scene.CleanLedgerAsync());
    }

    [Fact]
    public async Task A_drain_that_is_over_rolls_the_apply_back()
    {
        await using MigratorScene scene = await StartAsync(18);
        using ScriptedClient client = await scene.LogInAsync();
        await using (await BlockAsync(scene))
        {
            await client.Query(Add).Stream.FlushAsync(Cancellation);
            await scene.Database.WaitAsync(Blocked);
            await scene.Server.StopAsync(TimeSpan.FromMilliseconds(100));
            await scene.Database.WaitAsync($"SELECT NOT ({Blocked})");
        }

        Assert.Contains("C57P01\0", Assert.Single(await client.ReadAsync(1, Cancellation)).Body, StringComparison.Ordinal);
        Assert.Empty(await scene.CleanLedgerAsync());
    }

    private async Task<MigratorScene> StartAsync(int major) => await MigratorScene.StartAsync(await clusters.GetAsync(major));

    /// <summary>A transaction that no change of the table gets past, until it is disposed of.</summary>
    private static async Task<NpgsqlConnection> BlockAsync(MigratorScene scene)
    {
        NpgsqlConnection connection = await scene.Database.ConnectAsync();
        await MigratorScene.ExecuteAsync(connection, "BEGIN");
        await MigratorScene.ExecuteAsync(connection, "LOCK TABLE notes IN ACCESS SHARE MODE");
        return connection;
    }

    private static async Task WaitForSessionsAsync(MigratorScene scene)
    {
        for (int i = 0; scene.Server.Status.Connections > 0; i++)
        {
            Assert.True(i < 3_000, "The session did not end.");
            await Task.Delay(10, Cancellation);
        }
    }
}
