using Lockplane.PostgresTests.Clusters;
using Lockplane.Scripted;
using Npgsql;

namespace Lockplane.PostgresTests.Gateway;

/// <summary>Postgres itself goes in the middle of its work: the client is told, nothing stays, and the next session comes up when the server does.</summary>
public sealed class ServerFaultTests(TestClusters clusters)
{
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task A_backend_that_is_terminated_ends_its_session_only(int major)
    {
        PostgresCluster cluster = await clusters.GetAsync(major);
        await using GatewayOfTest gateway = await GatewayOfTest.StartAsync(cluster);
        string admin = new NpgsqlConnectionStringBuilder(cluster.AdminConnectionString) { Database = gateway.Database }.ConnectionString;
        await cluster.ExecuteAsync("CREATE TABLE public.rows (id int, body text)", admin);
        await cluster.ExecuteAsync("GRANT ALL ON public.rows TO PUBLIC", admin);
        string[] works =
        [
            "SELECT pg_sleep(60)", "SELECT n, repeat('x', 1000) FROM generate_series(1, 10000000) n", "COPY (SELECT n, repeat('x', 1000) FROM generate_series(1, 10000000) n) TO STDOUT", "COPY public.rows FROM STDIN",
        ];
        foreach (string work in works)
        {
            using ScriptedClient client = await gateway.LogInAsync();
            await client.Query(work).Stream.FlushAsync(Cancellation);
            if (!work.Contains("pg_sleep", StringComparison.Ordinal))
            {
                Assert.Contains((await client.Stream.ReadAsync(Cancellation))!.Type, "THG");
            }

            Task<List<ScriptedMessage>> rest = client.ReadAsync(int.MaxValue, Cancellation);
            await cluster.ExecuteAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{gateway.Role}'");
            List<ScriptedMessage> answers = await rest.WaitAsync(Hang, Cancellation);

            // A backend whose client does not take its rows as fast as it sends them may be cut off inside one.
            Assert.True(answers.Count == 0 || answers[^1].Type is 'D' or 'd' || answers[^1].Body.Contains("C57P0", StringComparison.Ordinal), $"{work}: {answers[^1]}");
            client.Dispose();
            await EmptyAsync(gateway);
        }

        await using NpgsqlConnection next = await gateway.ConnectAsync();
        await using NpgsqlCommand command = new("SELECT count(*) FROM public.rows", next);
        Assert.Equal(0L, await command.ExecuteScalarAsync(Cancellation));
    }

    [Fact]
    public async Task A_server_that_goes_ends_every_session_and_logins_are_told_so()
    {
        PostgresCluster cluster = await PostgresCluster.StartAsync(18);
        await using GatewayOfTest gateway = await GatewayOfTest.StartAsync(cluster);
        List<ScriptedClient> clients = [];
        foreach (string work in new[] { "SELECT pg_sleep(60)", "SELECT 1", "BEGIN", "LISTEN a" })
        {
            clients.Add(await gateway.LogInAsync());
            await clients[^1].Query(work).Stream.FlushAsync(Cancellation);
        }

        Task<List<ScriptedMessage>>[] ends = [.. clients.Select(client => client.ReadAsync(int.MaxValue, Cancellation))];
        await cluster.DisposeAsync();
        foreach (List<ScriptedMessage> answers in await Task.WhenAll(ends).WaitAsync(Hang, Cancellation))
        {
            Assert.Matches("C57P0[13]", answers[^1].Body);
        }

        clients.ForEach(client => client.Dispose());
        await EmptyAsync(gateway);
        using ScriptedClient late = await ScriptedClient.LogInAsync(gateway.Server.Port, gateway.Role, gateway.Password, gateway.Database, null, Cancellation);
        Assert.Contains("C57P03", late.Refusal?.Body, StringComparison.Ordinal);
    }

    private static async Task EmptyAsync(GatewayOfTest gateway)
    {
        for (int i = 0; gateway.Server.SessionCount > 0; i++)
        {
            Assert.True(i < 2_000, $"{gateway.Server.SessionCount} sessions did not end");
            await Task.Delay(10, Cancellation);
        }
    }
}
