using System.Net;
using System.Text.RegularExpressions;

namespace Lockplane.PostgresTests.EndToEnd;

/// <summary>The README's session, from a fresh checkout and two commands, as a new user would walk it.</summary>
[Collection(FreshCheckoutGroup.Name)]
public sealed partial class MainJobTests(FreshCheckout checkout)
{
    [Fact]
    public async Task An_application_sees_the_rows_of_its_own_tenant()
    {
        ProcessResult acme = (await checkout.PsqlAsync(checkout.Url("app_acme"), "SELECT DISTINCT tenant_id FROM customers;")).Succeeded();
        ProcessResult globex = (await checkout.PsqlAsync(checkout.Url("app_globex"), "SELECT DISTINCT tenant_id FROM customers;")).Succeeded();
        ProcessResult token = (await checkout.PsqlAsync(checkout.Url("app_token"), "SELECT DISTINCT tenant_id FROM customers;")).Succeeded();
        Assert.Equal(("acme\n", "globex\n", "acme\n"), (acme.Output, globex.Output, token.Output));
    }

    [Theory]
    [InlineData("SET app.tenant_id = 'globex';")]
    [InlineData("SET LOCAL app.tenant_id = 'globex';")]
    [InlineData("RESET app.tenant_id;")]
    [InlineData("SELECT set_config('app.tenant_id', 'globex', false);")]
    public async Task The_context_cannot_be_changed_and_the_session_goes_on(string attempt)
    {
        ProcessResult result = await checkout.PsqlAsync(checkout.Url("app_acme"), $"{attempt}\nSHOW app.tenant_id;");
        Assert.Contains("42501", result.Errors, StringComparison.Ordinal);
        Assert.Contains("HINT:", result.Errors, StringComparison.Ordinal);
        Assert.Equal("acme\n", result.Output);
    }

    [Fact]
    public async Task What_drivers_pools_send_passes_and_leaves_the_context()
    {
        ProcessResult result = (await checkout.PsqlAsync(checkout.Url("app_acme"), "RESET ALL;\nDISCARD ALL;\nSHOW app.tenant_id;\nSHOW app.user_id;")).Succeeded();
        Assert.Equal("RESET\nDISCARD ALL\nacme\nacme-admin\n", result.Output);
    }

    [Fact]
    public async Task A_refused_statement_aborts_its_transaction_as_any_error_does()
    {
        ProcessResult result = await checkout.PsqlAsync(checkout.Url("app_acme"), "BEGIN;\nSET app.tenant_id = 'globex';\nSELECT 1;\nROLLBACK;\nSELECT 2;");
        Assert.Contains("25P02", result.Errors, StringComparison.Ordinal);
        Assert.Equal("BEGIN\nROLLBACK\n2\n", result.Output);
    }

    [Fact]
    public async Task Everything_is_clean_right_after_the_start()
    {
        // Nothing in this class leaves a change behind, whatever order its tests run in.
        (await checkout.DevAsync("run", "verify")).Succeeded();
        using HttpClient http = new() { BaseAddress = checkout.Http };
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri("healthz", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri("readyz", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.PostAsync(new Uri("mcp", UriKind.Relative), null, TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task A_schema_change_at_the_gateway_becomes_a_plan_that_is_applied_recorded_and_rolled_back()
    {
        const string Create = "CREATE TABLE notes (id bigint PRIMARY KEY, body text NOT NULL);";
        string before = await HashAsync();
        ProcessResult refused = await checkout.PsqlAsync(checkout.Url("app_acme"), Create);
        Assert.Contains("LP301", refused.Errors, StringComparison.Ordinal);

        // On a machine with other work the plan is not ready when the refusal is sent, which says so.
        for (int attempt = 1; attempt < 20 && refused.Errors.Contains("send the statement again", StringComparison.Ordinal); attempt++)
        {
            refused = await checkout.PsqlAsync(checkout.Url("app_acme"), Create);
        }

        string plan = PlanHash().Match(refused.Errors).Value;
        Assert.True(plan.Length > 0, refused.All);
        // The README shows this very session: equal schema and statement, equal hash, on every machine.
        Assert.Contains(plan, await File.ReadAllTextAsync(Path.Combine(checkout.Directory, "README.md"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(plan, PlanHash().Match((await checkout.PsqlAsync(checkout.Url("app_acme"), Create)).Errors).Value);
        Assert.Equal(before, await HashAsync());

        (await checkout.DevAsync("run", "apply", plan, "--yes")).Succeeded();
        Assert.NotEqual(before, await HashAsync());
        Assert.Contains(plan, (await checkout.DevAsync("run", "ledger", "--json")).Succeeded().Output, StringComparison.Ordinal);
        (await checkout.DevAsync("run", "verify")).Succeeded();

        string seq = Seq().Matches((await checkout.DevAsync("run", "ledger", "--json")).Output)[^1].Groups[1].Value;
        string back = RollbackHash().Match((await checkout.DevAsync("run", "rollback", seq, "--json")).Succeeded().Output).Groups[1].Value;
        Assert.NotEqual(before, await HashAsync());
        ProcessResult unapproved = await checkout.DevAsync("run", "apply", back, "--yes");
        Assert.Equal(3, unapproved.ExitCode);
        Assert.Contains("LP302", unapproved.Errors, StringComparison.Ordinal);
        (await ApproveAsync(back)).Succeeded();
        (await checkout.DevAsync("run", "apply", back, "--yes")).Succeeded();
        Assert.Equal(before, await HashAsync());
        (await checkout.DevAsync("run", "verify")).Succeeded();
    }

    [Fact]
    public async Task A_printed_schema_plans_to_nothing_and_an_edited_one_to_its_edit()
    {
        string schema = (await checkout.DevAsync("run", "inspect", "--format", "sql")).Succeeded().Output;
        string file = Path.Combine(checkout.Directory, "schema.sql");
        await File.WriteAllTextAsync(file, schema, TestContext.Current.CancellationToken);
        (await checkout.DevAsync("run", "plan", "--to", "schema.sql", "--check")).Succeeded();

        await File.WriteAllTextAsync(file, schema + "\nCREATE TABLE public.tags (name text PRIMARY KEY);\n", TestContext.Current.CancellationToken);
        ProcessResult edited = (await checkout.DevAsync("run", "plan", "--to", "schema.sql")).Succeeded();
        Assert.Contains("CREATE TABLE public.tags", edited.Output, StringComparison.Ordinal);
        Assert.Equal(2, (await checkout.DevAsync("run", "plan", "--to", "schema.sql", "--check")).ExitCode);
    }

    private async Task<string> HashAsync() => (await checkout.DevAsync("run", "inspect", "--format", "hash")).Succeeded().Output.Trim();

    // A person at a terminal: `script` gives the command one, and the name of what is destroyed is typed.
    private Task<ProcessResult> ApproveAsync(string plan) => ChildProcess.RunAsync(
        "script", ["-qec", $"./dev run approve {plan}", "/dev/null"], checkout.Directory, checkout.Environment, "public.notes\n");

    [GeneratedRegex("sha256:[0-9a-f]{64}")]
    private static partial Regex PlanHash();

    [GeneratedRegex("\"plan_hash\":\"(sha256:[0-9a-f]{64})\"")]
    private static partial Regex RollbackHash();

    [GeneratedRegex("\"seq\":([0-9]+)")]
    private static partial Regex Seq();
}
