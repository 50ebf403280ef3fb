using System.Buffers.Binary;
using System.Net;
using Lockplane.Wire;

namespace Lockplane.Gateway.Proxies;

/// <summary>What a load balancer says of the connection that it passes on, before the first byte of Postgres's protocol.</summary>
/// <param name="Source">The client's address and port; null where the proxy speaks for itself (LOCAL, such as a health check) or does not know (UNSPEC).</param>
/// <remarks>
/// Spec: HAProxy's "The PROXY protocol", version 2. Shape: 12 bytes of signature, version and command, family and transport, Int16 length, addresses, TLVs (which are skipped).
/// Whether a peer may send one is decided by its own address, before a byte is read.
/// </remarks>
internal sealed record ProxyHeader(IPEndPoint? Source)
{
    /// <summary>The most bytes that a header may have, TLVs included.</summary>
    public const int MostBytes = 2_048;

    private const int FixedBytes = 16;
    private const byte CommandLocal = 0x20;
    private const byte CommandProxy = 0x21;
    private const byte Unspecified = 0x00;
    private const byte TcpOverIPv4 = 0x11;
    private const byte TcpOverIPv6 = 0x21;
    private const int IPv4Bytes = 12;
    private const int IPv6Bytes = 36;

    private static ReadOnlySpan<byte> Signature => [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A];

    /// <summary>Reads the header from the front of the bytes; 0 when it is not whole yet, otherwise how many bytes it took.</summary>
    /// <exception cref="ProtocolException">08P01: no header, or none that is understood.</exception>
    public static int TryRead(ReadOnlySpan<byte> bytes, out ProxyHeader? header)
    {
        header = null;

        // Told at the first byte that is wrong: a client that sends no header would otherwise wait for its time to run out.
        int seen = Math.Min(bytes.Length, Signature.Length);
        if (!bytes[..seen].SequenceEqual(Signature[..seen]))
        {
            throw new ProtocolException(SqlState.ProtocolViolation, "a PROXY protocol header is required from this address",
                hint: "The address is in gateway.proxy_networks: configure the load balancer to send PROXY protocol version 2.");
        }

        if (bytes.Length < FixedBytes)
        {
            return 0;
        }

        int length = BinaryPrimitives.ReadUInt16BigEndian(bytes[14..]);
        if (FixedBytes + length > MostBytes)
        {
            throw new ProtocolException($"PROXY protocol header too long: {FixedBytes + length} bytes (allowed: {MostBytes})");
        }

        if (bytes.Length < FixedBytes + length)
        {
            return 0;
        }

        header = Read(bytes[12], bytes[13], bytes.Slice(FixedBytes, length));
        return FixedBytes + length;
    }

    private static ProxyHeader Read(byte command, byte family, ReadOnlySpan<byte> body)
    {
        if (command == CommandLocal)
        {
            return new ProxyHeader((IPEndPoint?)null);
        }

        if (command != CommandProxy)
        {
            throw new ProtocolException($"PROXY protocol version and command not understood: 0x{command:x2}");
        }

        return family switch
        {
            Unspecified => new ProxyHeader((IPEndPoint?)null),
            TcpOverIPv4 when body.Length >= IPv4Bytes => new ProxyHeader(new IPEndPoint(new IPAddress(body[..4]), BinaryPrimitives.ReadUInt16BigEndian(body[8..]))),
            TcpOverIPv6 when body.Length >= IPv6Bytes => new ProxyHeader(new IPEndPoint(Unmapped(new IPAddress(body[..16])), BinaryPrimitives.ReadUInt16BigEndian(body[32..]))),
            TcpOverIPv4 or TcpOverIPv6 => throw new ProtocolException($"PROXY protocol header too short for its addresses: {body.Length} bytes"),
            _ => throw new ProtocolException($"PROXY protocol address family not understood: 0x{family:x2}"),
        };
    }

    // Rules for IPv4 networks must hold for a client that a dual-stack proxy names as ::ffff:a.b.c.d.
    private static IPAddress Unmapped(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
