using System.Buffers.Binary;
using System.Text;
using Lockplane.Wire;
using Lockplane.Wire.Backend;
using Lockplane.Wire.Framing;
using Lockplane.Wire.Frontend;

namespace Lockplane.Tests.Wire;

public sealed class StartupPacketTests
{
    [Fact]
    public void A_packet_is_read_only_when_it_is_whole()
    {
        byte[] bytes = Packet(ProtocolVersion.V30.Code, "user\0app\0database\0shop\0\0");
        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.Equal(0, StartupPacket.TryRead(bytes.AsSpan(0, length), out _));
        }

        Assert.Equal(bytes.Length, StartupPacket.TryRead([.. bytes, 1, 2, 3], out StartupPacket? packet));
        StartupMessage message = Assert.IsType<StartupMessage>(packet);
        Assert.Equal([new("user", "app"), new("database", "shop")], message.Parameters);
    }

    [Theory]
    [InlineData(7u)]
    [InlineData(10_001u)]
    [InlineData(0x1603_0100u)]
    [InlineData(0xFFFF_FFFFu)]
    public void A_length_beyond_the_limits_is_refused_at_once(uint length)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, length);
        Assert.Equal(SqlState.ProtocolViolation, Assert.Throws<ProtocolException>(() => StartupPacket.TryRead(bytes, out _)).SqlState);
    }

    [Theory]
    [InlineData(0x0003_0000u, "user\0a\0user\0b\0\0", SqlState.ProtocolViolation)]
    [InlineData(0x0003_0000u, "user\0a\0TimeZone\0UTC\0timezone\0UTC\0\0", SqlState.ProtocolViolation)]
    [InlineData(0x0003_0000u, "user\0a\0", SqlState.ProtocolViolation)]
    [InlineData(0x0003_0000u, "user\0a", SqlState.ProtocolViolation)]
    [InlineData(0x0003_0000u, "user\0a\0\0x", SqlState.ProtocolViolation)]
    [InlineData(0x0003_0000u, "", SqlState.ProtocolViolation)]
    [InlineData(0x0003_0000u, "user\0\u00ff\0\0", SqlState.CharacterNotInRepertoire)]
    [InlineData(0x0002_0000u, "user\0a\0\0", SqlState.FeatureNotSupported)]
    [InlineData(0x0004_0000u, "user\0a\0\0", SqlState.FeatureNotSupported)]
    [InlineData(80877103u, "x", SqlState.ProtocolViolation)]
    [InlineData(80877102u, "\0\0\0\u0001abc", SqlState.ProtocolViolation)]
    public void A_malformed_packet_is_refused(uint code, string body, string sqlState) =>
        Assert.Equal(sqlState, Assert.Throws<ProtocolException>(() => StartupPacket.TryRead(Packet(code, body), out _)).SqlState);

    [Theory]
    [InlineData(4)]
    [InlineData(32)]
    [InlineData(256)]
    public void Cancel_keys_of_every_length_are_read_as_written(int length)
    {
        using ByteBuffer buffer = new();
        new CancelRequest(77, [.. Enumerable.Range(0, length).Select(i => (byte)i)]).Write(buffer);
        StartupPacket.TryRead(buffer.Unread, out StartupPacket? packet);
        CancelRequest cancel = Assert.IsType<CancelRequest>(packet);
        Assert.Equal((77, length), (cancel.ProcessId, cancel.Key.Length));
        Assert.DoesNotContain("Key", cancel.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_negotiation_is_read_as_written()
    {
        using ByteBuffer buffer = new();
        new NegotiateProtocolVersion(ProtocolVersion.V32, ["_pq_.a", "_pq_.b"]).Write(buffer);
        NegotiateProtocolVersion read = NegotiateProtocolVersion.Read(buffer.Unread[FrameHeader.Size..]);
        Assert.Equal(ProtocolVersion.V32, read.Newest);
        Assert.Equal(["_pq_.a", "_pq_.b"], read.Unknown);
    }

    internal static byte[] Packet(uint code, string body)
    {
        byte[] text = Encoding.Latin1.GetBytes(body);
        byte[] packet = new byte[8 + text.Length];
        BinaryPrimitives.WriteInt32BigEndian(packet, packet.Length);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), code);
        text.CopyTo(packet, 8);
        return packet;
    }
}
