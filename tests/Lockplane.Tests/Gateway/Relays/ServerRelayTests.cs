using System.Buffers.Binary;
using Lockplane.Gateway.Relays;
using Lockplane.Wire;
using static Lockplane.Tests.Gateway.Relays.RelayScript;

namespace Lockplane.Tests.Gateway.Relays;

public sealed class ServerRelayTests
{
    private static byte[] Answers =>
    [
        .. Frame('T', "rows"), .. Frame('D', new string('d', 9_000)), .. Frame('C', "SELECT 1\0"), .. Frame('S', "TimeZone\0UTC\0"), .. Frame('Z', "T"),
        .. SyntaxError(1), .. Frame('Z', "E"), .. Frame('N', "notice"), .. SyntaxError(9), .. Frame('Z', "I"),
    ];

    private static RelayScript AfterRefusals(int count)
    {
        RelayScript script = new();
        for (int i = 0; i < count; i++)
        {
            script.FromClient(Query("refuse"));
        }

        return script;
    }

    [Fact]
    public void Only_the_error_of_a_replaced_statement_is_changed()
    {
        using RelayScript script = AfterRefusals(1);
        script.FromServer(Answers);
        List<(char Type, string Body)> messages = Messages(script.ToClient);
        Assert.Equal("TDCSZEZNEZ", string.Concat(messages.Select(message => message.Type)));
        Assert.Equal("SERROR\0VERROR\0C42501\0MNot allowed.\0Dd\0Hh\0P3\0\0", messages[5].Body);
        Assert.Contains("_9", messages[8].Body, StringComparison.Ordinal);
        Assert.Equal(TransactionStatus.Idle, script.Requests.Status);
    }

    [Fact]
    public void Bytes_split_at_every_point_give_the_same()
    {
        byte[] answers = Answers;
        using RelayScript whole = AfterRefusals(1);
        whole.FromServer(answers);
        for (int cut = 0; cut <= answers.Length; cut++)
        {
            using RelayScript script = AfterRefusals(1);
            script.FromServer(answers.AsSpan(0, cut));
            script.FromServer(answers.AsSpan(cut));
            Assert.True(whole.ToClient.SequenceEqual(script.ToClient), $"cut at {cut}");
        }

        using RelayScript bytewise = AfterRefusals(1);
        foreach (byte b in answers)
        {
            bytewise.FromServer([b]);
        }

        Assert.Equal(whole.ToClient, bytewise.ToClient);
    }

    [Fact]
    public void A_refusal_that_the_server_skipped_does_not_shift_the_next()
    {
        using RelayScript script = new();
        script.FromClient(Query("refuse"));
        script.FromClient(Query("create table t()"));
        script.FromServer(SyntaxError(2));
        Assert.Contains("CLP301\0", Messages(script.ToClient)[0].Body, StringComparison.Ordinal);
        Assert.Contains("Hlockplane apply sha256:00\0", Messages(script.ToClient)[0].Body, StringComparison.Ordinal);
    }

    [Fact]
    public void Refusals_without_end_take_no_memory_without_end()
    {
        using RelayScript script = AfterRefusals(PendingRefusals.Capacity + 1);
        script.FromServer(SyntaxError(1));
        script.FromServer(SyntaxError(2));
        Assert.Contains("C42501\0MThe statement was refused by the gateway.", Messages(script.ToClient)[0].Body, StringComparison.Ordinal);
        Assert.Contains("MNot allowed.", Messages(script.ToClient)[1].Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "fedcba9876543210", "42601")]
    [InlineData(1, Marker, "22P02")]
    [InlineData(2, Marker, "42601")]
    [InlineData(0, Marker, "42601")]
    public void Another_error_passes_as_it_is(long number, string marker, string code)
    {
        using RelayScript script = AfterRefusals(1);
        byte[] error = SyntaxError(number, marker, code);
        script.FromServer(error);
        Assert.Equal(error, script.ToClient);
    }

    [Theory]
    [InlineData("client_encoding", "SJIS", SqlState.InsufficientPrivilege)]
    [InlineData("client_encoding", "SQL_ASCII", SqlState.InsufficientPrivilege)]
    [InlineData("standard_conforming_strings", "off", SqlState.InsufficientPrivilege)]
    [InlineData("client_encoding", "UTF8", null)]
    [InlineData("standard_conforming_strings", "on", null)]
    [InlineData("session_authorization", "postgres", null)]
    public void A_pinned_parameter_with_another_value_ends_the_session(string name, string value, string? sqlState)
    {
        using RelayScript script = new();
        byte[] status = Frame('S', $"{name}\0{value}\0");
        if (sqlState is null)
        {
            script.FromServer(status);
            Assert.Equal(status, script.ToClient);
        }
        else
        {
            Assert.Equal(sqlState, Assert.Throws<ProtocolException>(() => script.FromServer([.. Frame('Z', "I"), .. status])).SqlState);
            Assert.Equal(Frame('Z', "I"), script.ToClient);
        }
    }

    [Theory]
    [InlineData('R', 8u)]
    [InlineData('K', 12u)]
    [InlineData('W', 4u)]
    [InlineData('?', 4u)]
    [InlineData('D', 3u)]
    [InlineData('D', 0x8000_0000u)]
    [InlineData('S', 0x0010_0000u)]
    public void A_server_that_violates_the_protocol_ends_the_session(char type, uint length)
    {
        using RelayScript script = new();
        byte[] bad = new byte[5];
        bad[0] = (byte)type;
        BinaryPrimitives.WriteUInt32BigEndian(bad.AsSpan(1), length);
        Assert.Equal(SqlState.ProtocolViolation, Assert.Throws<ProtocolException>(() => script.FromServer([.. Frame('Z', "T"), .. bad])).SqlState);
        Assert.Equal(Frame('Z', "T"), script.ToClient);
    }

    [Theory]
    [InlineData("")]
    [InlineData("X")]
    [InlineData("II")]
    public void A_malformed_ReadyForQuery_ends_the_session(string body)
    {
        using RelayScript script = new();
        Assert.Throws<ProtocolException>(() => script.FromServer(Frame('Z', body)));
    }

    [Fact]
    public void An_error_of_ours_may_follow_only_whole_messages()
    {
        using RelayScript script = new();
        byte[] row = Frame('D', "value");
        script.FromServer(row.AsSpan(0, 7));
        Assert.False(script.Server.AtFrameBoundary);
        script.FromServer(row.AsSpan(7));
        Assert.True(script.Server.AtFrameBoundary);
    }
}
