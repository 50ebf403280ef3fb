using System.Net;
using System.Net.Sockets;
using Lockplane.PostgresTests.Clusters;
using Npgsql;

namespace Lockplane.PostgresTests.Operations;

/// <summary>Two processes on one port.</summary>
public sealed class RollingRestartTests(TestClusters clusters)
{
    [Fact]
    public async Task A_query_of_the_draining_process_is_cancelled_through_the_new_one()
    {
        await using ServedDatabase served = await ServedDatabase.CreateAsync(clusters);
        GatewayProcess old = await served.StartAsync();
        await using NpgsqlConnection connection = await served.ConnectAsync();
        await using NpgsqlCommand sleep = new("SELECT pg_sleep(120)", connection) { CommandTimeout = 0 };
        Task<object?> sleeping = sleep.ExecuteScalarAsync(TestContext.Current.CancellationToken);

        GatewayProcess next = await served.StartAsync();
        old.Signal(GatewayProcess.Terminate);
        await UntilOnlyTheNewListensAsync(served);

        await using (NpgsqlConnection fresh = await served.ConnectAsync())
        {
            Assert.Equal(1, await ServedDatabase.AskAsync(fresh, "SELECT 1"));
        }

        Assert.False(sleeping.IsCompleted);
        sleep.Cancel();

        OperationCanceledException cancelled = await Assert.ThrowsAsync<OperationCanceledException>(() => sleeping);
        Assert.Equal("57014", Assert.IsType<PostgresException>(cancelled.InnerException).SqlState);
        Assert.Equal(0, await old.EndAsync());
        Assert.Equal(1, (int?)(await GatewayProcess.AskAsync("status", "--state-dir", served.StateDirectory))["process"]);
        next.Signal(GatewayProcess.Terminate);
        Assert.Equal(0, await next.EndAsync());
    }

    [Fact]
    public async Task Sessions_of_both_processes_are_listed()
    {
        await using ServedDatabase served = await ServedDatabase.CreateAsync(clusters);
        GatewayProcess old = await served.StartAsync();
        await using NpgsqlConnection first = await served.ConnectAsync();
        await ServedDatabase.AskAsync(first, "BEGIN");
        await served.StartAsync();
        old.Signal(GatewayProcess.Terminate);
        await UntilOnlyTheNewListensAsync(served);
        await using NpgsqlConnection second = await served.ConnectAsync();

        System.Text.Json.Nodes.JsonArray sessions = (System.Text.Json.Nodes.JsonArray)(await GatewayProcess.AskAsync("sessions", "--state-dir", served.StateDirectory))["sessions"]!;
        Assert.Equal([0, 1], sessions.Select(session => (int)session!["process"]!));
    }

    [Fact]
    public async Task A_port_of_another_program_is_refused()
    {
        await using ServedDatabase served = await ServedDatabase.CreateAsync(clusters);
        using TcpListener other = new(IPAddress.Loopback, served.Port);
        other.Start();
        GatewayProcess gateway = served.Begin();
        Assert.Equal(1, await gateway.EndAsync());
        Assert.Contains("error LP001: Port " + served.Port, gateway.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gateway_of_another_folder_does_not_join_in_silence()
    {
        await using ServedDatabase served = await ServedDatabase.CreateAsync(clusters);
        await served.StartAsync();
        await using ServedDatabase other = await ServedDatabase.CreateAsync(clusters);
        other.Configure(port: served.Port);
        GatewayProcess gateway = other.Begin();
        Assert.Equal(1, await gateway.EndAsync());
        Assert.Contains("error LP001: Port " + served.Port, gateway.Log, StringComparison.Ordinal);
    }

    /// <summary>Until the old process has closed its listener, a connection may come to either.</summary>
    private static async Task UntilOnlyTheNewListensAsync(ServedDatabase served)
    {
        for (int attempt = 0; attempt < 500; attempt++)
        {
            System.Text.Json.Nodes.JsonObject status = await GatewayProcess.AskAsync("status", "--process", "0", "--state-dir", served.StateDirectory);
            if ((string?)status["state"] == "draining")
            {
                return;
            }
        }

        Assert.Fail("The old process does not drain.");
    }
}
