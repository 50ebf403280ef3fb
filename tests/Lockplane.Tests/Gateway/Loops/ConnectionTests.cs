using System.Net;
using System.Net.Sockets;
using Lockplane.Gateway.Loops;

namespace Lockplane.Tests.Gateway.Loops;

/// <summary>Connecting, back-pressure and half-closing.</summary>
public sealed class ConnectionTests
{
    public static TheoryData<bool> Pollers => LoopFixture.Pollers;

    [Theory]
    [MemberData(nameof(Pollers))]
    public async Task Connecting_to_a_port_that_nobody_listens_at_says_so(bool portable)
    {
        using LoopFixture fixture = new(portable);
        int port;
        using (Socket taken = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            port = ((IPEndPoint)taken.LocalEndPoint!).Port;
            Caller caller = new(fixture.Loop);
            string answer;
            try
            {
                await fixture.Run(() => caller.Call(new IPEndPoint(IPAddress.Loopback, port)));
                answer = await LoopFixture.In(caller.Answer.Task);
            }
            catch (SocketException e)
            {
                answer = e.Message;
            }

            Assert.Contains("refused", answer, StringComparison.OrdinalIgnoreCase);
        }

        await LoopFixture.Until(() => fixture.Loop.Connections == 0);
    }

    [Theory]
    [MemberData(nameof(Pollers))]
    public async Task A_path_that_is_not_there_is_refused_at_once_and_leaves_nothing(bool portable)
    {
        using LoopFixture fixture = new(portable);
        await Assert.ThrowsAsync<SocketException>(() => fixture.Run(() => new Caller(fixture.Loop).Call(new UnixDomainSocketEndPoint("/nowhere/at/all"))));
        Assert.Equal(0, fixture.Loop.Connections);
    }

    [Theory]
    [MemberData(nameof(Pollers))]
    public async Task A_full_backlog_of_a_path_is_waited_for(bool portable)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other systems refuse instead.");
        using LoopFixture fixture = new(portable);
        string path = Path.Combine(Path.GetTempPath(), $"lpb{Environment.ProcessId}{(portable ? "p" : "e")}.sock");
        File.Delete(path);
        using Socket listening = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listening.Bind(new UnixDomainSocketEndPoint(path));
        listening.Listen(0);
        Caller[] callers = [.. Enumerable.Range(0, 5).Select(_ => new Caller(fixture.Loop))];
        await fixture.Run(() => Array.ForEach(callers, c => c.Call(new UnixDomainSocketEndPoint(path))));
        await Task.Delay(50, TestContext.Current.CancellationToken);
        for (int i = 0; i < callers.Length; i++)
        {
            using Socket served = listening.Accept();
            byte[] ping = new byte[4];
            served.ReceiveTimeout = 30_000;
            Assert.Equal(4, served.Receive(ping));
            served.Send(ping);
        }

        Assert.All(await LoopFixture.In(Task.WhenAll(callers.Select(c => c.Answer.Task))), answer => Assert.Equal("ping", answer));
        File.Delete(path);
    }

    [Theory]
    [MemberData(nameof(Pollers))]
    public async Task A_peer_that_does_not_read_stops_the_sender_and_nothing_is_lost(bool portable)
    {
        using LoopFixture fixture = new(portable);
        (Connection here, Socket there) = await fixture.Pair(bufferBytes: 8 * 1024);
        using (there)
        {
            Echo echo = new(fixture.Loop, here);
            await fixture.Run(echo.Begin);
            const int Total = 16 * 1024 * 1024;
            Task sending = Task.Run(
                () =>
                {
                    byte[] chunk = new byte[32 * 1024];
                    for (int sent = 0; sent < Total; sent += chunk.Length)
                    {
                        Stamp(chunk, sent);
                        there.Send(chunk);
                    }
                },
                TestContext.Current.CancellationToken);
            await Task.Delay(100, TestContext.Current.CancellationToken);
            Assert.False(sending.IsCompleted);
            byte[] got = new byte[32 * 1024];
            byte[] expected = new byte[32 * 1024];
            for (int read = 0; read < Total; read += got.Length)
            {
                for (int count = 0; count < got.Length;)
                {
                    int more = there.Receive(got, count, got.Length - count, SocketFlags.None);
                    Assert.NotEqual(0, more);
                    count += more;
                }

                Stamp(expected, read);
                Assert.True(expected.AsSpan().SequenceEqual(got), $"the chunk at {read}");
            }

            await LoopFixture.In(sending);
            Assert.InRange(echo.MostKept, 1, fixture.Loop.Scratch.Length);
        }
    }

    [Theory]
    [MemberData(nameof(Pollers))]
    public async Task Finishing_to_send_leaves_the_other_direction_open(bool portable)
    {
        using LoopFixture fixture = new(portable);
        (Connection here, Socket there) = await fixture.Pair();
        using (there)
        {
            TaskCompletionSource<int> received = new();
            await fixture.Run(() =>
            {
                here.Owner = new Told(connection => received.TrySetResult(connection.Receive(fixture.Loop.Scratch)));
                here.Send([1, 2]);
                here.FinishSending();
                here.Watch(Readiness.Readable);
            });
            byte[] got = new byte[8];
            Assert.Equal(2, there.Receive(got));
            Assert.Equal(0, there.Receive(got));
            there.Send([1, 2, 3]);
            Assert.Equal(3, await LoopFixture.In(received.Task));
        }
    }

    [Theory]
    [MemberData(nameof(Pollers))]
    public async Task A_closed_connection_does_nothing_more_and_throws_nothing(bool portable)
    {
        using LoopFixture fixture = new(portable);
        (Connection here, Socket there) = await fixture.Pair();
        await fixture.Run(() =>
        {
            here.Close();
            here.Close();
            here.Watch(Readiness.Readable);
            here.FinishSending();
            Assert.Equal(0, here.Receive(new byte[1]));
            Assert.Equal(Connection.Lost, here.Send([1]));
        });
        Assert.Equal(0, there.Receive(new byte[1]));
        Assert.Equal(0, fixture.Loop.Connections);
        there.Dispose();
    }

    private static void Stamp(byte[] chunk, int offset)
    {
        for (int i = 0; i < chunk.Length; i += 4)
        {
            BitConverter.TryWriteBytes(chunk.AsSpan(i), offset + i);
        }
    }

    private sealed class Told(Action<Connection> told) : IConnectionOwner
    {
        public void OnReady(Connection connection, Readiness readiness) => told(connection);
    }
}
