using System.Text;
using Lockplane.Gateway;
using Lockplane.Gateway.Statements;

namespace Lockplane.Tests.Gateway.Statements;

/// <summary>What an audit keeps of what it judged, and for whom.</summary>
public partial class FunctionAuditTests
{
    [Theory]
    [InlineData("sql")]
    [InlineData("plpgsql")]
    public void What_the_parser_could_not_do_for_now_is_judged_again_the_next_time(string language)
    {
        string deep = "SELECT " + new string('(', 50_000) + "1" + new string(')', 50_000);
        CatalogFunction inner = Made("public.inner_one", language, language == "sql" ? deep : $"BEGIN {deep.Replace("SELECT", "RETURN", StringComparison.Ordinal)}; END");
        StatementGate gate = Gate(null, ["DoStmt"], inner, Sql("public.outer_one", "SELECT inner_one('x')"));
        string[] statements = ["SELECT inner_one('x')", "SELECT outer_one('x')", "DO 'BEGIN PERFORM outer_one(''x''); END'"];
        foreach (string sql in statements)
        {
            Assert.Equal(VerdictKind.Refuse, Judge(gate, sql).Kind);
            Assert.False(gate.TryFind(Encoding.UTF8.GetBytes(sql), out _));
        }

        // As if there were room now.
        typeof(CatalogFunction).GetProperty(nameof(CatalogFunction.Definition))!.SetValue(inner, Made("public.inner_one", language, language == "sql" ? "SELECT 1" : "BEGIN RETURN 1; END").Definition);
        foreach (string sql in statements)
        {
            Assert.Equal(Verdict.Permitted, Judge(gate, sql));
        }
    }

    [Fact]
    public async Task Many_threads_judge_the_functions_of_a_new_snapshot_alike()
    {
        CatalogFunction[] functions = [.. Enumerable.Range(0, 60).Select(n => Sql($"public.f{n}", n == 59 ? "SELECT pg_read_file('x')" : $"SELECT f{(n * 7 % 29)}('x'), f{(n < 30 ? (n + 1) % 30 : n + 1)}('x')"))];
        StatementGate gate = Gate(null, functions);
        Task<VerdictKind>[] judged = [.. Enumerable.Range(0, 240).Select(n => Task.Run(() => Judge(gate, $"SELECT f{n % 60}('x'), {n}").Kind))];

        VerdictKind[] kinds = await Task.WhenAll(judged);
        Assert.All(Enumerable.Range(0, 240), n => Assert.Equal(n % 60 < 30 ? VerdictKind.Permit : VerdictKind.Refuse, kinds[n]));
    }
}
