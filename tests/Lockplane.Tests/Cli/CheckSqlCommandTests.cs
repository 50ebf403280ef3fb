using Lockplane.Cli;
using Lockplane.Hosting;

namespace Lockplane.Tests.Cli;

public sealed class CheckSqlCommandTests
{
    private static readonly MakeHostParts NoParts = (_, _, _, _) => throw new InvalidOperationException("Nothing is hosted here.");

    [Fact]
    public async Task Each_statement_of_a_script_is_told_of_where_it_stands_and_why()
    {
        (int code, string output) = await RunAsync("SELECT 1;\n-- comment\nSELECT\n  'é',\n  ts_stat('x');\nCREATE TABLE t (a int);", "-");

        Assert.Equal(ExitCode.Found, code);
        Assert.Equal("""
            stdin:5: refused LP311: function ts_stat is not in profile application
                  ts_stat('x')
                detail: ts_stat is used as a function, at character 17.
                hint: Use another function, or add it to allow_functions of profile application.
            stdin:6: schema change LP301: schema changes are not run through the gateway
                CREATE TABLE t (a int)
                detail: CreateStmt changes the schema, at character 1.
                hint: Make a plan with `lockplane plan --sql` and apply it.
            3 statements under profile application: 1 passes, 1 refused, 1 schema change.

            """, output);
    }

    [Theory]
    [InlineData("2026-11-26 10:00:00 UTC [1] LOG:  duration: 0.1 ms  statement: SELECT\n\t1\nx LOG:  execute <unnamed>: LOCK TABLE t\nx DETAIL:  parameters: $1 = 'a'\nx LOG:  connection received: host=x\n")]
    [InlineData("2026-11-26 10:00:00 UTC [1] ERROR:  x\nx STATEMENT:  SELECT 1\nx LOG:  statement: LOCK TABLE t")]
    [InlineData("{\"message\":\"statement: SELECT 1\"}\n{\"message\":\"checkpoint starting\"}\n{\"message\":\"execute a: LOCK TABLE t\"}\n")]
    [InlineData("{\"event\":\"login\"}\n{\"event\":\"observe\",\"statement\":\"SELECT $1\"}\n{\"event\":\"refusal\",\"statement\":\"LOCK TABLE t\"}\n")]
    public async Task A_log_is_read_statement_by_statement(string log)
    {
        (int code, string output) = await RunAsync(log, "-");

        Assert.Equal(ExitCode.Found, code);
        Assert.EndsWith("2 statements under profile application: 1 passes, 1 refused.\n", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SELECT 1", 0, "1 statement under profile application: 1 passes.\n")]
    [InlineData("", 0, "0 statements under profile application: nothing to judge.\n")]
    [InlineData("SELEC 1", 2, "stdin:1: refused 42601: syntax error at or near \"SELEC\"\n    SELEC 1\n1 statement under profile application: 1 refused.\n")]
    public async Task What_is_found_is_told_by_the_exit_code(string sql, int code, string output) => Assert.Equal((code, output), await RunAsync(sql, "-"));

    [Fact]
    public async Task The_rules_of_a_configuration_choose_the_profile()
    {
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, """
                [[profile]]
                name = "observer"
                user = "report"
                [[profile]]
                name = "application"
                mode = "observe"
                allow_nodes = ["LockStmt"]
                """, TestContext.Current.CancellationToken);
            (_, string report) = await RunAsync("LOCK TABLE t", "-", "--config", file, "--user", "report");
            (int code, string other) = await RunAsync("LOCK TABLE t; SET work_mem = '1GB'", "-", "--config", file, "--json");

            Assert.Contains("under profile observer: 1 refused", report, StringComparison.Ordinal);
            Assert.Equal(ExitCode.Done, code);
            Assert.Contains("\"outcome\":\"passes\"", other, StringComparison.Ordinal);
            Assert.Contains("\"outcome\":\"observed\"", other, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static async Task<(int Code, string Output)> RunAsync(string input, params string[] arguments)
    {
        StringWriter output = new();
        Terminal terminal = new(output, TextWriter.Null, new StringReader(input), interactive: false, colour: false);
        int code = await CommandLine.RunAsync(["check-sql", .. arguments], terminal, NoParts, TestContext.Current.CancellationToken);
        return (code, output.ToString());
    }
}
