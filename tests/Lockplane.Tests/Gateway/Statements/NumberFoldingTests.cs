using System.Text;
using Lockplane.Gateway.Statements;
using Lockplane.Sql.Statements;
using Lockplane.Tests.Sql;

namespace Lockplane.Tests.Gateway.Statements;

public sealed class NumberFoldingTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("SELECT abalance FROM pgbench_accounts WHERE aid = 1234;", "SELECT abalance FROM pgbench_accounts WHERE aid = 1;")]
    [InlineData("select a1, b_2[3:14] from t5 where x<-7 and y in (1,22)", "select a1, b_2[1:1] from t5 where x<-1 and y in (1,1)")]
    [InlineData("select 999999999, 00", "select 1, 0")]
    [InlineData("", "")]
    public void A_whole_number_becomes_1_and_0_stays(string text, string folded) => Assert.Equal(folded, Fold(text));

    [Theory]
    [InlineData("select 1000000000")]
    [InlineData("select 1.5")]
    [InlineData("select .5")]
    [InlineData("select 1e5")]
    [InlineData("select 0x10")]
    [InlineData("select 1_000")]
    [InlineData("select 1a")]
    [InlineData("select '1'")]
    [InlineData("select \"1\"")]
    [InlineData("select $1")]
    [InlineData("select 1 -- 2")]
    [InlineData("select 1 /* 2 */")]
    [InlineData("select 1\\2")]
    [InlineData("select é")]
    [InlineData("select 1\0")]
    [InlineData("select 1 @ 2")]
    public void What_a_lexer_could_read_otherwise_is_not_folded(string text) => Assert.Null(Fold(text));

    [Fact]
    public void A_text_that_differs_in_a_number_is_known_once_one_was_permitted()
    {
        StatementGate gate = new(TestParser.Shared, Profile.Application());
        Assert.False(gate.TryFind("SELECT 1 FROM t WHERE a = 2"u8, out _));
        gate.Judge("SELECT 1 FROM t WHERE a = 2"u8);
        Assert.True(gate.TryFind("SELECT 34 FROM t WHERE a = 567"u8, out Verdict verdict));
        Assert.Equal(VerdictKind.Permit, verdict.Kind);
        Assert.False(gate.TryFind("SELECT 34 FROM u WHERE a = 567"u8, out _));
    }

    [Theory]
    [InlineData("SET statement_timeout = 1", "SET statement_timeout = 2")]
    [InlineData("SELECT 1; SET extra_float_digits = 1", "SELECT 1; SET extra_float_digits = 2")]
    [InlineData("DELETE FROM pg_proc WHERE oid = 1", "DELETE FROM pg_proc WHERE oid = 2")]
    [InlineData("CREATE TABLE t (a varchar(1))", "CREATE TABLE t (a varchar(2))")]
    [InlineData("SELECT pg_sleep(1", "SELECT pg_sleep(2")]
    public void A_setting_a_refusal_and_a_schema_change_are_known_by_their_own_bytes_only(string judged, string other)
    {
        StatementGate gate = new(TestParser.Shared, Profile.Application());
        Verdict verdict = gate.Judge(Encoding.UTF8.GetBytes(judged));
        Assert.True(gate.TryFind(Encoding.UTF8.GetBytes(judged), out Verdict known));
        Assert.Equal(verdict, known);
        Assert.Equal(verdict.Kind == VerdictKind.Permit && !judged.Contains("SET", StringComparison.Ordinal), gate.TryFind(Encoding.UTF8.GetBytes(other), out _));
    }

    [Fact]
    public void A_text_and_its_folded_form_have_one_tree_whatever_they_are_made_of()
    {
        string[] tokens = ["select", "SET", "t", "a1", "from", "where", "and", "in", "limit", "1", "0", "42", "999999999", "(", ")", ",", ";", "+", "-", "*", "/", "%", "<", ">", "=", ".", ":", "[", "]", "update", "float", "interval", "order by", " ", "\n", "cast", "as", "values", "insert into", "delete"];
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        StatementReader reader = new(TestParser.Shared);
        int parsed = 0;
        for (int i = 0; i < 4_000; i++)
        {
            string text = (random.Next(2) == 0 ? "select 1" : "") + string.Concat(Enumerable.Range(0, random.Next(1, 8)).Select(_ => tokens[random.Next(tokens.Length)] + (random.Next(3) == 0 ? "" : " ")));
            if (Fold(text) is { } folded)
            {
                string[]? tree = Tree(reader, text);
                Assert.Equal(tree, Tree(reader, folded));
                parsed += tree is null ? 0 : 1;
            }
        }

        Assert.True(parsed > 20, $"only {parsed} texts parsed");
    }

    [Fact]
    public void A_folded_hit_allocates_nothing()
    {
        StatementGate gate = new(TestParser.Shared, Profile.Application());
        gate.Judge("SELECT abalance FROM pgbench_accounts WHERE aid = 1;"u8);
        Find(gate, 1_000);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Find(gate, 10_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void Find(StatementGate gate, int times)
    {
        for (int i = 0; i < times; i++)
        {
            if (!gate.TryFind("SELECT abalance FROM pgbench_accounts WHERE aid = 2345;"u8, out _))
            {
                throw new InvalidOperationException("The text was not found.");
            }
        }
    }

    // Kinds and node types in their order; null where it does not parse. float(n) is refused by the grammar itself for a few values, which the server does as well.
    private static string[]? Tree(StatementReader reader, string text)
    {
        Lockplane.Sql.PgQuery.ParseOutcome<System.Collections.Immutable.ImmutableArray<Statement>> outcome = reader.Read(Encoding.UTF8.GetBytes(text));
        return outcome.Succeeded
            ? [.. outcome.Value.SelectMany(statement => (string[])[statement.Kind, .. statement.Nodes.Select(node => node.Type)])]
            : outcome.Error.Message.Contains("precision for type float", StringComparison.Ordinal) ? ["float"] : null;
    }

    private static string? Fold(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        byte[] folded = new byte[bytes.Length];
        return NumberFolding.TryFold(bytes, folded, out int length) ? Encoding.UTF8.GetString(folded, 0, length) : null;
    }
}
