using System.Net;
using Lockplane.Gateway.Proxies;
using Lockplane.Wire;

namespace Lockplane.Tests.Gateway.Proxies;

public sealed class ProxyHeaderTests
{
    private static readonly byte[] Signature = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A];
    private static readonly byte[] IPv4 = [192, 0, 2, 7, 127, 0, 0, 1, 0xC3, 0x50, 0x19, 0x20];
    private static readonly byte[] IPv6 = [0x20, 0x01, 0x0d, 0xb8, .. new byte[11], 9, .. new byte[15], 1, 0xC3, 0x50, 0x19, 0x20];
    private static readonly byte[] Mapped = [.. new byte[10], 0xff, 0xff, 10, 0, 0, 5, .. new byte[15], 1, 0, 1, 0, 2];
    private static readonly byte[] Tlvs = [0x04, 0, 3, 1, 2, 3, 0x20, 0, 1, 9];

    public static TheoryData<byte[], string?> Understood => new()
    {
        { Header(0x21, 0x11, IPv4), "192.0.2.7:50000" },
        { Header(0x21, 0x11, [.. IPv4, .. Tlvs]), "192.0.2.7:50000" },
        { Header(0x21, 0x21, IPv6), "[2001:db8::9]:50000" },
        { Header(0x21, 0x21, [.. IPv6, .. Tlvs]), "[2001:db8::9]:50000" },
        { Header(0x21, 0x21, Mapped), "10.0.0.5:1" },
        { Header(0x21, 0x00, []), null },
        { Header(0x21, 0x00, Tlvs), null },
        { Header(0x20, 0x00, []), null },
        { Header(0x20, 0x11, IPv4), null },
    };

    public static TheoryData<byte[]> Refused => new()
    {
        Header(0x11, 0x11, IPv4),
        Header(0x22, 0x11, IPv4),
        Header(0x21, 0x12, IPv4),
        Header(0x21, 0x31, new byte[216]),
        Header(0x21, 0x11, IPv4[..11]),
        Header(0x21, 0x21, IPv6[..35]),
        Header(0x21, 0x21, IPv4),
        Header(0x21, 0x00, new byte[2_033]),
        Header(0x21, 0x00, new byte[65_535]),
    };

    [Theory, MemberData(nameof(Understood))]
    public void A_header_gives_the_client_however_it_is_split(byte[] header, string? source)
    {
        byte[] bytes = [.. header, 0, 0, 0, 8];
        for (int split = 0; split < header.Length; split++)
        {
            Assert.Equal(0, ProxyHeader.TryRead(bytes.AsSpan(0, split), out ProxyHeader? none));
            Assert.Null(none);
        }

        Assert.Equal(header.Length, ProxyHeader.TryRead(bytes, out ProxyHeader? read));
        Assert.Equal(source, read!.Source?.ToString());
        Assert.Equal(header.Length, ProxyHeader.TryRead(header, out _));
    }

    [Theory, MemberData(nameof(Refused))]
    public void A_header_that_is_not_understood_is_a_violation(byte[] header) =>
        Assert.Equal(SqlState.ProtocolViolation, Assert.Throws<ProtocolException>(() => ProxyHeader.TryRead(header, out _)).SqlState);

    [Fact]
    public void A_header_that_is_too_long_is_refused_before_it_is_there() =>
        Assert.Throws<ProtocolException>(() => ProxyHeader.TryRead(Header(0x21, 0x00, new byte[65_535]).AsSpan(0, 16), out _));

    [Fact]
    public void Another_first_byte_is_told_at_once()
    {
        for (int wrong = 0; wrong < Signature.Length; wrong++)
        {
            byte[] bytes = [.. Signature[..wrong], (byte)(Signature[wrong] ^ 1)];
            ProtocolException e = Assert.Throws<ProtocolException>(() => ProxyHeader.TryRead(bytes, out _));
            Assert.Contains("required", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Version_1_is_refused() => Assert.Throws<ProtocolException>(() => ProxyHeader.TryRead("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n"u8, out _));

    private static byte[] Header(byte command, byte family, byte[] body) => [.. Signature, command, family, (byte)(body.Length >> 8), (byte)body.Length, .. body];
}
