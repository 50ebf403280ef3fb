using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Lockplane.PostgresTests.Clusters;
using Lockplane.PostgresTests.EndToEnd;
using Npgsql;

namespace Lockplane.PostgresTests.Operations;

/// <summary>What operators see of a serving process and do with it.</summary>
public sealed class OperatorTests(TestClusters clusters)
{
    [Fact]
    public async Task Readyz_says_which_walls_are_missing_and_is_ready_all_the_same()
    {
        await using ServedDatabase served = await ServedDatabase.CreateAsync(clusters, rest: """

            [[identity]]
            user = "pg_database_owner"
            tenant_id = "nobody"

            """);
        await served.StartAsync();
        using HttpClient http = new();
        using HttpResponseMessage ready = await http.GetAsync(new Uri($"http://127.0.0.1:{served.HttpPort}/readyz"), TestContext.Current.CancellationToken);
        JsonNode answer = JsonNode.Parse(await ready.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;

        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        Assert.Contains("set_config (pg_database_owner)", (string?)answer["walls"]!["main"], StringComparison.Ordinal);
        Assert.Contains("ddl guard", (string?)answer["walls"]!["main"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sessions_are_listed_and_killed_and_the_audit_has_it_all()
    {
        await using ServedDatabase served = await ServedDatabase.CreateAsync(clusters);
        await served.StartAsync();
        await using NpgsqlConnection connection = await served.ConnectAsync();
        await ServedDatabase.AskAsync(connection, "BEGIN");

        JsonObject session = Assert.Single((JsonArray)(await GatewayProcess.AskAsync("sessions", "--config", served.Configuration))["sessions"]!)!.AsObject();
        Assert.Equal("idle in transaction", (string?)session["state"]);
        Assert.Equal("127.0.0.1", (string?)session["address"]);
        Assert.Equal("operations", (string?)session["application_name"]);
        Assert.Equal("acme", (string?)session["context"]!["app.tenant_id"]);
        string table = (await GatewayProcess.RunAsync("sessions", "--config", served.Configuration)).Succeeded().Output;
        Assert.Contains("idle in transaction", table, StringComparison.Ordinal);

        ProcessResult killed = (await GatewayProcess.RunAsync("kill", session["id"]!.ToString(), "--config", served.Configuration)).Succeeded();
        Assert.Equal($"Session {session["id"]} is ended.\n", killed.Output);
        Assert.Equal("57P01", await ServedDatabase.RefusedAsync(() => ServedDatabase.AskAsync(connection, "SELECT 1")));

        JsonObject login = await served.AuditedAsync("login");
        JsonObject kill = await served.AuditedAsync("kill");
        Assert.Equal((session["id"]!.ToString(), session["id"]!.ToString()), (login["session"]!.ToString(), kill["session"]!.ToString()));
        Assert.Equal("acme", (string?)kill["context"]!["app.tenant_id"]);
        ProcessResult unknown = await GatewayProcess.RunAsync("kill", "999999", "--config", served.Configuration);
        Assert.Equal((1, true), (unknown.ExitCode, unknown.Errors.Contains("There is no session 999999", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Refusals_and_failed_logins_are_audited_with_their_literals_masked()
    {
        await using ServedDatabase served = await ServedDatabase.CreateAsync(clusters);
        await served.StartAsync();
        await using NpgsqlConnection connection = await served.ConnectAsync();
        Assert.NotEqual("", await ServedDatabase.RefusedAsync(() => ServedDatabase.AskAsync(connection, "SELECT pg_read_file('/etc/hunter2')")));
        NpgsqlConnectionStringBuilder wrong = new(served.ConnectionString) { Password = "hunter2" };
        await using NpgsqlConnection refused = new(wrong.ConnectionString);
        Assert.Equal("28P01", await ServedDatabase.RefusedAsync(() => refused.OpenAsync(TestContext.Current.CancellationToken)));

        JsonObject refusal = await served.AuditedAsync("refusal");
        Assert.Equal("LP311", (string?)refusal["code"]);
        Assert.Equal("SELECT pg_read_file($1)", (string?)refusal["statement"]);
        Assert.Equal("application", (string?)refusal["profile"]);
        Assert.Contains("pg_read_file", (string?)refusal["subject"], StringComparison.Ordinal);
        JsonObject failed = await served.AuditedAsync("login_failed");
        Assert.Equal("28P01", (string?)failed["code"]);
        Assert.DoesNotContain("hunter2", await File.ReadAllTextAsync(served.AuditFile, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hang_up_reads_the_configuration_again_and_an_invalid_one_is_refused()
    {
        Assert.SkipWhen(GatewayProcess.IgnoresHangUp, "SIGHUP is ignored here, as under nohup, and a process passes that on.");
        await using ServedDatabase served = await ServedDatabase.CreateAsync(clusters);
        GatewayProcess gateway = await served.StartAsync();
        await using NpgsqlConnection first = await served.ConnectAsync();

        served.Configure("max_sessions = 1");
        gateway.Signal(GatewayProcess.HangUp);
        await gateway.SaysAsync("Configuration: gateway.max_sessions: 1000 -> 1 (in force)");
        Assert.Equal("53300", await ServedDatabase.RefusedAsync(served.ConnectAsync));

        served.Configure("max_sesions = 5");
        gateway.Signal(GatewayProcess.HangUp);
        await gateway.SaysAsync("The new configuration is refused, the old one stays in force: LP001");
        Assert.Equal("53300", await ServedDatabase.RefusedAsync(served.ConnectAsync));
        Assert.Equal(1, await ServedDatabase.AskAsync(first, "SELECT 1"));
    }

    [Fact]
    public async Task Reload_prints_what_changed_and_what_needs_a_restart()
    {
        await using ServedDatabase served = await ServedDatabase.CreateAsync(clusters);
        await served.StartAsync();
        Assert.StartsWith("No key changed.", (await GatewayProcess.RunAsync("reload", "--state-dir", served.StateDirectory)).Succeeded().Output, StringComparison.Ordinal);

        served.Configure("max_sessions = 7\nloops = 1");
        string output = (await GatewayProcess.RunAsync("reload", "--state-dir", served.StateDirectory)).Succeeded().Output;
        Assert.Contains("gateway.max_sessions: 1000 -> 7\n", output, StringComparison.Ordinal);
        Assert.Contains("gateway.loops: 0 -> 1  takes effect after a restart\n", output, StringComparison.Ordinal);

        served.Configure("max_sessions = 0");
        ProcessResult refused = await GatewayProcess.RunAsync("reload", "--state-dir", served.StateDirectory);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("error LP001: ", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("gateway.max_sessions is 0", refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_says_how_it_is_and_without_a_gateway_what_to_do()
    {
        await using ServedDatabase served = await ServedDatabase.CreateAsync(clusters);
        ProcessResult none = await GatewayProcess.RunAsync("status", "--config", served.Configuration);
        Assert.Equal(1, none.ExitCode);
        Assert.Contains("error LP001: No gateway answers", none.Errors, StringComparison.Ordinal);
        Assert.Contains("lockplane serve", none.Errors, StringComparison.Ordinal);

        await served.StartAsync();
        await using NpgsqlConnection connection = await served.ConnectAsync();
        JsonObject status = await GatewayProcess.AskAsync("status", "--config", served.Configuration);
        Assert.Equal("serving", (string?)status["state"]);
        Assert.Equal(1, (int?)status["sessions"]);
        Assert.Equal("ok", (string?)status["audit"]!["state"]);
        Assert.Equal("ok", (string?)status["servers"]![0]!["state"]);
        Assert.Contains("sessions       1", (await GatewayProcess.RunAsync("status", "--config", served.Configuration)).Succeeded().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_audit_that_cannot_be_written_refuses_new_sessions()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "this system has no /dev/full");
        await using ServedDatabase served = await ServedDatabase.CreateAsync(clusters, rest: "[audit]\nfile = \"/dev/full\"\n");
        GatewayProcess gateway = served.Begin();

        // The first session finds out; it may be there before the event of its own login is written.
        string code = "";
        for (int attempt = 0; attempt < 500 && code != "57P03"; attempt++)
        {
            try
            {
                await using NpgsqlConnection connection = await served.ConnectAsync();
            }
            catch (PostgresException e)
            {
                code = e.SqlState;
                Assert.Contains("audit", e.MessageText, StringComparison.Ordinal);
            }
            catch (NpgsqlException)
            {
                await Task.Delay(100, TestContext.Current.CancellationToken);
            }
        }

        Assert.True(code == "57P03", gateway.Log);
    }

    [Fact]
    public async Task With_drop_sessions_go_on_without_an_audit()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "this system has no /dev/full");
        await using ServedDatabase served = await ServedDatabase.CreateAsync(clusters, rest: "[audit]\nfile = \"/dev/full\"\non_failure = \"drop\"\n");
        await served.StartAsync();
        for (int i = 0; i < 3; i++)
        {
            await using NpgsqlConnection connection = await served.ConnectAsync();
            Assert.Equal(1, await ServedDatabase.AskAsync(connection, "SELECT 1"));
        }

        Assert.Equal("failed, events are dropped", (string?)(await GatewayProcess.AskAsync("status", "--config", served.Configuration))["audit"]!["state"]);
    }

    [Fact]
    public async Task Metrics_are_served_for_Prometheus()
    {
        await using ServedDatabase served = await ServedDatabase.CreateAsync(clusters);
        await served.StartAsync();
        await using NpgsqlConnection connection = await served.ConnectAsync();
        await ServedDatabase.AskAsync(connection, "SELECT 1");
        using HttpClient http = new();
        string metrics = await http.GetStringAsync(new Uri($"http://127.0.0.1:{served.HttpPort}/metrics"), TestContext.Current.CancellationToken);
        string[] lines = metrics.Split('\n');
        foreach (string name in (string[])
            ["sessions", "connections", "io_bytes_total", "statements_total", "query_gateway_duration_seconds_bucket", "query_server_duration_seconds_count", "loop_lag_seconds_count", "authentications_total", "server_connects_total"])
        {
            Assert.Contains(lines, line => line.StartsWith("lockplane_gateway_" + name + "{", StringComparison.Ordinal) || line.StartsWith("lockplane_gateway_" + name + " ", StringComparison.Ordinal));
        }

        Assert.DoesNotContain(new NpgsqlConnectionStringBuilder(served.ConnectionString).Username!, metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_are_sent_by_OTLP()
    {
        using TcpListener collector = new(IPAddress.Loopback, 0);
        collector.Start();
        await using ServedDatabase served = await ServedDatabase.CreateAsync(
            clusters, rest: $"[telemetry]\notlp_endpoint = \"http://{collector.LocalEndpoint}\"\notlp_protocol = \"http/protobuf\"\notlp_headers = \"x-key=hunter2\"\ninterval = \"1s\"\n");
        GatewayProcess gateway = await served.StartAsync();
        using TcpClient export = await collector.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        byte[] head = new byte[1_024];
        await export.GetStream().ReadAtLeastAsync(head, 200, throwOnEndOfStream: false, TestContext.Current.CancellationToken);
        string request = Encoding.Latin1.GetString(head);
        Assert.StartsWith("POST /v1/metrics HTTP/1.1\r\n", request, StringComparison.Ordinal);
        Assert.Contains("x-key: hunter2\r\n", request, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", gateway.Log, StringComparison.Ordinal);
    }
}
