using System.Text.Json;

namespace Lockplane.PostgresTests.EndToEnd;

/// <summary>An agent with the token that `./dev up` printed, through npm's MCP client.</summary>
[Collection(FreshCheckoutGroup.Name)]
public sealed class AgentTests(FreshCheckout checkout)
{
    [Fact]
    public async Task An_agent_inspects_plans_and_reads_the_ledger_and_cannot_apply_what_destroys()
    {
        JsonElement[] answers = await CallAsync(
            """{"list":true}""",
            """{"tool":"inspect_schema","arguments":{"pattern":"public.customers"}}""",
            """{"tool":"plan_change","arguments":{"sql":"DROP TABLE saved_filters"}}""",
            """{"tool":"read_ledger","arguments":{}}""");
        Assert.Contains("needs the argument from_hash", answers[2].GetRawText(), StringComparison.Ordinal);
        string from = answers[1].GetProperty("structuredContent").GetProperty("manifest_hash").GetString()!;

        Assert.Equal(
            ["inspect_schema", "plan_change", "apply_plan", "read_ledger"],
            answers[0].GetProperty("tools").EnumerateArray().Select(t => t.GetProperty("name").GetString()));
        Assert.Contains("customers", answers[1].GetProperty("structuredContent").GetRawText(), StringComparison.Ordinal);
        JsonElement plan = (await CallAsync(JsonSerializer.Serialize(new { tool = "plan_change", arguments = new { from_hash = from, sql = "DROP TABLE saved_filters" } })))[0]
            .GetProperty("structuredContent");
        Assert.True(plan.GetProperty("requires_approval").GetBoolean());
        Assert.True(answers[3].GetProperty("structuredContent").GetProperty("chain_ok").GetBoolean());

        string hash = plan.GetProperty("plan_hash").GetString()!;
        JsonElement[] applied = await CallAsync(JsonSerializer.Serialize(new { tool = "apply_plan", arguments = new { plan_hash = hash } }));
        Assert.True(applied[0].GetProperty("isError").GetBoolean());
        Assert.Contains("APPROVAL_REQUIRED", applied[0].GetRawText(), StringComparison.Ordinal);
        (await checkout.DevAsync("run", "verify")).Succeeded();
    }

    private async Task<JsonElement[]> CallAsync(params string[] calls)
    {
        (string url, string token) = checkout.Mcp;
        ProcessResult result = (await ChildProcess.RunAsync("node", ["tests/clients/mcp.mjs", url, token], checkout.Directory, input: string.Join('\n', calls) + "\n")).Succeeded();
        return [.. result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }
}
