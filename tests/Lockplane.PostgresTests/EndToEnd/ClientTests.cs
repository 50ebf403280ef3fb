using System.Globalization;
using System.Text.RegularExpressions;
using Lockplane.Control.Connections;
using Npgsql;

namespace Lockplane.PostgresTests.EndToEnd;

/// <summary>Real drivers and tools through the gateway that `./dev up` started.</summary>
[Collection(FreshCheckoutGroup.Name)]
public sealed class ClientTests(FreshCheckout checkout)
{
    [Fact]
    public async Task Npgsql_works_with_its_pool_prepared_statements_transactions_batches_and_COPY()
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(PostgresUrl.Parse(checkout.Url("app_acme")).ConnectionString);
        for (int round = 0; round < 3; round++)
        {
            // Every round takes the same server connection out of the pool, which sends DISCARD ALL in between.
            await using NpgsqlConnection connection = await source.OpenConnectionAsync(stop);
            await using NpgsqlCommand prepared = new("SELECT name FROM customers WHERE city = $1", connection) { Parameters = { new() { Value = "Leeds" } } };
            await prepared.PrepareAsync(stop);
            Assert.Equal("North Street School", await prepared.ExecuteScalarAsync(stop));

            await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(stop);
            await using NpgsqlBatch batch = new(connection) { BatchCommands = { new("INSERT INTO customers (name) VALUES ('One')"), new("SELECT count(*) FROM customers WHERE name = 'One' AND tenant_id = 'acme'") } };
            Assert.Equal(1L, await batch.ExecuteScalarAsync(stop));
            await transaction.RollbackAsync(stop);

            using TextReader copied = await connection.BeginTextExportAsync("COPY (SELECT DISTINCT tenant_id FROM customers) TO STDOUT", stop);
            Assert.Equal("acme\n", await copied.ReadToEndAsync(stop));
        }
    }

    [Fact]
    public async Task A_refused_statement_in_a_pipeline_undoes_what_stood_before_it()
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        await using NpgsqlConnection connection = new(PostgresUrl.Parse(checkout.Url("app_acme")).ConnectionString);
        await connection.OpenAsync(stop);
        await using NpgsqlBatch batch = new(connection)
        {
            BatchCommands = { new("INSERT INTO customers (name) VALUES ('Undone')"), new("SET app.tenant_id = 'globex'"), new("SELECT 1") },
        };
        PostgresException refusal = await Assert.ThrowsAsync<PostgresException>(() => batch.ExecuteNonQueryAsync(stop));
        Assert.Equal("42501", refusal.SqlState);
        Assert.NotNull(refusal.Hint);
        await using NpgsqlCommand count = new("SELECT count(*) FROM customers WHERE name = 'Undone'", connection);
        Assert.Equal(0L, await count.ExecuteScalarAsync(stop));
    }

    [Fact]
    public async Task Psql_describes_everything_as_it_does_on_the_server_itself()
    {
        string[] commands =
        [
            "d", "d+", "d customers", "d+ customers", "d customers_pkey", "dt+", "di+", "ds+", "dv+", "dm+", "dE+", "dn+", "df+", "dfS lower", "da", "do", "dT+", "dD+", "du+", "dg", "dp",
            "ddp", "drds", "dx", "dL+", "dy+", "db+", "dc", "dC", "dO+", "dF+", "dFd", "dFp", "dFt", "dA+", "dAc", "dAf", "dAo", "dAp", "dX", "dRp+", "dRs+", "des", "deu", "dew", "det", "l", "l+",
            "sf now", "encoding",
        ];
        string script = string.Concat(commands.Select(c => $"\\{c}\n"));
        ProcessResult result = await checkout.PsqlAsync(checkout.Url("app_acme"), script);
        // What this role may not see is the server's to say, in the same words.
        ProcessResult direct = await checkout.PsqlAsync(checkout.DirectUrl("app_acme"), script);
        Assert.Equal(direct.All, result.All);
        Assert.Contains("customers_pkey", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Node_postgres_works_with_parameters_named_statements_and_refusals()
    {
        ProcessResult result = (await ChildProcess.RunAsync("node", ["tests/clients/postgres-session.mjs", checkout.Url("app_acme")], checkout.Directory)).Succeeded();
        Assert.Equal(
            """{"simple":["acme"],"parameter":42,"named":"North Street School","refused":"LP301","aborted":"25P02","context":"42501","after":"acme"}""",
            result.Output.Trim());
    }

    [Theory]
    [InlineData("simple")]
    [InlineData("extended")]
    [InlineData("prepared")]
    public async Task Pgbench_runs_without_a_failed_transaction(string mode)
    {
        Assert.SkipUnless(
            (await ChildProcess.RunAsync("sh", ["-c", "command -v pgbench"], checkout.Directory)).ExitCode == 0, "pgbench is not on this machine (Debian: package postgresql).");
        string script = Path.Combine(checkout.Directory, "count.sql");
        await File.WriteAllTextAsync(script, "\\set n random(1, 1000)\nSELECT count(*), :n FROM customers;\n", TestContext.Current.CancellationToken);
        ProcessResult result = (await ChildProcess.RunAsync("pgbench", ["-n", "-M", mode, "-f", script, "-c", "4", "-t", "50", checkout.Url("app_acme")], checkout.Directory)).Succeeded();
        Match processed = Regex.Match(result.Output, @"actually processed: (\d+)/200");
        Assert.Equal(200, int.Parse(processed.Groups[1].ValueSpan, CultureInfo.InvariantCulture));
        Assert.Contains("number of failed transactions: 0", result.Output, StringComparison.Ordinal);
    }
}
