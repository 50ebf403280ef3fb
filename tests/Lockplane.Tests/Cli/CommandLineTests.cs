using Lockplane.Cli;
using Lockplane.Control.Plans;
using Lockplane.Hosting;
using Lockplane.Sql.Errors;

namespace Lockplane.Tests.Cli;

public sealed class CommandLineTests
{
    private static readonly MakeHostParts NoParts = (_, _, _, _) => throw new InvalidOperationException("Nothing is hosted here.");

    [Theory]
    [InlineData("plan")]
    [InlineData("plan --to a.sql --sql b.sql")]
    [InlineData("plan --from a.sql --sql b.sql")]
    [InlineData("plan --to a.sql --shadow-url postgresql://a@b/c")]
    [InlineData("plan --to a.sql --json --markdown")]
    [InlineData("plan --from no-such-file.sql --to no-such-file.json")]
    [InlineData("inspect --format xml")]
    [InlineData("inspect --json --format sql")]
    [InlineData("ledger show one")]
    [InlineData("rollback")]
    [InlineData("no-such-verb")]
    public async Task A_command_line_that_is_not_understood_ends_with_64(string line)
    {
        (int code, string? output, string? error) = await RunAsync(line.Split(' '));
        Assert.Equal((ExitCode.Usage, ""), (code, output));
        Assert.StartsWith(line.Contains("--json", StringComparison.Ordinal) ? "{\"error\":{\"code\":\"USAGE\"" : "error: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_version_is_printed_plainly_and_as_json()
    {
        Assert.Equal((0, "lockplane 0.1.0\n", ""), await RunAsync("version"));
        Assert.Equal((0, "{\"version\":\"0.1.0\"}\n", ""), await RunAsync("version", "--json"));
    }

    [Fact]
    public async Task An_unknown_database_is_a_configuration_error()
    {
        string file = Path.GetTempFileName();
        try
        {
            (int code, string _, string? error) = await RunAsync("inspect", "--config", file, "--db", "shop");
            Assert.Equal(1, code);
            Assert.StartsWith("error LP001: There is no [databases.shop].\nhint: ", error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("plan", "--to")]
    [InlineData("plan", "--sql")]
    [InlineData("plan", "--to", "a", "--sql", "b")]
    [InlineData("inspect", "--db")]
    [InlineData("inspect", "--format")]
    public async Task An_option_without_its_value_is_a_mistake_of_the_caller(params string[] arguments)
    {
        (int code, _, string error) = await RunAsync(arguments);
        Assert.Equal(64, code);
        Assert.DoesNotContain("bug", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_not_UTF8_is_refused()
    {
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(file, [.. "CREATE TABLE "u8, 0xFF, .. " (a int)"u8], TestContext.Current.CancellationToken);
            UsageException refusal = await Assert.ThrowsAsync<UsageException>(() => SchemaSource.ReadAsync(file, TestContext.Current.CancellationToken));
            Assert.Contains("is not UTF-8", refusal.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_file_of_a_folder_is_named_with_its_folder_since_a_plan_can_have_two()
    {
        string folder = Directory.CreateTempSubdirectory("lockplane-tests-").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "b.sql"), "SELECT 2", TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(Path.Combine(folder, "a.sql"), "SELECT 1", TestContext.Current.CancellationToken);
            Assert.Equal([folder + "/a.sql", folder + "/b.sql"], (await SchemaSource.ReadAsync(folder, TestContext.Current.CancellationToken)).Files.Select(file => file.Name));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData(true, "Running the plan on the shadow: step 2 of 3 ...\nApplying 3 steps ...\n")]
    [InlineData(false, "")]
    public async Task How_far_a_plan_is_is_told_only_where_a_person_looks_on(bool interactive, string told)
    {
        using StringWriter output = new() { NewLine = "\n" };
        using StringWriter error = new() { NewLine = "\n" };
        Terminal terminal = new(output, error, TextReader.Null, interactive, colour: false);
        ShownProgress progress = new(terminal);
        progress.Report(new PlanProgress(PlanWork.Run, 2, 3));
        progress.Report(new PlanProgress(PlanWork.Apply, 3, 3));
        Assert.Equal(told, error.ToString());
        Assert.Equal(7, await terminal.WatchAsync("Planning", () => Task.FromResult(7)));
        Assert.Equal("", output.ToString());
        Assert.Equal(interactive, error.ToString().Length > 0);
    }

    [Fact]
    public void Errors_end_with_their_codes_own_number()
    {
        Assert.Equal((3, "error LP302: Not yet.\n  line 1\n  line 2\nhint: Ask.\n"), Tell(new LockplaneException(ErrorCodes.ApprovalRequired, "Not yet.", "line 1\nline 2", "Ask."), json: false));
        Assert.Equal(
            (1, "{\"error\":{\"code\":\"LP102\",\"hint\":\"Again.\",\"message\":\"Moved.\",\"name\":\"STALE_BASE\"}}\n"),
            Tell(new LockplaneException(ErrorCodes.StaleBase, "Moved.", hint: "Again."), json: true));
        Assert.Equal(130, Tell(new OperationCanceledException(), json: false).Code);
        Assert.Contains("bug", Tell(new InvalidOperationException("odd"), json: false).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_others_named_cannot_move_the_cursor_or_turn_the_line_around()
    {
        Assert.Equal(@"a\u001b[2Jb\u202ec\u000ad", PrintableText.Line("a\u001b[2Jb\u202Ec\nd"));
        Assert.Equal("a\n\tb\\u0007", PrintableText.Lines("a\r\n\tb\u0007"));
        Assert.Equal("abcd...", PrintableText.Line("abcdefghij", 7));
    }

    private static (int Code, string Text) Tell(Exception error, bool json)
    {
        using StringWriter output = new() { NewLine = "\n" };
        return (ErrorText.Write(error, output, json), output.ToString());
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using StringWriter output = new() { NewLine = "\n" };
        using StringWriter error = new() { NewLine = "\n" };
        using StringReader input = new("");
        int code = await CommandLine.RunAsync(arguments, new Terminal(output, error, input, interactive: false, colour: false), NoParts, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
