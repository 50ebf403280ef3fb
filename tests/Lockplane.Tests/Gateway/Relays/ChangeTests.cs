using Lockplane.Gateway;
using Lockplane.Gateway.Statements;
using static Lockplane.Tests.Gateway.Relays.RelayScript;

namespace Lockplane.Tests.Gateway.Relays;

/// <summary>Schema changes under profile migrator: which messages are handed to the corridor, and what answers them.</summary>
public sealed class ChangeTests
{
    private const string Notice = "SNOTICE\0VNOTICE\0C00000\0Mapplied as ledger entry 2\0HTo undo it: lockplane rollback 2\0\0";

    private static readonly byte[] Create = Query("create table t ()");
    private static readonly byte[] Sync = Frame('S', "");
    private static readonly byte[] Execute = Frame('E', "\0\0\0\0\0");

    private static byte[] Unit(string name = "", string before = "", string after = "Dp") =>
    [
        .. Parse(name, "create table t ()"), .. before == "Ds" ? Frame('D', $"S{name}\0") : [], .. Bind(name), .. after == "Dp" ? Frame('D', "P\0") : [], .. Execute, .. Sync,
    ];

    private static byte[] Bind(string statement = "", string portal = "", string formats = "\0\0", string values = "\0\0", string results = "\0\0") =>
        Frame('B', $"{portal}\0{statement}\0{formats}{values}{results}");

    private static string Types(List<byte> stream) => string.Concat(Messages(stream).Select(message => message.Type));

    [Fact]
    public void A_query_that_is_one_change_is_applied_and_never_reaches_the_server()
    {
        using RelayScript script = new(applies: true);
        script.FromClient([.. Create, .. Query("select 1")]);
        Assert.Equal(["create table t ()"], script.Applied);
        Assert.Equal([('N', Notice), ('C', "CREATE TABLE\0"), ('Z', "I")], Messages(script.ToClient));
        Assert.Equal([('Q', "select 1\0")], Messages(script.ToServer));
    }

    [Theory]
    [InlineData("", "", "Dp", "12nNCZ")]
    [InlineData("", "Ds", "", "1tn2NCZ")]
    [InlineData("s1", "Ds", "Dp", "1tn2nNCZ")]
    [InlineData("s1", "", "", "12NCZ")]
    public void A_unit_of_the_extended_protocol_is_answered_message_by_message(string name, string before, string after, string answer)
    {
        using RelayScript script = new(applies: true);
        script.FromClient([.. Unit(name, before, after), .. Query("select 1")]);
        Assert.Equal(answer, Types(script.ToClient));
        Assert.Equal("Q", Types(script.ToServer));
    }

    [Fact]
    public void However_a_unit_is_cut_the_same_comes_out_and_it_is_applied_once()
    {
        byte[] bytes = [.. Unit(), .. Create, .. Query("select 1")];
        for (int cut = 0; cut <= bytes.Length; cut++)
        {
            using RelayScript script = new(applies: true);
            script.FromClient(bytes.AsSpan(0, cut));
            script.FromClient(bytes.AsSpan(cut));
            Assert.Equal("12nNCZNCZ", Types(script.ToClient));
            Assert.Equal("Q", Types(script.ToServer));
            Assert.Equal(2, script.Applied.Count);
        }
    }

    [Fact]
    public void What_is_refused_is_replaced_and_the_rest_of_the_unit_is_the_servers_to_skip()
    {
        using RelayScript script = new(applies: true) { Outcome = new(null, new Refusal("LP302", "Nobody has approved it.", null, "lockplane approve sha256:00")) };
        script.FromClient([.. Unit(), .. Create]);
        Assert.Equal("PBDES", Types(script.ToServer));
        Assert.Equal("\0lockplane_refused_0123456789abcdef_1 /* LP302 Nobody has approved it. */\0\0\0", Messages(script.ToServer)[0].Body);
        script.FromServer([.. SyntaxError(1), .. Frame('Z', "I")]);
        script.FromClient([]);
        Assert.Equal("PBDESQ", Types(script.ToServer));
        script.FromServer([.. SyntaxError(2), .. Frame('Z', "I")]);
        Assert.Equal("EZEZ", Types(script.ToClient));
        Assert.Contains("CLP302\0MNobody has approved it.\0Hlockplane approve sha256:00\0", Messages(script.ToClient)[0].Body, StringComparison.Ordinal);
    }

    public static TheoryData<string, byte[], string> Refused => new()
    {
        { "25001", Query("create table t (); select 1"), "Q" },
        { "25001", [.. Parse("", "select 1"), .. Bind(), .. Execute, .. Parse("", "create table t ()"), .. Bind(), .. Execute, .. Sync], "PBEPBES" },
        { "25001", [.. Parse("", "create table t ()"), .. Bind(), .. Execute, .. Parse("", "select 1"), .. Bind(), .. Execute, .. Sync], "PBEPBES" },
        { "25001", [.. Parse("", "create table t ()"), .. Bind(), .. Execute, .. Execute, .. Sync], "PBEES" },
        { "25001", [.. Parse("", "create table t ()"), .. Bind("other"), .. Execute, .. Sync], "PBES" },
        { "25001", [.. Parse("", "create table t ()"), .. Bind(), .. Frame('E', "other\0\0\0\0\0"), .. Sync], "PBES" },
        { "25001", [.. Parse("", "create table t ()"), .. Bind(), .. Execute, .. Frame('H', ""), .. Sync], "PBEHS" },
        { "25001", [.. Parse("", "create table t ()"), .. Execute, .. Sync], "PES" },
        { "25001", [.. Parse("", "create table t ()"), .. Frame('C', "S\0"), .. Sync], "PCS" },
        { "0A000", [.. Parse("", "create table t ()"), .. Frame('D', "S\0"), .. Sync], "PDS" },
        { "0A000", [.. Parse("s", "create table t ()"), .. Frame('D', "Ss\0"), .. Frame('H', "")], "PDH" },
        { "08P01", [.. Parse("", "create table t ()"), .. Bind(values: "\0\u0001\0\0\0\u0001x"), .. Execute, .. Sync], "PBES" },
        { "08P01", [.. Frame('P', "\0create table t ()\0\0\u0001\0\0\0\u0017"), .. Bind(), .. Execute, .. Sync], "PBES" },
        { "08P01", [.. Parse("", "create table t ()"), .. Frame('B', "\0"), .. Execute, .. Sync], "PBES" },
        { "08P01", [.. Parse("", "create table t ()"), .. Bind(results: "\0\0more"), .. Execute, .. Sync], "PBES" },
        { "08P01", [.. Parse("", "create table t ()"), .. Frame('D', ""), .. Sync], "PDS" },
        { "54000", [.. Parse("", "create table t ()"), .. Frame('B', new string('p', 5_000) + "\0\0\0\0\0\0\0\0"), .. Sync], "PBS" },
    };

    [Theory, MemberData(nameof(Refused))]
    public void A_change_that_does_not_stand_alone_is_refused(string code, byte[] messages, string sent)
    {
        foreach (int cut in Enumerable.Range(0, messages.Length))
        {
            using RelayScript script = new(applies: true, maxStatementBytes: 10_000);
            script.FromClient(messages.AsSpan(0, cut));
            script.FromClient(messages.AsSpan(cut));
            Assert.Empty(script.Applied);
            Assert.Equal(sent, Types(script.ToServer));
            (char Type, string Body) replaced = Messages(script.ToServer).Single(message => message.Body.Contains("lockplane_refused_0", StringComparison.Ordinal));
            Assert.Contains($"/* {code} ", replaced.Body, StringComparison.Ordinal);
            Assert.DoesNotContain(Messages(script.ToServer), message => message.Body.Contains("create", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Inside_a_transaction_block_it_is_refused()
    {
        using RelayScript script = new(applies: true);
        script.FromClient(Query("begin"));
        script.FromServer([.. Frame('C', "BEGIN\0"), .. Frame('Z', "T")]);
        script.FromClient(Create);
        script.FromServer([.. SyntaxError(1), .. Frame('Z', "E")]);
        script.FromClient(Unit());
        Assert.Empty(script.Applied);
        Assert.Equal("QQPBDES", Types(script.ToServer));
        Assert.Contains("/* 25001 ", Messages(script.ToServer)[1].Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData('I', 1)]
    [InlineData('T', 0)]
    [InlineData('E', 0)]
    public void It_waits_for_what_was_sent_before_it_and_looks_at_the_transaction_then(char status, int applied)
    {
        using RelayScript script = new(applies: true);
        script.FromClient([.. Query("discard all"), .. Unit()]);
        Assert.Equal("Q", Types(script.ToServer));
        Assert.Empty(script.Applied);
        script.FromServer([.. Frame('C', "DISCARD ALL\0"), .. Frame('Z', status.ToString())]);
        script.FromClient([]);
        Assert.Equal(applied, script.Applied.Count);
        Assert.Equal(applied == 1 ? "Q" : "QPBDES", Types(script.ToServer));
        Assert.Equal(applied == 1 ? "CZ12nNCZ" : "CZ", Types(script.ToClient));
    }

    [Fact]
    public void In_a_COPY_it_is_the_servers_to_refuse()
    {
        using RelayScript script = new(applies: true);
        script.FromClient(Query("copy t from stdin"));
        script.FromServer(Frame('G', "\0\0\0"));
        script.FromClient(Create);
        Assert.Empty(script.Applied);
        Assert.Equal("QQ", Types(script.ToServer));
    }

    [Fact]
    public void What_is_inside_of_another_statement_is_not_applied()
    {
        using RelayScript script = new(new ScriptedJudge(_ => new Verdict(VerdictKind.Ddl, new Refusal("LP301", "m")) { IsAlone = true }), applies: true);
        script.FromClient(Query("explain analyze create table t as select 1"));
        Assert.Empty(script.Applied);
        Assert.Contains("/* 0A000 ", Messages(script.ToServer)[0].Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CREATE VIEW", "NCZ")]
    [InlineData("TRUNCATE TABLE", "")]
    [InlineData("REFRESH MATERIALIZED VIEW", "")]
    public void What_was_not_run_again_is_not_answered_as_done_where_rows_change(string tag, string answer)
    {
        using RelayScript script = new(new ScriptedJudge(_ => new Verdict(VerdictKind.Ddl, new Refusal("LP301", "m")) { IsAlone = true, CommandTag = tag }), applies: true)
        {
            Outcome = new(new AppliedChange("sha256:00", 2, "sha256:01", Replayed: true), null),
        };
        script.FromClient(Query("again"));
        Assert.Equal(answer, Types(script.ToClient));
        Assert.Equal(answer.Length == 0 ? "Q" : "", Types(script.ToServer));
    }
}
