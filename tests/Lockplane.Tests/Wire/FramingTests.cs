using System.Text;
using Lockplane.Wire;
using Lockplane.Wire.Backend;
using Lockplane.Wire.Framing;
using Lockplane.Wire.Frontend;

namespace Lockplane.Tests.Wire;

public sealed class FramingTests
{
    [Fact]
    public void A_buffer_gives_back_what_was_written_however_it_is_cut()
    {
        const int Seed = 20261122;
        Random random = new(Seed);
        using ByteBuffer buffer = new(16);
        Queue<byte> expected = new();
        for (int round = 0; round < 2_000; round++)
        {
            byte[] chunk = new byte[random.Next(0, 400)];
            random.NextBytes(chunk);
            buffer.Write(chunk);
            foreach (byte b in chunk)
            {
                expected.Enqueue(b);
            }

            int count = random.Next(0, buffer.Count + 1);
            foreach (byte b in buffer.Unread[..count])
            {
                Assert.True(expected.Dequeue() == b, $"seed {Seed}, round {round}");
            }

            buffer.Consume(count);
            Assert.Equal(expected.Count, buffer.Count);
        }
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(3u)]
    [InlineData(10_001u)]
    [InlineData(0x8000_0000u)]
    [InlineData(0xFFFF_FFFFu)]
    public void A_length_beyond_its_limit_is_a_violation_and_never_negative(uint length)
    {
        FrameHeader header = new((byte)'S', length);
        Assert.Equal(length + 1L, header.FrameBytes);
        Assert.Equal(SqlState.ProtocolViolation, Assert.Throws<ProtocolException>(() => header.Check(ProtocolLimits.SmallMessage)).SqlState);
    }

    [Theory]
    [InlineData("select 1\0", "select 1")]
    [InlineData("\0", "")]
    [InlineData("select 1", null)]
    [InlineData("select 1\0; drop table t\0", null)]
    [InlineData("select 1\0\0", null)]
    [InlineData("", null)]
    public void A_query_is_one_string(string body, string? text)
    {
        Assert.Equal(text is not null, QueryMessage.TryReadText(Encoding.UTF8.GetBytes(body), out ReadOnlySpan<byte> read));
        if (text is not null)
        {
            Assert.Equal(text, Encoding.UTF8.GetString(read));
        }
    }

    [Theory]
    [InlineData("s\0select 1\0\0\0", "select 1")]
    [InlineData("\0select $1\0\0\u0001\0\0\0\u0017", "select $1")]
    [InlineData("\0select $1\0\0\u0001\0\0\0", null)]
    [InlineData("\0select 1\0\0", null)]
    [InlineData("\0select 1\0\0\0x", null)]
    [InlineData("\0select 1", null)]
    [InlineData("select 1", null)]
    [InlineData("\0a\0b\0\0\0", null)]
    public void A_parse_is_exactly_its_fields(string body, string? text)
    {
        Assert.Equal(text is not null, ParseMessage.TryReadText(Encoding.Latin1.GetBytes(body), out ReadOnlySpan<byte> read));
        if (text is not null)
        {
            Assert.Equal(text, Encoding.UTF8.GetString(read));
        }
    }

    [Fact]
    public void An_error_response_is_read_as_written()
    {
        using ByteBuffer buffer = new();
        new ErrorFields("LP301", "No.", "d", "h", Position: 7).Write(buffer);
        Assert.True(FrameHeader.TryRead(buffer.Unread, out FrameHeader header));
        Assert.Equal(buffer.Count, header.FrameBytes);
        ReadOnlySpan<byte> body = buffer.Unread[FrameHeader.Size..];
        foreach ((char field, string value) in new[] { ('S', "ERROR"), ('V', "ERROR"), ('C', "LP301"), ('M', "No."), ('D', "d"), ('H', "h"), ('P', "7"), ('W', "") })
        {
            Assert.Equal(value, Encoding.UTF8.GetString(ErrorFields.Find(body, field)));
        }
    }

    [Fact]
    public void A_malformed_error_response_has_no_fields()
    {
        Assert.True(ErrorFields.Find("Mno end"u8, 'M').IsEmpty);
        Assert.True(ErrorFields.Find([], 'M').IsEmpty);
        Assert.True(ErrorFields.Find("\0Mafter\0"u8, 'M').IsEmpty);
    }

    [Fact]
    public void A_text_with_a_NUL_is_never_written() =>
        Assert.Throws<ProtocolException>(() =>
        {
            using ByteBuffer buffer = new();
            QueryMessage.Write(buffer, "select 1\0; drop table t");
        });
}
