using System.Net;
using System.Net.Sockets;
using Lockplane.Gateway.Loops;

namespace Lockplane.Tests.Gateway.Loops;

/// <summary>Listening, accepting, connecting; on epoll and on the portable poller.</summary>
public sealed class ListenerTests
{
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(30);

    public static TheoryData<bool> Pollers => OperatingSystem.IsLinux() ? [false, true] : [true];

    [Theory]
    [MemberData(nameof(Pollers))]
    public async Task A_thousand_connections_are_served_and_their_descriptors_come_back(bool portable)
    {
        List<Exception> faults = [];
        using EventLoops loops = new(new LoopOptions { Count = 2, Portable = portable }, faults.Add);
        Listener listener = Listener.Start(
            loops, new IPEndPoint(IPAddress.Loopback, 0), 512, (loop, connection, _) => new Echo(loop, connection).Begin(), Assert.Fail);
        for (int round = 0; round < 10; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => EchoOnce(listener.Port)));
        }

        // What listens is one itself.
        await Until(() => loops.Connections == 1);
        await listener.StopAsync().WaitAsync(Hang, TestContext.Current.CancellationToken);
        Assert.Empty(faults);
    }

    private static async Task EchoOnce(int port)
    {
        using Socket client = new(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken).AsTask().WaitAsync(Hang, TestContext.Current.CancellationToken);
        byte[] sent = new byte[100];
        Random.Shared.NextBytes(sent);
        await client.SendAsync(sent, TestContext.Current.CancellationToken);
        byte[] got = new byte[100];
        int count = 0;
        while (count < got.Length)
        {
            int more = await client.ReceiveAsync(got.AsMemory(count), TestContext.Current.CancellationToken).AsTask().WaitAsync(Hang, TestContext.Current.CancellationToken);
            Assert.NotEqual(0, more);
            count += more;
        }

        Assert.Equal(sent, got);
    }

    private static async Task Until(Func<bool> condition)
    {
        using CancellationTokenSource hang = new(Hang);
        while (!condition())
        {
            await Task.Delay(5, hang.Token);
        }
    }
}
