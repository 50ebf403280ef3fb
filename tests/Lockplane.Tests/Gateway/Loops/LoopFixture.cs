using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Lockplane.Gateway.Loops;
using Lockplane.Gateway.Metrics;

namespace Lockplane.Tests.Gateway.Loops;

/// <summary>Loops of one test, and what went wrong on them.</summary>
internal sealed class LoopFixture : IDisposable
{
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(30);

    private readonly GatewayMetrics _metrics = new();

    public LoopFixture(bool portable, int count = 1) =>
        Loops = new EventLoops(new LoopOptions { Count = count, Portable = portable, Metrics = _metrics }, Faults.Add);

    /// <summary>Both pollers where both are.</summary>
    public static TheoryData<bool> Pollers => OperatingSystem.IsLinux() ? [false, true] : [true];

    public EventLoops Loops { get; }

    public EventLoop Loop => Loops.All[0];

    public ConcurrentBag<Exception> Faults { get; } = [];

    /// <summary>Waits for something that another thread does; fails when it does not come.</summary>
    public static async Task Until(Func<bool> condition)
    {
        DateTime end = DateTime.UtcNow + Hang;
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < end, "It did not come.");
            await Task.Delay(2, TestContext.Current.CancellationToken);
        }
    }

    public static Task<T> In<T>(Task<T> task) => task.WaitAsync(Hang, TestContext.Current.CancellationToken);

    public static Task In(Task task) => task.WaitAsync(Hang, TestContext.Current.CancellationToken);

    /// <summary>Runs work on the loop and gives its result.</summary>
    public Task<T> Run<T>(Func<T> work)
    {
        TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Loop.Post(() =>
        {
            try
            {
                done.SetResult(work());
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        });
        return In(done.Task);
    }

    public Task Run(Action work) => Run(() =>
    {
        work();
        return true;
    });

    /// <summary>A connection on the loop and the blocking socket at its other end.</summary>
    public async Task<(Connection Here, Socket There)> Pair(int bufferBytes = 0)
    {
        TaskCompletionSource<Connection> accepted = new();
        Listener listener = Listen((_, connection, _) => accepted.SetResult(connection));
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 30_000, SendTimeout = 30_000 };
        if (bufferBytes > 0)
        {
            socket.ReceiveBufferSize = bufferBytes;
        }

        socket.Connect(IPAddress.Loopback, listener.Port);
        Connection here = await In(accepted.Task);
        await In(listener.StopAsync());
        return (here, socket);
    }

    public Listener Listen(ConnectionAccepted accepted, EndPoint? address = null) =>
        Listener.Start(Loops, address ?? new IPEndPoint(IPAddress.Loopback, 0), 512, accepted, report => Faults.Add(new IOException(report)));

    public void Dispose()
    {
        Loops.Dispose();
        _metrics.Dispose();
    }
}
