using System.Buffers.Binary;
using Lockplane.Gateway.Relays;
using Lockplane.Wire;
using static Lockplane.Tests.Gateway.Relays.RelayScript;

namespace Lockplane.Tests.Gateway.Relays;

public sealed class ClientRelayTests
{
    private static byte[] Pipeline =>
    [
        .. Query("select 1"), .. Parse("s1", "select $1"), .. Frame('B', "\0s1\0" + new string('x', 3_000)), .. Frame('E', "\0\0\0\0\0"),
        .. Parse("", "refuse me"), .. Frame('S', ""), .. Query("create table t()"), .. Query("refuse too"), .. Frame('d', "copy data"),
        .. Frame('F', "function call"), .. Query(new string('y', 2_000)), .. Parse("long", new string('z', 2_000)), .. Query(""), .. Frame('X', ""),
    ];

    [Fact]
    public void Permitted_frames_pass_unchanged_and_refused_ones_are_replaced_in_their_place()
    {
        using RelayScript script = new();
        script.FromClient(Pipeline);
        List<(char Type, string Body)> messages = Messages(script.ToServer);
        Assert.Equal("QPBEPSQQdQQPQX", string.Concat(messages.Select(message => message.Type)));
        Assert.Equal("select 1\0", messages[0].Body);
        Assert.Equal("\0lockplane_refused_0123456789abcdef_1 /* 42501 Not allowed. */\0\0\0", messages[4].Body);
        Assert.Equal("lockplane_refused_0123456789abcdef_2 /* LP301 A schema change. */\0", messages[6].Body);
        Assert.Equal("lockplane_refused_0123456789abcdef_3 /* 42501 Not allowed. */\0", messages[7].Body);
        Assert.StartsWith("lockplane_refused_0123456789abcdef_4 /* 0A000", messages[9].Body, StringComparison.Ordinal);
        Assert.StartsWith("lockplane_refused_0123456789abcdef_5 /* 54000", messages[10].Body, StringComparison.Ordinal);
        Assert.StartsWith("lockplane_refused\0lockplane_refused_0123456789abcdef_6 /* 54000", messages[11].Body, StringComparison.Ordinal);
        Assert.Equal(["create table t()"], script.Proposed);
        Assert.True(script.Client.Terminated);
    }

    [Fact]
    public void Bytes_split_at_every_point_give_the_same()
    {
        byte[] pipeline = Pipeline;
        using RelayScript whole = new();
        whole.FromClient(pipeline);
        for (int cut = 0; cut <= pipeline.Length; cut++)
        {
            using RelayScript script = new();
            script.FromClient(pipeline.AsSpan(0, cut));
            script.FromClient(pipeline.AsSpan(cut));
            Assert.True(whole.ToServer.SequenceEqual(script.ToServer), $"cut at {cut}");
        }

        using RelayScript bytewise = new();
        foreach (byte b in pipeline)
        {
            bytewise.FromClient([b]);
        }

        Assert.Equal(whole.ToServer, bytewise.ToServer);
    }

    [Fact]
    public void A_statement_is_judged_once_however_its_bytes_arrive()
    {
        int judged = 0;
        using RelayScript script = new(new ScriptedJudge(text =>
        {
            judged++;
            return Judge(text);
        }));
        foreach (byte b in (byte[])[.. Query("select 1"), .. Query("refuse"), .. Parse("", "select 2"), .. Query("create x")])
        {
            script.FromClient([b]);
        }

        Assert.Equal(4, judged);
    }

    [Fact]
    public void Nothing_of_a_statement_goes_out_before_it_was_judged()
    {
        using RelayScript script = new();
        byte[] query = Query("select 1");
        script.FromClient(query.AsSpan(0, query.Length - 1));
        Assert.Empty(script.ToServer);
        byte[] row = Frame('d', "copy");
        script.FromClient(query.AsSpan(query.Length - 1));
        script.FromClient(row.AsSpan(0, 6));
        Assert.Equal(query.Length + 6, script.ToServer.Count);
    }

    [Fact]
    public void The_body_of_a_statement_that_is_too_long_is_dropped_as_it_arrives()
    {
        using RelayScript script = new();
        byte[] query = Query("select 1");
        BinaryPrimitives.WriteInt32BigEndian(query.AsSpan(1), ProtocolLimits.LargeMessage);
        script.FromClient(query);
        int replaced = script.ToServer.Count;
        for (int i = 0; i < 100; i++)
        {
            script.FromClient(new byte[10_000]);
        }

        Assert.Equal(replaced, script.ToServer.Count);
        Assert.StartsWith("lockplane_refused_", Messages(script.ToServer)[0].Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData('Q', "no end")]
    [InlineData('Q', "a\0; drop table t\0")]
    [InlineData('Q', "")]
    [InlineData('P', "name\0no end")]
    [InlineData('P', "name\0select 1\0\0\u0001")]
    [InlineData('P', "")]
    public void Malformed_texts_are_refused_unjudged_and_the_session_goes_on(char type, string body)
    {
        using RelayScript script = new(new ScriptedJudge(_ => throw new InvalidOperationException("judged")));
        script.FromClient(Frame(type, body));
        script.FromClient(Frame('S', ""));
        List<(char Type, string Body)> messages = Messages(script.ToServer);
        Assert.Equal([type, 'S'], messages.Select(message => message.Type));
        Assert.Contains("/* 08P01", messages[0].Body, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refused_Parse_is_replaced_under_the_clients_name()
    {
        using RelayScript script = new();
        script.FromClient(Parse("my \u00e9", "refuse me"));
        Assert.StartsWith("my \u00e9\0lockplane_refused_0123456789abcdef_1 /*", Messages(script.ToServer)[0].Body, StringComparison.Ordinal);
    }

    [Fact]
    public void A_Parse_without_a_body_takes_nothing_from_what_follows_it()
    {
        using RelayScript script = new();
        Assert.Throws<ProtocolException>(() => script.FromClient([.. Frame('P', ""), 0, 0, 0, 0, 0]));
        Assert.StartsWith("lockplane_refused\0", Messages(script.ToServer)[0].Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData('Q', 3u)]
    [InlineData('Q', 0u)]
    [InlineData('Q', 0xFFFF_FFFFu)]
    [InlineData('B', 0x4000_0000u)]
    [InlineData('d', 0x8000_0000u)]
    [InlineData('S', 10_001u)]
    [InlineData('p', 8u)]
    [InlineData('!', 4u)]
    [InlineData('\0', 4u)]
    public void A_violation_ends_the_session_after_what_came_before_it(char type, uint length)
    {
        using RelayScript script = new();
        byte[] bad = new byte[5];
        bad[0] = (byte)type;
        BinaryPrimitives.WriteUInt32BigEndian(bad.AsSpan(1), length);
        ProtocolException violation = Assert.Throws<ProtocolException>(() => script.FromClient([.. Query("select 1"), .. bad]));
        Assert.Equal(SqlState.ProtocolViolation, violation.SqlState);
        Assert.Equal(Query("select 1"), script.ToServer);
    }

    [Fact]
    public void A_reason_cannot_end_the_comment_it_stands_in()
    {
        PendingRefusals refusals = new(Marker);
        string text = refusals.Add(new("42601", "at */ drop table t; /* \n \0 'x' é"));
        Assert.Equal("lockplane_refused_0123456789abcdef_1 /* 42601 at ?? drop table t; ?? ? ? ?x? ? */", text);
    }
}
