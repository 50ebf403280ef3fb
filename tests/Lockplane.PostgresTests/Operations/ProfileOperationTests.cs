using System.Text.Json.Nodes;
using Lockplane.PostgresTests.Clusters;
using Npgsql;

namespace Lockplane.PostgresTests.Operations;

/// <summary>What operators see of profiles, and how a team switches enforcement on.</summary>
public sealed class ProfileOperationTests(TestClusters clusters)
{
    [Fact]
    public async Task Roles_of_profile_passthrough_are_named_at_the_start_and_by_readyz_and_status()
    {
        await using ServedDatabase served = await ServedDatabase.CreateAsync(clusters, rest: "[[profile]]\nname = \"passthrough\"\nuser = \"etl\"\ndatabase = \"warehouse\"\n");
        GatewayProcess gateway = await served.StartAsync();

        await gateway.SaysAsync("Profile passthrough: statements of etl on warehouse are not judged");
        using HttpClient http = new();
        JsonNode ready = JsonNode.Parse(await http.GetStringAsync(new Uri($"http://127.0.0.1:{served.HttpPort}/readyz"), TestContext.Current.CancellationToken))!;
        JsonObject status = await GatewayProcess.AskAsync("status", "--config", served.Configuration);

        Assert.Equal("etl on warehouse", (string?)Assert.Single((JsonArray)ready["passthrough"]!));
        Assert.Equal("etl on warehouse", (string?)Assert.Single((JsonArray)status["passthrough"]!));
        Assert.Equal(["passthrough", "application"], ((JsonArray)status["profiles"]!).Select(name => (string?)name));
    }

    [Fact]
    public async Task Mode_observe_tells_what_would_be_refused_until_a_reload_enforces_it()
    {
        await using ServedDatabase served = await ServedDatabase.CreateAsync(clusters, rest: "[[profile]]\nname = \"application\"\nmode = \"observe\"\n");
        GatewayProcess gateway = await served.StartAsync();
        await using NpgsqlConnection connection = await served.ConnectAsync();
        await ServedDatabase.AskAsync(connection, "SET work_mem = '7MB'");
        Assert.Equal("7MB", await ServedDatabase.AskAsync(connection, "SHOW work_mem"));

        JsonObject observed = await served.AuditedAsync("observe");
        Assert.Equal(("LP312", "work_mem", "SET work_mem = $1"), ((string?)observed["code"], (string?)observed["subject"], (string?)observed["statement"]));
        Assert.Equal("application", (string?)observed["profile"]);

        served.Configure(rest: "[[profile]]\nname = \"application\"\n");
        Assert.Equal(0, (await GatewayProcess.RunAsync("reload", "--config", served.Configuration)).ExitCode);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => ServedDatabase.AskAsync(connection, "SELECT 1"));
        await using NpgsqlConnection next = await served.ConnectAsync();
        Assert.Equal("LP312", await ServedDatabase.RefusedAsync(() => ServedDatabase.AskAsync(next, "SET work_mem = '7MB'")));
        Assert.NotNull(gateway);
    }
}
