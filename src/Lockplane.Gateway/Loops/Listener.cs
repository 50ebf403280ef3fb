using System.Net;
using System.Net.Sockets;

namespace Lockplane.Gateway.Loops;

/// <summary>Told of each accepted connection, on the thread of the loop that it belongs to. It becomes the owner, or closes it.</summary>
/// <param name="remote">The client's address; null on a Unix-domain socket.</param>
internal delegate void ConnectionAccepted(ILoop loop, Connection connection, IPEndPoint? remote);

/// <summary>A socket that listens: accepts on one loop, and hands each connection to the loop with the fewest.</summary>
internal sealed class Listener : IConnectionOwner, ITimed
{
    // After so many the other connections of the loop have their turn.
    private const int MostPerTurn = 64;
    private const int PauseMilliseconds = 100;

    private readonly EventLoops _loops;
    private readonly EventLoop _loop;
    private readonly ConnectionAccepted _accepted;
    private readonly Action<string> _report;
    private readonly Socket _socket;
    private readonly EndPoint _address;
    private Connection? _listening;
    private bool _stopped;

    private Listener(EventLoops loops, EndPoint address, int backlog, ConnectionAccepted accepted, Action<string> report)
    {
        _loops = loops;
        _loop = loops.All[0];
        _accepted = accepted;
        _report = report;
        _socket = Bind(address);
        try
        {
            _socket.Listen(backlog);
            _socket.Blocking = false;
            _address = _socket.LocalEndPoint!;
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
    }

    /// <summary>The port that it listens on; 0 on a Unix-domain socket.</summary>
    public int Port => _address is IPEndPoint ip ? ip.Port : 0;

    /// <summary>Listens at an IP address and port (0: the system chooses), or at a path.</summary>
    /// <param name="report">Told when the system refuses to accept; at most ten times a second.</param>
    /// <exception cref="SocketException">The system refuses to listen there.</exception>
    /// <exception cref="IOException">At the path is something else.</exception>
    public static Listener Start(EventLoops loops, EndPoint address, int backlog, ConnectionAccepted accepted, Action<string> report)
    {
        Listener listener = new(loops, address, backlog, accepted, report);
        listener._loop.Post(listener.Open);
        return listener;
    }

    /// <summary>Accepts who waits already, then closes; done when it is closed. From any thread but a loop's own, which must not wait.</summary>
    public Task StopAsync()
    {
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        bool posted = _loop.TryPost(() =>
        {
            Close();
            done.SetResult();
        });
        if (!posted)
        {
            // The loop has ended and closed what it had.
            _socket.Dispose();
            done.SetResult();
        }

        return done.Task;
    }

    /// <inheritdoc/>
    public void OnReady(Connection connection, Readiness readiness) => _ = Accept(MostPerTurn);

    /// <inheritdoc/>
    public void OnTime(long now)
    {
        if (!_stopped)
        {
            _listening?.Watch(Readiness.Readable);
        }
    }

    /// <inheritdoc/>
    public void OnFault(Connection connection, Exception fault)
    {
        // Reported; whoever waits is accepted at the next turn.
    }

    private static Socket Bind(EndPoint address)
    {
        if (address is UnixDomainSocketEndPoint path)
        {
            return BindPath(path.ToString()!);
        }

        Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address is IPEndPoint { Address: { AddressFamily: AddressFamily.InterNetworkV6 } any } && any.Equals(IPAddress.IPv6Any))
            {
                // "::" is every address, as with Postgres's '*'.
                socket.DualMode = true;
            }

            // A port whose last connections linger can be had again at once.
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            if (OperatingSystem.IsLinux())
            {
                // Two processes of one user share the port while one takes over from the other.
                socket.SetRawSocketOption(Libc.LevelSocket, Libc.OptionReusePort, BitConverter.GetBytes(1));
            }
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        return BindOrDispose(socket, address);
    }

    // Bound under another name and moved over: there is no moment without a listener while one process takes over from another, and what a
    // killed process left is no obstacle. So nobody may delete it at the end either: it may be the next one's.
    private static Socket BindPath(string path)
    {
        if (Directory.Exists(path) || (File.Exists(path) && new FileInfo(path).Length > 0))
        {
            throw new IOException($"{path} is there already, and is no socket.");
        }

        string name = $"{path}.{Environment.ProcessId}";
        File.Delete(name);
        Socket socket = BindOrDispose(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified), new UnixDomainSocketEndPoint(name));
        try
        {
            socket.Listen(1);
            File.Move(name, path, overwrite: true);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static Socket BindOrDispose(Socket socket, EndPoint address)
    {
        try
        {
            socket.Bind(address);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private void Open()
    {
        _listening = _loop.Poller.Listen(_socket);
        _listening.Owner = this;
        _listening.Watch(Readiness.Readable);
    }

    private void Close()
    {
        if (_stopped)
        {
            return;
        }

        _stopped = true;
        while (_listening is not null && Accept(int.MaxValue))
        {
            // Who is in the queue has connected in good faith; closing now would reset them.
        }

        _listening?.Close();
        _socket.Dispose();
    }

    /// <returns>Whether somebody may still wait.</returns>
    private bool Accept(int most)
    {
        for (int i = 0; i < most; i++)
        {
            switch (_loop.Poller.Accept(_listening!, out Accepted accepted, out string? failure))
            {
                case AcceptResult.Accepted:
                    HandOver(accepted);
                    break;
                case AcceptResult.Nobody:
                    return false;
                case AcceptResult.Gone:
                    break;
                default:
                    _report($"accepting connections pauses for {PauseMilliseconds} ms: {failure}");
                    _listening!.Watch(Readiness.None);
                    _loop.Remind(this, _loop.Now + PauseMilliseconds);
                    return false;
            }
        }

        return true;
    }

    private void HandOver(Accepted accepted)
    {
        EventLoop loop = _loops.Least();
        loop.Promise();
        if (loop.IsCurrent)
        {
            Begin(loop, accepted);
        }
        else if (!loop.TryPost(() => Begin(loop, accepted)))
        {
            loop.Redeem();
            accepted.Close();
        }
    }

    private void Begin(EventLoop loop, Accepted accepted)
    {
        Connection connection = loop.Poller.Adopt(accepted);
        loop.Redeem();
        try
        {
            _accepted(loop, connection, accepted.Remote);
        }
        catch
        {
            connection.Close();
            throw;
        }
    }
}
