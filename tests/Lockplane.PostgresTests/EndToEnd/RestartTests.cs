using System.Globalization;

namespace Lockplane.PostgresTests.EndToEnd;

/// <summary>Stopping, starting again, and dying, on a checkout of its own state.</summary>
[Collection(FreshCheckoutGroup.Name)]
public sealed class RestartTests(FreshCheckout checkout)
{
    [Fact]
    public async Task A_second_up_says_so_and_prints_the_same()
    {
        ProcessResult again = (await checkout.DevAsync("up", "--detach")).Succeeded();
        Assert.Contains("Already running", again.All, StringComparison.Ordinal);
        Assert.Contains(checkout.Url("app_acme"), again.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Down_and_up_keep_the_data_and_the_logins()
    {
        (await checkout.DevAsync("down")).Succeeded();
        Assert.NotEqual(0, (await checkout.PsqlAsync(checkout.Url("app_acme"), "SELECT 1;")).ExitCode);
        (await checkout.DevAsync("down")).Succeeded();
        await AssertStartsAndWorksAsync();
    }

    [Fact]
    public async Task A_killed_process_takes_Postgres_with_it_and_the_next_start_is_clean()
    {
        string pid = await File.ReadAllTextAsync(Path.Combine(checkout.Directory, ".lockplane", "dev.pid"), TestContext.Current.CancellationToken);
        using (System.Diagnostics.Process process = System.Diagnostics.Process.GetProcessById(int.Parse(pid, CultureInfo.InvariantCulture)))
        {
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await AssertStartsAndWorksAsync();
    }

    private async Task AssertStartsAndWorksAsync()
    {
        (await checkout.DevAsync("up", "--detach")).Succeeded();
        ProcessResult rows = (await checkout.PsqlAsync(checkout.Url("app_globex"), "SELECT DISTINCT tenant_id FROM customers;")).Succeeded();
        Assert.Equal("globex\n", rows.Output);
        (await checkout.DevAsync("run", "verify")).Succeeded();
    }
}
