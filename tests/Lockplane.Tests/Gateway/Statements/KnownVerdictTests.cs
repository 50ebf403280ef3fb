using System.Text;
using Lockplane.Gateway.Statements;
using Lockplane.Tests.Gateway.Protocol;
using Lockplane.Tests.House;
using Lockplane.Tests.Sql;
using Lockplane.Tests.Sql.Lexing;

namespace Lockplane.Tests.Gateway.Statements;

/// <summary>What the gate knows of a text without parsing it.</summary>
public sealed class KnownVerdictTests(ITestOutputHelper output)
{
    private static readonly string Corpora = Path.Combine(Repository.Root, "..", "shared", "corpora");

    private readonly StatementGate _gate = new(TestParser.Shared, Profile.Application());

    [Theory]
    [InlineData("SELECT 1 FROM t WHERE a = 2", "select 34\nFROM t /* b */ WHERE a = 567 -- c")]
    [InlineData("INSERT INTO t VALUES ('a', 1.5, $1, '')", "INSERT INTO t VALUES ($$it's$$, 2e5, $7, $$$$)")]
    [InlineData("COPY t FROM STDIN (DELIMITER ',')", "COPY t FROM STDIN (DELIMITER ';')")]
    [InlineData("BEGIN /* trace 1 */", "BEGIN /* trace 2 */")]
    public void A_text_that_differs_in_literals_and_space_is_known_once_one_was_permitted(string judged, string other)
    {
        Assert.False(TryFind(other, out _));
        Assert.Equal(VerdictKind.Permit, _gate.Judge(Encoding.UTF8.GetBytes(judged)).Kind);
        Assert.True(TryFind(other, out Verdict verdict));
        Assert.Equal(Verdict.Permitted, verdict);
    }

    [Theory]
    [InlineData("SELECT 1 FROM t", "SELECT 1 FROM u")]
    [InlineData("SELECT 1 FROM t", "SELECT 1 FROM \"T\"")]
    [InlineData("SELECT 1", "SELECT 0")]
    [InlineData("SELECT 'a'", "SELECT ''")]
    [InlineData("SELECT 1", "SELECT 1.0")]
    [InlineData("SELECT 1", "SELECT 2147483648")]
    [InlineData("SELECT 'a'", "SELECT B'1'")]
    [InlineData("SELECT E'a'", "SELECT E 'a'")]
    [InlineData("SELECT 1::float(5)", "SELECT 1::float(50)")]
    public void A_text_that_differs_in_anything_else_is_not(string judged, string other)
    {
        _gate.Judge(Encoding.UTF8.GetBytes(judged));
        Assert.True(TryFind(judged, out _));
        Assert.False(TryFind(other, out _));
    }

    [Theory]
    [InlineData("SET statement_timeout = 1", "SET statement_timeout = 2")]
    [InlineData("SET client_encoding = 'UTF8'", "SET client_encoding = 'SJIS'")]
    [InlineData("SELECT 1; SET extra_float_digits = 1", "SELECT 1; SET extra_float_digits = 2")]
    [InlineData("SELECT set_config('statement_timeout', '1', false)", "SELECT set_config('role', '1', false)")]
    [InlineData("SELECT pg_catalog.set_config('statement_timeout', '1', false)", "SELECT pg_catalog.set_config('role', '1', false)")]
    [InlineData("DELETE FROM pg_proc WHERE oid = 1", "DELETE FROM pg_proc WHERE oid = 2")]
    [InlineData("CREATE TABLE t (a varchar(1))", "CREATE TABLE t (a varchar(2))")]
    [InlineData("SELECT pg_sleep(1", "SELECT pg_sleep(2")]
    public void A_verdict_that_read_a_literal_a_refusal_and_a_schema_change_are_known_by_their_own_bytes_only(string judged, string other)
    {
        Verdict verdict = _gate.Judge(Encoding.UTF8.GetBytes(judged));
        Assert.True(TryFind(judged, out Verdict known));
        Assert.Equal(verdict, known);
        Assert.False(TryFind(other, out _));
    }

    [Fact]
    public void What_is_observed_is_known_by_its_own_bytes_only()
    {
        StatementGate gate = new(TestParser.Shared, Profile.From(new ProfileRule { Mode = ProfileMode.Observe }));
        Verdict verdict = gate.Judge("LOCK TABLE t; SELECT 1"u8);
        Assert.NotNull(verdict.Refusal);
        Assert.False(gate.TryFind("LOCK TABLE t; SELECT 2"u8, out _));
    }

    [Fact]
    public void Invalid_bytes_in_a_literal_are_never_known()
    {
        _gate.Judge("SELECT 'a'"u8);
        Assert.False(_gate.TryFind([.. "SELECT '"u8, 0xFF, (byte)'\''], out _));
        Assert.False(_gate.TryFind([.. "SELECT '"u8, 0, (byte)'\''], out _));
        Assert.True(_gate.TryFind("SELECT 'é'"u8, out _));
    }

    [Fact]
    public void What_is_known_is_what_a_new_gate_would_say()
    {
        Assert.SkipUnless(Directory.Exists(Corpora), "The corpora are not there.");
        string[] files = [.. Directory.EnumerateFiles(Corpora, "*.sql", SearchOption.AllDirectories)];
        FuzzBudget budget = new(seconds: 3);
        int known = 0;
        while (budget.Next() is { } seed)
        {
            Random random = new(seed);
            byte[] text = File.ReadAllBytes(files[random.Next(files.Length)]);
            if (text.Length > 4_000 || SqlToken.Lex(text) is not { Count: > 0 } tokens)
            {
                continue;
            }

            _gate.Judge(text);
            SqlMutation mutation = new(random, text, tokens);
            foreach (byte[] changed in (byte[][])[mutation.OfLiterals(), mutation.OfOneToken()])
            {
                if (_gate.TryFind(changed, out Verdict verdict))
                {
                    known++;
                    Assert.True(verdict == new StatementGate(TestParser.Shared, Profile.Application()).Judge(changed), $"LOCKPLANE_SEED={seed}\n{Encoding.UTF8.GetString(changed)}");
                }
            }
        }

        budget.Report();
        output.WriteLine($"{known} were known");
        Assert.True(known > 50, $"Only {known} texts were known.");
    }

    [Theory]
    [InlineData("SELECT abalance FROM pgbench_accounts WHERE aid = 2345;")]
    [InlineData("SELECT abalance FROM pgbench_accounts WHERE aid = 1;")]
    public void A_hit_allocates_nothing(string sql)
    {
        _gate.Judge("SELECT abalance FROM pgbench_accounts WHERE aid = 1;"u8);
        byte[] text = Encoding.UTF8.GetBytes(sql);
        Find(text, 1_000);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Find(text, 10_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private void Find(byte[] text, int times)
    {
        for (int i = 0; i < times; i++)
        {
            if (!_gate.TryFind(text, out _))
            {
                throw new InvalidOperationException("The text was not found.");
            }
        }
    }

    private bool TryFind(string sql, out Verdict verdict) => _gate.TryFind(Encoding.UTF8.GetBytes(sql), out verdict);
}
