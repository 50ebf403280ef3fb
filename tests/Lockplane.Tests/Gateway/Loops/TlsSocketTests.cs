using System.Net.Security;
using System.Net.Sockets;
using Lockplane.Gateway.Loops;

namespace Lockplane.Tests.Gateway.Loops;

/// <summary>TLS on the loop against SslStream as everybody uses it, over sockets.</summary>
public sealed class TlsSocketTests
{
    public static TheoryData<bool> Pollers => LoopFixture.Pollers;

    [Theory]
    [MemberData(nameof(Pollers))]
    public async Task Sixteen_megabytes_come_back_through_TLS_as_they_were(bool portable)
    {
        using LoopFixture fixture = new(portable);
        (SslStream client, Echo echo) = await EchoOverTls(fixture);
        await using (client)
        {
            const int Total = 16 * 1024 * 1024;
            byte[] sent = new byte[Total];
            new Random(7).NextBytes(sent);
            Task sending = client.WriteAsync(sent, TestContext.Current.CancellationToken).AsTask();
            byte[] got = new byte[Total];
            await LoopFixture.In(client.ReadExactlyAsync(got, TestContext.Current.CancellationToken).AsTask());
            await LoopFixture.In(sending);
            Assert.True(sent.AsSpan().SequenceEqual(got));
            await client.ShutdownAsync();
            await LoopFixture.In(echo.Closed.Task);
        }

        Assert.Empty(fixture.Faults);
        await LoopFixture.Until(() => fixture.Loop.Connections == 0);
    }

    [Theory]
    [MemberData(nameof(Pollers))]
    public async Task More_than_the_scratch_holds_is_told_of_without_a_further_event(bool portable)
    {
        using LoopFixture fixture = new(portable);
        (Connection here, Socket there) = await fixture.Pair();
        using SslStream client = new(new NetworkStream(there, ownsSocket: true));
        SmallReader reader = new();
        Handshaker handshaker = new(fixture.Loop, here, connection => reader.Begin(connection));
        await fixture.Run(handshaker.Begin);
        await LoopFixture.In(client.AuthenticateAsClientAsync(TlsScript.Client().Options, TestContext.Current.CancellationToken));
        await client.WriteAsync(new byte[10_000], TestContext.Current.CancellationToken);
        await LoopFixture.Until(() => Volatile.Read(ref reader.Total) == 10_000);
        Assert.Empty(fixture.Faults);
    }

    [Theory]
    [MemberData(nameof(Pollers))]
    public async Task A_thousand_handshakes_that_are_dropped_leave_nothing(bool portable)
    {
        using LoopFixture fixture = new(portable);
        byte[] hello = [];
        await fixture.Run(() =>
        {
            MemoryConnection inner = new() { Owner = new SmallReader() };
            TlsConnection client = fixture.Loop.StartTls(inner, TlsScript.Client());
            _ = client.Advance();
            hello = inner.TakeSent();
            client.Close();
        });
        Listener listener = fixture.Listen((loop, connection, _) => new Handshaker(loop, connection, _ => { }).Begin());
        for (int i = 0; i < 1_000; i++)
        {
            // Nothing, a part, all of the first message: dropped in each phase.
            using Socket there = new(SocketType.Stream, ProtocolType.Tcp);
            there.Connect(System.Net.IPAddress.Loopback, listener.Port);
            there.Send(hello.AsSpan(0, i % 3 * hello.Length / 2));
        }

        await LoopFixture.Until(() => fixture.Loop.Connections == 1);
        Assert.Empty(fixture.Faults);
    }

    internal static async Task<(SslStream Client, Echo Echo)> EchoOverTls(LoopFixture fixture)
    {
        (Connection here, Socket there) = await fixture.Pair();
        TaskCompletionSource<Echo> begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Handshaker handshaker = new(fixture.Loop, here, connection =>
        {
            Echo echo = new(fixture.Loop, connection);
            echo.Begin();
            begun.SetResult(echo);
        });
        await fixture.Run(handshaker.Begin);
        SslStream client = new(new NetworkStream(there, ownsSocket: true));
        await LoopFixture.In(client.AuthenticateAsClientAsync(TlsScript.Client().Options, TestContext.Current.CancellationToken));
        return (client, await LoopFixture.In(begun.Task));
    }

    /// <summary>Drives a handshake to its end, whichever it is.</summary>
    internal sealed class Handshaker(ILoop loop, Connection inner, Action<TlsConnection> done) : IConnectionOwner
    {
        private TlsConnection? _tls;

        public void Begin()
        {
            inner.Owner = this;
            _tls = loop.StartTls(inner, TlsScript.Server());
            Advance();
        }

        public void OnReady(Connection connection, Readiness readiness) => Advance();

        private void Advance()
        {
            switch (_tls!.Advance())
            {
                case Handshake.Done:
                    done(_tls);
                    break;
                case Handshake.Failed:
                    _tls.Close();
                    break;
                default:
                    break;
            }
        }
    }

    private sealed class SmallReader : IConnectionOwner
    {
        private readonly byte[] _space = new byte[100];

        public int Total;

        public void Begin(Connection connection)
        {
            connection.Owner = this;
            connection.Watch(Readiness.Readable);
        }

        public void OnReady(Connection connection, Readiness readiness)
        {
            // One receive for each time it is told.
            int count = connection.Receive(_space);
            Volatile.Write(ref Total, Total + Math.Max(count, 0));
        }
    }
}
