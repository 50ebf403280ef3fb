using System.Net;
using System.Net.Sockets;

namespace Lockplane.Gateway.Loops;

/// <summary>Other systems: sockets of .NET, never used asynchronously, and <see cref="Socket.Select(System.Collections.IList?, System.Collections.IList?, System.Collections.IList?, int)"/>, which is poll(2) on Unix.</summary>
internal sealed class SelectPoller : IPoller
{
    private readonly KeepAlive? _keepAlive;
    private readonly Socket _wake = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly byte[] _byte = new byte[1];
    private readonly HashSet<SocketConnection> _all = [];
    private readonly Dictionary<Socket, SocketConnection> _watched = [];
    private readonly List<Socket> _readable = [];
    private readonly List<Socket> _writable = [];
    private readonly List<(SocketConnection Connection, Readiness Readiness)> _events = [];

    public SelectPoller(EventLoop loop, KeepAlive? keepAlive)
    {
        Loop = loop;
        _keepAlive = keepAlive;

        // A datagram socket that is connected to itself: what one thread sends wakes the other, and nobody else can send to it.
        _wake.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _wake.Connect(_wake.LocalEndPoint!);
        _wake.Blocking = false;
    }

    internal EventLoop Loop { get; }

    /// <inheritdoc/>
    public int Wait(int milliseconds)
    {
        _readable.Clear();
        _writable.Clear();
        _events.Clear();
        _readable.Add(_wake);
        foreach (KeyValuePair<Socket, SocketConnection> entry in _watched)
        {
            if ((entry.Value.Interest & Readiness.Readable) != 0)
            {
                _readable.Add(entry.Key);
            }

            if ((entry.Value.Interest & Readiness.Writable) != 0)
            {
                _writable.Add(entry.Key);
            }
        }

        Socket.Select(_readable, _writable, null, milliseconds < 0 ? -1 : (int)Math.Min(milliseconds * 1000L, int.MaxValue));
        foreach (Socket socket in _readable)
        {
            if (socket == _wake)
            {
                while (_wake.Receive(_byte, SocketFlags.None, out SocketError error) > 0 && error == SocketError.Success)
                {
                    // One datagram for each wake.
                }
            }
            else if (_watched.TryGetValue(socket, out SocketConnection? connection))
            {
                _events.Add((connection, Readiness.Readable));
            }
        }

        foreach (Socket socket in _writable)
        {
            if (_watched.TryGetValue(socket, out SocketConnection? connection))
            {
                _events.Add((connection, Readiness.Writable));
            }
        }

        return _events.Count;
    }

    /// <inheritdoc/>
    public Connection? Event(int index, out Readiness readiness)
    {
        (SocketConnection connection, readiness) = _events[index];
        readiness &= connection.Interest;
        return readiness == Readiness.None ? null : connection;
    }

    /// <inheritdoc/>
    public void Wake()
    {
        try
        {
            _ = _wake.Send([1], SocketFlags.None, out SocketError _);
        }
        catch (ObjectDisposedException)
        {
            // The loop has ended meanwhile.
        }
    }

    /// <inheritdoc/>
    public Connection Connect(EndPoint address, IConnectionOwner owner)
    {
        Socket socket = address.AddressFamily == AddressFamily.Unix
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        SocketConnection? connection = null;
        try
        {
            Tune(socket);
            connection = Keep(socket);
            connection.Owner = owner;
            connection.Connect(address);
            return connection;
        }
        catch
        {
            socket.Dispose();
            connection?.Close();
            throw;
        }
    }

    /// <inheritdoc/>
    public Connection Adopt(Accepted accepted) => Keep(accepted.Socket!);

    /// <inheritdoc/>
    public Connection Listen(Socket listening) => Keep(listening);

    /// <inheritdoc/>
    public AcceptResult Accept(Connection listening, out Accepted accepted, out string? failure)
    {
        accepted = default;
        failure = null;
        try
        {
            Socket socket = ((SocketConnection)listening).Socket;
            if (!socket.Poll(0, SelectMode.SelectRead))
            {
                return AcceptResult.Nobody;
            }

            Socket peer = socket.Accept();
            try
            {
                Tune(peer);
                accepted = new Accepted(-1, peer, Remote(peer));
                return AcceptResult.Accepted;
            }
            catch
            {
                peer.Dispose();
                throw;
            }
        }
        catch (SocketException e)
        {
            failure = e.Message;
            return e.SocketErrorCode switch
            {
                SocketError.WouldBlock => AcceptResult.Nobody,
                SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable => AcceptResult.Exhausted,
                _ => AcceptResult.Gone,
            };
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SocketConnection connection in _all.ToArray())
        {
            connection.Close();
        }

        _wake.Dispose();
    }

    internal void Watch(SocketConnection connection, Readiness interest)
    {
        if (interest == Readiness.None)
        {
            _ = _watched.Remove(connection.Socket);
        }
        else
        {
            _watched[connection.Socket] = connection;
        }
    }

    internal void Forget(SocketConnection connection)
    {
        _ = _watched.Remove(connection.Socket);
        _ = _all.Remove(connection);
        Loop.Left();
    }

    private static IPEndPoint? Remote(Socket peer) => peer.RemoteEndPoint switch
    {
        IPEndPoint { Address.IsIPv4MappedToIPv6: true } mapped => new IPEndPoint(mapped.Address.MapToIPv4(), mapped.Port),
        IPEndPoint remote => remote,
        _ => null,
    };

    private void Tune(Socket socket)
    {
        socket.Blocking = false;
        if (socket.AddressFamily == AddressFamily.Unix)
        {
            return;
        }

        socket.NoDelay = true;
        if (_keepAlive is not null)
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, _keepAlive.IdleSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, _keepAlive.IntervalSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, _keepAlive.Count);
        }
    }

    private SocketConnection Keep(Socket socket)
    {
        SocketConnection connection = new(this, socket);
        _ = _all.Add(connection);
        Loop.Came();
        return connection;
    }
}
