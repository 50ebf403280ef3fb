using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Lockplane.PostgresTests.Clusters;
using Lockplane.PostgresTests.Control;

namespace Lockplane.PostgresTests.Mcp;

[Collection(ManagedDatabase.Collection)]
public sealed class McpTests(TestClusters clusters)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task An_agent_inspects_plans_applies_and_reads_the_ledger(int major)
    {
        await using ManagedDatabase database = await CreateAsync(major);
        await using McpOfTest server = await McpOfTest.StartAsync(database);
        using McpClientOfTest agent = server.Connect(McpOfTest.Token);

        JsonNode schema = await agent.ResultAsync("inspect_schema", new { pattern = "public.*", kinds = "table", detail = "full" });
        JsonNode notes = Assert.Single(schema["objects"]!.AsArray())!;
        Assert.Equal(("public.notes", "id"), ((string)notes["name"]!, (string)notes["facts"]!["columns"]![0]!["name"]!));

        JsonNode plan = await agent.ResultAsync("plan_change", new { from_hash = (string)schema["manifest_hash"]!, sql = "CREATE TABLE tags (id int)", title = "tags" });
        Assert.Equal((false, "passed", "exact"), ((bool)plan["requires_approval"]!, (string)plan["shadow"]!["status"]!, (string)plan["steps"]![0]!["reversibility"]!));

        JsonNode applied = await agent.ResultAsync("apply_plan", new { plan_hash = (string)plan["plan_hash"]! });
        Assert.Equal(("succeeded", 2), ((string)applied["state"]!, (int)applied["seq"]!));
        Assert.True((bool)(await agent.ResultAsync("apply_plan", new { plan_hash = (string)plan["plan_hash"]! }))["replayed"]!);

        JsonNode ledger = await agent.ResultAsync("read_ledger", new { after_seq = 1 });
        Assert.Equal((true, true, "agent:agent", "mcp"), ((bool)ledger["chain_ok"]!, (bool)ledger["in_sync"]!, (string)ledger["entries"]![0]!["applier"]!, (string)ledger["entries"]![0]!["door"]!));
        Assert.Equal((string)plan["to_hash"]!, (string)ledger["manifest_hash"]!);
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task What_destroys_waits_for_a_person(int major)
    {
        await using ManagedDatabase database = await CreateAsync(major);
        await using McpOfTest server = await McpOfTest.StartAsync(database);
        using McpClientOfTest agent = server.Connect(McpOfTest.Token);
        string hash = (string)(await agent.ResultAsync("inspect_schema"))["manifest_hash"]!;
        JsonNode plan = await agent.ResultAsync("plan_change", new { from_hash = hash, sql = "DROP TABLE notes" });
        Assert.True((bool)plan["requires_approval"]!);

        JsonNode refusal = await agent.ErrorAsync("apply_plan", new { plan_hash = (string)plan["plan_hash"]! });
        Assert.Equal(("LP302", "APPROVAL_REQUIRED"), ((string)refusal["code"]!, (string)refusal["name"]!));
        Assert.Contains("lockplane approve " + (string)plan["plan_hash"]!, (string)refusal["next"]!, StringComparison.Ordinal);

        await database.Control.ApproveAsync((string)plan["plan_hash"]!, database.Owner, Cancellation);
        Assert.Equal("succeeded", (string)(await agent.ResultAsync("apply_plan", new { plan_hash = (string)plan["plan_hash"]! }))["state"]!);
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task What_cannot_be_done_says_what_to_do_next(int major)
    {
        await using ManagedDatabase database = await CreateAsync(major);
        await using McpOfTest server = await McpOfTest.StartAsync(database);
        using McpClientOfTest agent = server.Connect(McpOfTest.Token);
        string hash = (string)(await agent.ResultAsync("inspect_schema"))["manifest_hash"]!;
        (string Tool, object Arguments, string Name)[] calls =
        [
            ("inspect_schema", new { dry_run = true }, "BAD_ARGUMENTS"),
            ("inspect_schema", new { detail = "everything" }, "BAD_ARGUMENTS"),
            ("inspect_schema", new { cursor = "0123456789ab.5" }, "BAD_ARGUMENTS"),
            ("plan_change", new { sql = "CREATE TABLE tags (id int)" }, "BAD_ARGUMENTS"),
            ("plan_change", new { from_hash = hash }, "BAD_ARGUMENTS"),
            ("plan_change", new { from_hash = hash, sql = "CREATE TABLE tags (id int)", desired = "CREATE TABLE tags (id int)" }, "BAD_ARGUMENTS"),
            ("plan_change", new { from_hash = "sha256:" + new string('0', 64), sql = "CREATE TABLE tags (id int)" }, "STALE_BASE"),
            ("plan_change", new { from_hash = hash, sql = "COMMIT; DROP TABLE notes" }, "SQL_NOT_ALLOWED"),
            ("plan_change", new { from_hash = hash, sql = "WITH gone AS (DELETE FROM notes RETURNING *) SELECT * FROM gone" }, "SQL_NOT_ALLOWED"),
            ("plan_change", new { from_hash = hash, sql = "SELECT pg_read_file('/etc/passwd')" }, "SQL_NOT_ALLOWED"),
            ("plan_change", new { from_hash = hash, sql = "CREATE TABLE tags (id nothing)" }, "SHADOW_FAILED"),
            ("apply_plan", new { plan_hash = "sha256:" + new string('0', 64) }, "STALE_BASE"),
            ("apply_plan", new { plan_hash = "DROP TABLE notes" }, "BAD_ARGUMENTS"),
            ("read_ledger", new { limit = 1000 }, "BAD_ARGUMENTS"),
        ];
        foreach ((string tool, object arguments, string name) in calls)
        {
            JsonNode error = await agent.ErrorAsync(tool, arguments);
            Assert.True(name == (string)error["name"]!, $"{tool} {arguments}: {error.ToJsonString()}");
            Assert.NotEmpty((string)error["next"]!);
        }
    }

    [Fact]
    public async Task A_token_sees_the_tools_of_its_scopes_and_no_others()
    {
        await using ManagedDatabase database = await CreateAsync(18);
        await using McpOfTest server = await McpOfTest.StartAsync(database);
        using McpClientOfTest agent = server.Connect(McpOfTest.Token);
        using McpClientOfTest reader = server.Connect(McpOfTest.Reader);

        JsonArray tools = (await agent.ListAsync())["tools"]!.AsArray();
        Assert.Equal(["inspect_schema", "plan_change", "apply_plan", "read_ledger"], tools.Select(tool => (string)tool!["name"]!));
        Assert.All(tools, tool => Assert.False((bool)tool!["inputSchema"]!["additionalProperties"]!));
        Assert.True(Encoding.UTF8.GetByteCount(tools.ToJsonString()) < 10 * 1024, "the list of tools is read by every agent: keep it short");
        Assert.Equal(["inspect_schema"], (await reader.ListAsync())["tools"]!.AsArray().Select(tool => (string)tool!["name"]!));
        Assert.NotNull((await reader.CallAsync("read_ledger"))["failed"]);
        Assert.NotNull((await reader.CallAsync("apply_plan", new { plan_hash = "sha256:" + new string('0', 64) }))["failed"]);
    }

    [Fact]
    public async Task Without_a_known_token_or_from_elsewhere_nobody_gets_in()
    {
        await using ManagedDatabase database = await CreateAsync(18);
        await using McpOfTest server = await McpOfTest.StartAsync(database);
        using HttpClient http = new();

        Assert.Equal(HttpStatusCode.Unauthorized, await PostAsync(http, server.Url, null));
        Assert.Equal(HttpStatusCode.Unauthorized, await PostAsync(http, server.Url, "Bearer nobody's"));
        Assert.Equal(HttpStatusCode.Unauthorized, await PostAsync(http, server.Url, "Basic " + McpOfTest.Token));
        Assert.Equal(HttpStatusCode.Forbidden, await PostAsync(http, server.Url, "Bearer " + McpOfTest.Token, ("Host", "evil.example")));
        Assert.Equal(HttpStatusCode.Forbidden, await PostAsync(http, server.Url, "Bearer " + McpOfTest.Token, ("Origin", "http://evil.example")));
        Assert.Equal(HttpStatusCode.OK, await PostAsync(http, server.Url, "Bearer " + McpOfTest.Token, ("Origin", "http://localhost:1234")));
    }

    private static async Task<HttpStatusCode> PostAsync(HttpClient http, string url, string? authorization, params (string Name, string Value)[] headers)
    {
        JsonObject body = new()
        {
            ["jsonrpc"] = "2.0", ["id"] = 1, ["method"] = "initialize",
            ["params"] = new JsonObject { ["protocolVersion"] = "2025-06-18", ["capabilities"] = new JsonObject(), ["clientInfo"] = new JsonObject { ["name"] = "raw", ["version"] = "1" } },
        };
        using HttpRequestMessage request = new(HttpMethod.Post, url) { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };
        request.Headers.Add("Accept", "application/json, text/event-stream");
        foreach ((string name, string value) in headers)
        {
            request.Headers.Add(name, value);
        }

        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
        Assert.True(response.StatusCode != HttpStatusCode.Unauthorized || response.Headers.WwwAuthenticate.Any(challenge => challenge.Scheme == "Bearer"));
        return response.StatusCode;
    }

    private async Task<ManagedDatabase> CreateAsync(int major) =>
        await ManagedDatabase.CreateAsync(await clusters.GetAsync(major), "CREATE TABLE notes (id bigint PRIMARY KEY, title text NOT NULL)");
}
