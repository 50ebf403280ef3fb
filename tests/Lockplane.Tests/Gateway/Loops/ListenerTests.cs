using System.Net;
using System.Net.Sockets;
using Lockplane.Gateway.Loops;

namespace Lockplane.Tests.Gateway.Loops;

/// <summary>Listening, accepting and handing over.</summary>
public sealed class ListenerTests
{
    public static TheoryData<bool> Pollers => LoopFixture.Pollers;

    [Theory]
    [MemberData(nameof(Pollers))]
    public async Task A_thousand_connections_are_served_by_all_loops_and_their_descriptors_come_back(bool portable)
    {
        using LoopFixture fixture = new(portable, count: 2);
        HashSet<ILoop> used = [];
        Listener listener = fixture.Listen((loop, connection, remote) =>
        {
            Assert.Equal(IPAddress.Loopback, remote!.Address);
            lock (used)
            {
                used.Add(loop);
            }

            new Echo(loop, connection).Begin();
        });
        EchoOnce(listener.Port);
        await LoopFixture.Until(() => fixture.Loops.Connections == 1);
        int before = OpenSockets();
        for (int round = 0; round < 10; round++)
        {
            await LoopFixture.In(Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => EchoOnce(listener.Port)))));
        }

        // What listens is one itself.
        await LoopFixture.Until(() => fixture.Loops.Connections == 1);
        await LoopFixture.Until(() => OpenSockets() <= before);
        Assert.Equal(2, used.Count);
        await LoopFixture.In(listener.StopAsync());
        Assert.Equal(0, fixture.Loops.Connections);
        Assert.Empty(fixture.Faults);
    }

    [Theory]
    [MemberData(nameof(Pollers))]
    public async Task Who_waits_in_the_queue_when_accepting_stops_is_served(bool portable)
    {
        using LoopFixture fixture = new(portable);
        Listener listener = fixture.Listen((loop, connection, _) => new Echo(loop, connection).Begin());
        using Socket first = new(SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 30_000 };
        using Socket second = new(SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 30_000 };
        Task stopped = Task.CompletedTask;
        await fixture.Run(() =>
        {
            // The loop is busy here, so both wait in the queue until it is asked to stop.
            first.Connect(IPAddress.Loopback, listener.Port);
            second.Connect(IPAddress.Loopback, listener.Port);
            stopped = listener.StopAsync();
        });
        await LoopFixture.In(stopped);
        Assert.Throws<SocketException>(() => EchoOnce(listener.Port));
        EchoOn(first);
        EchoOn(second);
    }

    [Theory]
    [MemberData(nameof(Pollers))]
    public async Task A_port_can_be_shared_while_one_takes_over_from_another(bool portable)
    {
        using LoopFixture old = new(portable);
        using LoopFixture young = new(portable);
        Listener first = old.Listen((loop, connection, _) => new Echo(loop, connection).Begin());
        Listener second = young.Listen((loop, connection, _) => new Echo(loop, connection).Begin(), new IPEndPoint(IPAddress.Loopback, first.Port));
        await LoopFixture.In(first.StopAsync());
        EchoOnce(second.Port);
        await LoopFixture.In(second.StopAsync());
    }

    [Theory]
    [MemberData(nameof(Pollers))]
    public async Task The_address_of_a_client_of_the_double_stack_is_the_one_it_has(bool portable)
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "This machine has no IPv6.");
        using LoopFixture fixture = new(portable);
        TaskCompletionSource<IPEndPoint?> accepted = new();
        Listener listener = fixture.Listen((_, connection, remote) => accepted.SetResult(remote), new IPEndPoint(IPAddress.IPv6Any, 0));
        using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(IPAddress.Loopback, listener.Port);
        Assert.Equal(client.LocalEndPoint, await LoopFixture.In(accepted.Task));
    }

    [Theory]
    [MemberData(nameof(Pollers))]
    public async Task A_path_is_listened_at_and_connected_to(bool portable)
    {
        using LoopFixture fixture = new(portable);
        string path = Path.Combine(Path.GetTempPath(), $"lp{Environment.ProcessId}{(portable ? "p" : "e")}.sock");
        File.Delete(path);
        Listener listener = fixture.Listen((loop, connection, remote) =>
        {
            Assert.Null(remote);
            new Echo(loop, connection).Begin();
        }, new UnixDomainSocketEndPoint(path));
        Caller caller = new(fixture.Loop);
        await fixture.Run(() => caller.Call(new UnixDomainSocketEndPoint(path)));
        Assert.Equal("ping", await LoopFixture.In(caller.Answer.Task));

        // The next one takes the path over.
        Listener next = fixture.Listen((loop, connection, _) => new Echo(loop, connection).Begin(), new UnixDomainSocketEndPoint(path));
        await LoopFixture.In(listener.StopAsync());
        Caller again = new(fixture.Loop);
        await fixture.Run(() => again.Call(new UnixDomainSocketEndPoint(path)));
        Assert.Equal("ping", await LoopFixture.In(again.Answer.Task));
        await LoopFixture.In(next.StopAsync());
        File.Delete(path);
        Assert.Empty(fixture.Faults);
    }

    [Fact]
    public void The_limit_of_descriptors_is_raised_and_what_is_left_is_known()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux is asked.");
        using LoopFixture fixture = new(portable: false);
        string hard = File.ReadLines("/proc/self/limits").First(l => l.StartsWith("Max open files", StringComparison.Ordinal));
        string[] limits = hard["Max open files".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(limits[1], limits[0]);
        Assert.InRange(fixture.Loops.AvailableDescriptors, 1, fixture.Loops.Descriptors.Limit - 128);
    }

    private static int OpenSockets() =>
        OperatingSystem.IsLinux() ? Directory.EnumerateFiles("/proc/self/fd").Count(f => new FileInfo(f).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true) : 0;

    private static void EchoOnce(int port)
    {
        using Socket client = new(SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 30_000 };
        client.Connect(IPAddress.Loopback, port);
        EchoOn(client);
    }

    private static void EchoOn(Socket client)
    {
        byte[] sent = new byte[100];
        new Random(1).NextBytes(sent);
        client.Send(sent);
        byte[] got = new byte[100];
        int count = 0;
        while (count < got.Length)
        {
            int more = client.Receive(got, count, got.Length - count, SocketFlags.None);
            Assert.NotEqual(0, more);
            count += more;
        }

        Assert.Equal(sent, got);
    }
}
