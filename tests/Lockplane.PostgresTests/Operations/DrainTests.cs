using System.Net;
using Lockplane.PostgresTests.Clusters;
using Npgsql;

namespace Lockplane.PostgresTests.Operations;

/// <summary>How a serving process ends.</summary>
public sealed class DrainTests(TestClusters clusters)
{
    [Fact]
    public async Task The_first_signal_lets_a_transaction_end_and_ends_idle_sessions()
    {
        await using ServedDatabase served = await ServedDatabase.CreateAsync(clusters);
        GatewayProcess gateway = await served.StartAsync();
        await using NpgsqlConnection busy = await served.ConnectAsync();
        await using NpgsqlConnection idle = await served.ConnectAsync();
        await ServedDatabase.AskAsync(busy, "BEGIN");

        gateway.Signal(GatewayProcess.Terminate);

        Assert.Equal("57P01", await EndsAsync(idle));
        await Assert.ThrowsAsync<NpgsqlException>(served.ConnectAsync);
        using HttpClient http = new();
        using HttpResponseMessage readyz = await http.GetAsync(new Uri($"http://127.0.0.1:{served.HttpPort}/readyz"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, readyz.StatusCode);
        Assert.Contains("\"gateway\":\"draining\"", await readyz.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);

        Assert.Equal(1, await ServedDatabase.AskAsync(busy, "SELECT 1"));
        await ServedDatabase.AskAsync(busy, "COMMIT");
        Assert.Equal("57P01", await EndsAsync(busy));
        Assert.Equal(0, await gateway.EndAsync());
        Assert.Empty(Directory.EnumerateFiles(served.StateDirectory, "*.sock"));
    }

    [Fact]
    public async Task The_second_signal_ends_what_is_left_at_once()
    {
        await using ServedDatabase served = await ServedDatabase.CreateAsync(clusters, "drain_timeout = \"60m\"");
        GatewayProcess gateway = await served.StartAsync();
        await using NpgsqlConnection busy = await served.ConnectAsync();
        await using NpgsqlConnection idle = await served.ConnectAsync();
        await ServedDatabase.AskAsync(busy, "BEGIN");

        gateway.Signal(GatewayProcess.Terminate);
        Assert.Equal("57P01", await EndsAsync(idle));
        gateway.Signal(GatewayProcess.Terminate);

        Assert.Equal("57P01", await EndsAsync(busy));
        Assert.Equal(130, await gateway.EndAsync());
    }

    [Fact]
    public async Task Transactions_that_do_not_end_are_ended_after_the_drain_timeout()
    {
        await using ServedDatabase served = await ServedDatabase.CreateAsync(clusters, "drain_timeout = \"500ms\"");
        GatewayProcess gateway = await served.StartAsync();
        await using NpgsqlConnection busy = await served.ConnectAsync();
        await ServedDatabase.AskAsync(busy, "BEGIN");
        gateway.Signal(GatewayProcess.Terminate);
        Assert.Equal("57P01", await EndsAsync(busy));
        Assert.Equal(0, await gateway.EndAsync());
    }

    /// <summary>Asks until the session has ended, and says how.</summary>
    private static async Task<string> EndsAsync(NpgsqlConnection connection)
    {
        for (int attempt = 0; attempt < 500; attempt++)
        {
            try
            {
                await ServedDatabase.AskAsync(connection, "SELECT pg_sleep(0.02)");
            }
            catch (PostgresException e)
            {
                return e.SqlState;
            }
        }

        return "it goes on";
    }
}
