using System.Net;
using System.Net.Sockets;

namespace Lockplane.Gateway.Loops;

/// <summary>A socket of .NET, used synchronously and without blocking.</summary>
internal sealed class SocketConnection(SelectPoller poller, Socket socket) : Connection, ITimed
{
    private const int RetryMilliseconds = 10;

    private EndPoint? _address;
    private bool _closed;

    internal Socket Socket { get; } = socket;

    internal Readiness Interest { get; private set; }

    /// <inheritdoc/>
    public override int LocalPort => (Socket.LocalEndPoint as IPEndPoint)?.Port ?? 0;

    /// <inheritdoc/>
    public override int Receive(Span<byte> into)
    {
        ArgumentOutOfRangeException.ThrowIfZero(into.Length);
        if (_closed)
        {
            return 0;
        }

        int count = Socket.Receive(into, SocketFlags.None, out SocketError error);
        switch (error)
        {
            case SocketError.Success:
                return count;
            case SocketError.WouldBlock or SocketError.IOPending:
                return Blocked;
            default:
                Failure ??= Message(error);
                return 0;
        }
    }

    /// <inheritdoc/>
    public override int Send(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || _closed)
        {
            return _closed ? Lost : 0;
        }

        int count = Socket.Send(bytes, SocketFlags.None, out SocketError error);
        switch (error)
        {
            case SocketError.Success:
                return count;
            case SocketError.WouldBlock or SocketError.IOPending:
                return 0;
            default:
                Failure ??= Message(error);
                return Lost;
        }
    }

    /// <inheritdoc/>
    public override void Watch(Readiness interest)
    {
        if (interest == Interest || _closed || _address is not null)
        {
            return;
        }

        poller.Watch(this, interest);
        Interest = interest;
    }

    /// <inheritdoc/>
    public override string? FinishConnecting()
    {
        if (Failure is null && !_closed)
        {
            SocketError error = (SocketError)(int)Socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;
            Failure = error == SocketError.Success ? null : Message(error);
        }

        return Failure;
    }

    /// <inheritdoc/>
    public override void FinishSending()
    {
        try
        {
            if (!_closed)
            {
                Socket.Shutdown(SocketShutdown.Send);
            }
        }
        catch (SocketException)
        {
            // The peer is gone already, which says the same.
        }
    }

    /// <inheritdoc/>
    public override void Close()
    {
        if (!_closed)
        {
            _closed = true;
            poller.Forget(this);
            Socket.Dispose();
            Interest = Readiness.None;
            _address = null;
        }
    }

    /// <inheritdoc/>
    public void OnTime(long now)
    {
        if (_address is not { } address || _closed)
        {
            return;
        }

        _address = null;
        try
        {
            Connect(address);
        }
        catch (SocketException e)
        {
            Failure = e.Message;
            Watch(Readiness.Writable);
        }
    }

    internal void Connect(EndPoint address)
    {
        try
        {
            Socket.Connect(address);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.InProgress)
        {
            // The usual case of TCP.
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock)
        {
            if (address.AddressFamily == AddressFamily.Unix)
            {
                // The backlog is full, and no event will say that it is not: ask again, until the owner gives up.
                _address = address;
                poller.Loop.Remind(this, poller.Loop.Now + RetryMilliseconds);
                return;
            }
        }

        Watch(Readiness.Writable);
    }

    private static string Message(SocketError error) => new SocketException((int)error).Message;
}
