using System.Security.Authentication;
using Lockplane.Gateway.Loops;
using Lockplane.Gateway.Tls;

namespace Lockplane.Tests.Gateway.Loops;

/// <summary>TLS on the loop, against TLS on the loop, byte by byte in memory.</summary>
public sealed class TlsConnectionTests : IDisposable
{
    private readonly LoopFixture _fixture = new(portable: true);

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Both_sides_agree_and_relay_whatever_the_borders_of_what_arrives(SslProtocols protocol) => await _fixture.Run(() =>
    {
        foreach (int atOnce in (int[])[1, 2, 3, 5, 6, 7, 100, 1_000, int.MaxValue])
        {
            TlsPair pair = new(_fixture.Loop, TlsScript.Server(protocols: protocol), TlsScript.Client(protocols: protocol), atOnce);
            Assert.Equal((Handshake.Done, Handshake.Done), pair.Shake());
            Assert.Equal(protocol == SslProtocols.Tls12 ? "TLSv1.2" : "TLSv1.3", pair.Server.Tls!.Protocol);
            Assert.Equal(pair.Server.Tls.Protocol, pair.Client.Tls!.Protocol);
            Assert.Equal("postgresql", pair.Server.Tls.Alpn);
            Assert.Equal("postgresql", pair.Client.Tls.Alpn);
            Assert.Equal(EndPointBinding.HashOf(TlsScript.Certificate), pair.Client.Tls.EndPointHash);
            Assert.Equal(pair.Server.Tls.EndPointHash.AsEnumerable(), pair.Client.Tls.EndPointHash);
            Assert.Null(pair.Server.Tls.PeerCertificate);
            pair.Relay(pair.Client, pair.Server, "from the client"u8.ToArray());
            pair.Relay(pair.Server, pair.Client, "from the server"u8.ToArray());
            pair.Relay(pair.Client, pair.Server, Bytes(100_000));
            pair.Relay(pair.Server, pair.Client, Bytes(100_000));
            pair.Close();
        }
    });

    [Fact]
    public async Task A_handshake_that_is_cut_at_any_byte_goes_on_with_the_rest() => await _fixture.Run(() =>
    {
        TlsPair whole = new(_fixture.Loop, TlsScript.Server(), TlsScript.Client());
        _ = whole.Client.Advance();
        int hello = whole.ClientInner.TakeSent().Length;
        whole.Close();
        for (int cut = 1; cut < hello; cut++)
        {
            TlsPair pair = new(_fixture.Loop, TlsScript.Server(), TlsScript.Client());
            _ = pair.Client.Advance();
            byte[] sent = pair.ClientInner.TakeSent();
            pair.ServerInner.Arrive(sent.AsSpan(0, Math.Min(cut, sent.Length)));
            Assert.Equal(Handshake.Going, pair.Server.Advance());
            pair.ServerInner.Arrive(sent.AsSpan(Math.Min(cut, sent.Length)));
            Assert.Equal((Handshake.Done, Handshake.Done), pair.Shake());
            pair.Close();
        }
    });

    [Fact]
    public async Task A_handshake_whose_answers_are_cut_at_any_byte_goes_on_with_the_rest() => await _fixture.Run(() =>
    {
        int longest = 1;
        for (int cut = 1; cut < longest || cut == 1; cut += cut < 300 ? 1 : 7)
        {
            TlsPair pair = new(_fixture.Loop, TlsScript.Server(), TlsScript.Client());
            _ = pair.Client.Advance();
            pair.ServerInner.Arrive(pair.ClientInner.TakeSent());
            _ = pair.Server.Advance();
            byte[] sent = pair.ServerInner.TakeSent();
            longest = sent.Length - 8;
            pair.ClientInner.Arrive(sent.AsSpan(0, cut));
            Assert.Equal(Handshake.Going, pair.Client.Advance());
            pair.ClientInner.Arrive(sent.AsSpan(cut));
            Assert.Equal((Handshake.Done, Handshake.Done), pair.Shake());
            pair.Relay(pair.Client, pair.Server, Bytes(10));
            pair.Close();
        }
    });

    [Fact]
    public async Task The_first_bytes_may_have_been_received_before_TLS_began() => await _fixture.Run(() =>
    {
        for (int early = 1; early < 400; early += 40)
        {
            MemoryConnection clientInner = new();
            TlsConnection client = _fixture.Loop.StartTls(clientInner, TlsScript.Client());
            _ = client.Advance();
            byte[] hello = clientInner.TakeSent();
            int count = Math.Min(early, hello.Length);
            TlsPair pair = new(_fixture.Loop, TlsScript.Server(hello.AsSpan(0, count)), client, clientInner);
            pair.ServerInner.Arrive(hello.AsSpan(count));
            Assert.Equal((Handshake.Done, Handshake.Done), pair.Shake());
            pair.Relay(pair.Client, pair.Server, Bytes(10));
            pair.Close();
        }
    });

    [Fact]
    public async Task A_client_certificate_arrives() => await _fixture.Run(() =>
    {
        TlsPair pair = new(_fixture.Loop, TlsScript.Server(clientCertificate: true), TlsScript.Client(clientCertificate: true));
        Assert.Equal((Handshake.Done, Handshake.Done), pair.Shake());
        Assert.Equal(TlsScript.ClientCertificate.Thumbprint, pair.Server.Tls!.PeerCertificate!.Thumbprint);
        pair.Close();
    });

    [Fact]
    public async Task A_certificate_that_is_not_trusted_fails_in_words() => await _fixture.Run(() =>
    {
        TlsPair pair = new(_fixture.Loop, TlsScript.Server(), TlsScript.Client(trust: false));
        Assert.Equal(Handshake.Failed, pair.Shake().Client);
        Assert.Contains("certificate", pair.Client.Failure, StringComparison.Ordinal);
        Assert.DoesNotContain("\n", pair.Client.Failure, StringComparison.Ordinal);
        pair.Close();
    });

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("\u0016\u0003\u0001\u0000\u0004\u0063\u0000\u0000\u0000")]
    [InlineData("\u0016\u0003\u0001\u007f\u007f")]
    [InlineData("\u0017\u0003\u0003\u0000\u0001\u0001")]
    public async Task What_is_no_handshake_fails(string sent) => await _fixture.Run(() =>
    {
        MemoryConnection inner = new() { Owner = new Nobody() };
        TlsConnection server = _fixture.Loop.StartTls(inner, TlsScript.Server());
        Assert.Equal(Handshake.Going, server.Advance());
        inner.Arrive(System.Text.Encoding.Latin1.GetBytes(sent));
        Assert.Equal(Handshake.Failed, server.Advance());
        Assert.NotNull(server.Failure);
        server.Close();
        Assert.True(inner.IsClosed);
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_peer_that_ends_during_the_handshake_fails_it(bool afterHello) => await _fixture.Run(() =>
    {
        TlsPair pair = new(_fixture.Loop, TlsScript.Server(), TlsScript.Client());
        _ = pair.Client.Advance();
        if (afterHello)
        {
            pair.ServerInner.Arrive(pair.ClientInner.TakeSent());
        }

        Assert.Equal(Handshake.Going, pair.Server.Advance());
        pair.ServerInner.PeerEnded = true;
        Assert.Equal(Handshake.Failed, pair.Server.Advance());
        Assert.NotNull(pair.Server.Failure);
        pair.Close();
    });

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Finishing_says_close_notify_and_the_other_side_reads_an_end(SslProtocols protocol) => await _fixture.Run(() =>
    {
        TlsPair pair = new(_fixture.Loop, TlsScript.Server(protocols: protocol), TlsScript.Client(protocols: protocol));
        _ = pair.Shake();
        Assert.Equal(4, pair.Server.Send("last"u8));
        pair.Server.FinishSending();
        Assert.True(pair.ServerInner.Finished);
        pair.ClientInner.Arrive(pair.ServerInner.TakeSent());
        byte[] got = new byte[64 * 1024];
        Assert.Equal(4, pair.Client.Receive(got));
        Assert.Equal(0, pair.Client.Receive(got));
        Assert.Null(pair.Client.Failure);

        // The other direction is open.
        pair.Relay(pair.Client, pair.Server, Bytes(10));
        pair.Close();
    });

    [Fact]
    public async Task A_peer_that_is_gone_without_close_notify_reads_as_an_end() => await _fixture.Run(() =>
    {
        TlsPair pair = new(_fixture.Loop, TlsScript.Server(), TlsScript.Client());
        _ = pair.Shake();
        _ = pair.Client.Send("half of it"u8);
        byte[] record = pair.ClientInner.TakeSent();
        pair.ServerInner.Arrive(record.AsSpan(0, record.Length / 2));
        pair.ServerInner.PeerEnded = true;
        byte[] got = new byte[100];
        Assert.Equal(Connection.Blocked, pair.Server.Receive(got));
        Assert.Equal(0, pair.Server.Receive(got));
        pair.Close();
    });

    [Fact]
    public async Task A_record_that_was_changed_on_the_way_ends_the_connection() => await _fixture.Run(() =>
    {
        TlsPair pair = new(_fixture.Loop, TlsScript.Server(), TlsScript.Client());
        _ = pair.Shake();
        _ = pair.Client.Send("secret"u8);
        byte[] record = pair.ClientInner.TakeSent();
        record[^1] ^= 1;
        pair.ServerInner.Arrive(record);
        byte[] got = new byte[100];
        Assert.Equal(0, pair.Server.Receive(got));
        Assert.NotNull(pair.Server.Failure);
        pair.Close();
    });

    [Fact]
    public async Task What_the_system_does_not_take_is_kept_and_no_more_is_taken() => await _fixture.Run(() =>
    {
        TlsPair pair = new(_fixture.Loop, TlsScript.Server(), TlsScript.Client());
        _ = pair.Shake();
        pair.ClientInner.Room = 1_000;
        byte[] bytes = Bytes(200_000);
        int taken = pair.Client.Send(bytes);
        Assert.InRange(taken, 1, TlsRecord.MostPlain);
        Assert.True(pair.ClientInner.Interest.HasFlag(Readiness.Writable));
        Assert.Equal(0, pair.Client.Send(bytes.AsSpan(taken)));

        List<byte> got = [];
        byte[] space = new byte[64 * 1024];
        while (got.Count < bytes.Length)
        {
            pair.ServerInner.Arrive(pair.ClientInner.TakeSent());
            for (int count = pair.Server.Receive(space); count > 0; count = pair.Server.Receive(space))
            {
                got.AddRange(space.AsSpan(0, count));
            }

            pair.ClientInner.Room = 5_000;
            TlsPair.Tell(pair.ClientInner, Readiness.Writable);
            taken += pair.Client.Send(bytes.AsSpan(taken));
        }

        Assert.Equal(bytes, got);
        pair.ClientInner.Room = int.MaxValue;
        TlsPair.Tell(pair.ClientInner, Readiness.Writable);
        Assert.False(pair.ClientInner.Interest.HasFlag(Readiness.Writable));
        pair.Close();
    });

    [Fact]
    public async Task Space_smaller_than_a_record_is_filled_again_and_again() => await _fixture.Run(() =>
    {
        TlsPair pair = new(_fixture.Loop, TlsScript.Server(), TlsScript.Client());
        _ = pair.Shake();
        byte[] bytes = Bytes(50_000);
        Assert.Equal(bytes.Length, pair.Client.Send(bytes));
        pair.ServerInner.Arrive(pair.ClientInner.TakeSent());
        List<byte> got = [];
        byte[] space = new byte[777];
        for (int count = pair.Server.Receive(space); count > 0; count = pair.Server.Receive(space))
        {
            got.AddRange(space.AsSpan(0, count));
        }

        Assert.Equal(bytes, got);
        pair.Close();
    });

    public void Dispose() => _fixture.Dispose();

    private static byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    private sealed class Nobody : IConnectionOwner
    {
        public void OnReady(Connection connection, Readiness readiness)
        {
        }
    }
}
