using Lockplane.PostgresTests.Clusters;
using Lockplane.Scripted;
using Npgsql;

namespace Lockplane.PostgresTests.Gateway;

public sealed class GatewayTests(TestClusters clusters)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql, params object[] values)
    {
        await using NpgsqlCommand command = new(sql, connection);
        foreach (object value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return await command.ExecuteScalarAsync(Cancellation);
    }

    private static Task<List<ScriptedMessage>> AskAsync(ScriptedClient client, int ready, Action<ScriptedClient> send)
    {
        send(client);
        return client.AskAsync(ready, Cancellation);
    }

    private static async Task<PostgresException> RefusedAsync(NpgsqlConnection connection, string sql, params object[] values) =>
        await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(connection, sql, values));

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task The_context_is_what_reset_and_discard_come_back_to(int major)
    {
        await using GatewayOfTest gateway = await GatewayOfTest.StartAsync(await clusters.GetAsync(major));
        await using NpgsqlConnection connection = await gateway.ConnectAsync();
        foreach (string sql in new[] { "SELECT 1", "RESET ALL", "DISCARD ALL", "RESET app.tenant_id" })
        {
            await ScalarAsync(connection, sql);
            Assert.Equal("acme/ann", await ScalarAsync(connection, "SELECT current_setting('app.tenant_id') || '/' || current_setting('app.user_id')"));
        }
    }

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task A_refused_statement_leaves_the_session_alive(int major)
    {
        await using GatewayOfTest gateway = await GatewayOfTest.StartAsync(await clusters.GetAsync(major));
        await using NpgsqlConnection connection = await gateway.ConnectAsync();
        foreach (object[] values in new object[][] { [], [1] })
        {
            PostgresException refusal = await RefusedAsync(connection, "REFUSE $1", values);
            Assert.Equal(("42501", "Not allowed.", "Hint.", 3), (refusal.SqlState, refusal.MessageText, refusal.Hint, refusal.Position));
            Assert.Equal(7, await ScalarAsync(connection, "SELECT 7"));
        }

        await using NpgsqlCommand prepared = new("REFUSE", connection);
        Assert.Equal("42501", (await Assert.ThrowsAsync<PostgresException>(() => prepared.PrepareAsync(Cancellation))).SqlState);
        Assert.Equal(8, await ScalarAsync(connection, "SELECT 8"));
        Assert.Equal("22012", (await RefusedAsync(connection, "SELECT 1/0")).SqlState);
        Assert.Equal("42601", (await RefusedAsync(connection, "SELEC")).SqlState);
    }

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task A_refused_statement_aborts_the_transaction_it_stands_in(int major)
    {
        await using GatewayOfTest gateway = await GatewayOfTest.StartAsync(await clusters.GetAsync(major));
        await using NpgsqlConnection connection = await gateway.ConnectAsync();
        await ScalarAsync(connection, "BEGIN");
        Assert.Equal("42501", (await RefusedAsync(connection, "REFUSE")).SqlState);
        Assert.Equal("25P02", (await RefusedAsync(connection, "SELECT 1")).SqlState);
        Assert.Equal("42501", (await RefusedAsync(connection, "REFUSE")).SqlState);
        await ScalarAsync(connection, "ROLLBACK");
        Assert.Equal(1, await ScalarAsync(connection, "SELECT 1"));
    }

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task A_schema_change_is_answered_with_its_plan(int major)
    {
        await using GatewayOfTest gateway = await GatewayOfTest.StartAsync(await clusters.GetAsync(major));
        await using NpgsqlConnection connection = await gateway.ConnectAsync();
        PostgresException planned = await RefusedAsync(connection, "CREATE TABLE notes(id int)");
        Assert.Equal(("LP301", $"lockplane apply {GatewayOfTest.PlanHash}"), (planned.SqlState, planned.Hint));
        PostgresException unplanned = await RefusedAsync(connection, "CREATE TABLE unplannable(id int)");
        Assert.Equal(("LP301", "No plan was opened: the shadow refused it."), (unplanned.SqlState, unplanned.Hint));
        Assert.Equal(DBNull.Value, await ScalarAsync(connection, "SELECT to_regclass('notes')::text"));
        Assert.Equal(new(gateway.Database, gateway.Role, null, "CREATE TABLE notes(id int)"), gateway.Proposed[0]);
    }

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task A_refused_statement_in_a_pipeline_undoes_what_came_before_it(int major)
    {
        PostgresCluster cluster = await clusters.GetAsync(major);
        await using GatewayOfTest gateway = await GatewayOfTest.StartAsync(cluster);
        string admin = new NpgsqlConnectionStringBuilder(cluster.AdminConnectionString) { Database = gateway.Database }.ConnectionString;
        await cluster.ExecuteAsync("CREATE TABLE pipelined(id int)", admin);
        await cluster.ExecuteAsync("GRANT ALL ON pipelined TO PUBLIC", admin);
        using ScriptedClient client = await gateway.LogInAsync();

        // The second statement is refused: the server itself undoes the first and skips the third, up to Sync.
        List<ScriptedMessage> answers = await AskAsync(client, 1, sent =>
        {
            sent.Execute("INSERT INTO public.pipelined VALUES (1)");
            sent.Execute("REFUSE");
            sent.Execute("INSERT INTO public.pipelined VALUES (2)");
            sent.Execute("REFUSE too");
            sent.Sync();
        });
        Assert.Equal("12CEZ", string.Concat(answers.Select(answer => answer.Type)));
        Assert.Contains("C42501\0MNot allowed.\0", answers[3].Body, StringComparison.Ordinal);

        answers = await AskAsync(client, 3, sent =>
        {
            sent.Query("SELECT count(*) FROM public.pipelined");
            sent.Query("REFUSE");
            sent.Query("SELECT 7");
        });
        Assert.Equal("TDCZEZTDCZ", string.Concat(answers.Select(answer => answer.Type)));
        Assert.EndsWith("\u00010", answers[1].Body, StringComparison.Ordinal);
        Assert.EndsWith("\u00017", answers[7].Body, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task A_function_call_is_refused_in_its_place(int major)
    {
        await using GatewayOfTest gateway = await GatewayOfTest.StartAsync(await clusters.GetAsync(major));
        using ScriptedClient client = await gateway.LogInAsync();
        List<ScriptedMessage> answers = await AskAsync(client, 2, sent =>
        {
            sent.Frame('F', "\0\0\u0008\u001e\0\0\0\0\0\0");
            sent.Query("SELECT 1");
        });
        Assert.Equal("EZTDCZ", string.Concat(answers.Select(answer => answer.Type)));
        Assert.Contains("C0A000\0", answers[0].Body, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task A_violation_is_answered_after_the_queries_before_it(int major)
    {
        await using GatewayOfTest gateway = await GatewayOfTest.StartAsync(await clusters.GetAsync(major));
        using ScriptedClient client = await gateway.LogInAsync();
        List<ScriptedMessage> answers = await AskAsync(client, int.MaxValue, sent =>
        {
            sent.Query("SELECT 1");
            sent.Frame('!', "");
        });
        Assert.Equal("TDCZE", string.Concat(answers.Select(answer => answer.Type)));
        Assert.Contains("SFATAL\0VFATAL\0C08P01\0", answers[4].Body, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task A_cancel_reaches_the_query_of_its_session(int major)
    {
        PostgresCluster cluster = await clusters.GetAsync(major);
        await using GatewayOfTest gateway = await GatewayOfTest.StartAsync(cluster);
        await using NpgsqlConnection connection = await gateway.ConnectAsync();
        using CancellationTokenSource cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        await using NpgsqlCommand command = new("SELECT pg_sleep(60)", connection);
        Task<object?> sleeping = command.ExecuteScalarAsync(cancel.Token);
        await WaitUntilRunningAsync(cluster, gateway.Role);
        await cancel.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => sleeping.WaitAsync(TimeSpan.FromSeconds(20), Cancellation));
        Assert.Equal(1, await ScalarAsync(connection, "SELECT 1"));
    }

    // A cancel that comes before its query is one of nothing, as with Postgres itself.
    private static async Task WaitUntilRunningAsync(PostgresCluster cluster, string role)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        deadline.CancelAfter(TimeSpan.FromSeconds(20));
        await using NpgsqlConnection watcher = new(cluster.AdminConnectionString);
        await watcher.OpenAsync(deadline.Token);
        while (!Equals(await ScalarAsync(watcher, "SELECT count(*) FROM pg_stat_activity WHERE usename = $1 AND wait_event = 'PgSleep'", role), 1L))
        {
            deadline.Token.ThrowIfCancellationRequested();
        }
    }

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task Values_larger_than_any_buffer_pass_both_ways(int major)
    {
        await using GatewayOfTest gateway = await GatewayOfTest.StartAsync(await clusters.GetAsync(major));
        await using NpgsqlConnection connection = await gateway.ConnectAsync();
        string large = new('x', 10_000_000);
        Assert.Equal(large, await ScalarAsync(connection, "SELECT $1", large));
        Assert.Equal("54000", (await RefusedAsync(connection, $"SELECT '{large}'")).SqlState);
        Assert.Equal(1, await ScalarAsync(connection, "SELECT 1"));
    }

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task A_login_that_fails_says_why(int major)
    {
        PostgresCluster cluster = await clusters.GetAsync(major);
        await using GatewayOfTest gateway = await GatewayOfTest.StartAsync(cluster);
        Assert.Equal("28P01", await LoginErrorAsync(gateway.ConnectionString(password: "wrong")));
        Assert.Equal("3D000", await LoginErrorAsync(gateway.ConnectionString(database: "absent")));
        await using GatewayOfTest full = await GatewayOfTest.StartAsync(cluster, options => options with { MaxSessions = 1 });
        await using NpgsqlConnection connection = await full.ConnectAsync();
        Assert.Equal("53300", await LoginErrorAsync(full.ConnectionString()));

        await using GatewayOfTest stranger = await GatewayOfTest.StartAsync(cluster, options => options with { Identity = [] });
        Assert.Equal("28000", await LoginErrorAsync(stranger.ConnectionString()));
        await using GatewayOfTest ruleless = await GatewayOfTest.StartAsync(cluster, options => options with { Auth = [] });
        Assert.Equal("28000", await LoginErrorAsync(ruleless.ConnectionString()));
        await using GatewayOfTest away = await GatewayOfTest.StartAsync(cluster, options => options with { Server = options.Server with { Port = FreePort.Find() } });
        Assert.Equal("57P03", await LoginErrorAsync(away.ConnectionString()));
    }

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task A_stop_ends_idle_sessions_at_once_and_others_after_their_transaction(int major)
    {
        await using GatewayOfTest gateway = await GatewayOfTest.StartAsync(await clusters.GetAsync(major));
        await using NpgsqlConnection idle = await gateway.ConnectAsync();
        await using NpgsqlConnection busy = await gateway.ConnectAsync();
        await ScalarAsync(busy, "BEGIN");
        Task stopping = gateway.Server.StopAsync(TimeSpan.FromSeconds(30));
        while (gateway.Server.SessionCount > 1)
        {
            await Task.Delay(10, Cancellation);
        }

        Assert.Equal("57P01", (await RefusedAsync(idle, "SELECT 1")).SqlState);
        Assert.Equal(1, await ScalarAsync(busy, "SELECT 1"));
        await ScalarAsync(busy, "COMMIT");
        await stopping.WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
        Assert.Equal(0, gateway.Server.SessionCount);
        Assert.Equal("57P01", (await RefusedAsync(busy, "SELECT 1")).SqlState);
    }

    private static async Task<string> LoginErrorAsync(string connectionString)
    {
        await using NpgsqlConnection connection = new(connectionString);
        return (await Assert.ThrowsAsync<PostgresException>(() => connection.OpenAsync(Cancellation))).SqlState;
    }
}
