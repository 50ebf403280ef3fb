using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Lockplane.Gateway.Loops;

/// <summary>A descriptor in an epoll set.</summary>
internal sealed unsafe class RawConnection(EpollPoller poller, int descriptor) : Connection, ITimed
{
    private const int RetryMilliseconds = 10;

    private byte[]? _address;
    private bool _registered;

    /// <summary>The descriptor; -1 once closed.</summary>
    internal int Descriptor { get; private set; } = descriptor;

    /// <summary>Where the poller keeps this, and which of the connections that were kept there this is.</summary>
    internal ulong Token { get; init; }

    /// <summary>What the kernel was last asked for.</summary>
    internal Readiness Interest { get; private set; }

    /// <summary>The socket object that owns the descriptor, where one does (a listening socket).</summary>
    internal Socket? Holder { get; init; }

    /// <inheritdoc/>
    public override int LocalPort
    {
        get
        {
            // Family in the machine's order, port in the network's: the same place for both families of addresses.
            byte* address = stackalloc byte[128];
            uint length = 128;
            return Libc.GetName(Descriptor, address, &length) == 0 && *(ushort*)address is Libc.FamilyInet or Libc.FamilyInet6 ? (address[2] << 8) | address[3] : 0;
        }
    }

    /// <inheritdoc/>
    public override int Receive(Span<byte> into)
    {
        // Nothing received into no space would read as the peer's end.
        ArgumentOutOfRangeException.ThrowIfZero(into.Length);
        fixed (byte* start = into)
        {
            while (true)
            {
                nint count = Libc.Receive(Descriptor, start, (nuint)into.Length, 0);
                if (count >= 0)
                {
                    return (int)count;
                }

                switch (Marshal.GetLastPInvokeError())
                {
                    case Libc.Again:
                        return Blocked;
                    case Libc.Interrupted:
                        continue;
                    default:
                        Failure ??= Libc.LastMessage;
                        return 0;
                }
            }
        }
    }

    /// <inheritdoc/>
    public override int Send(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return 0;
        }

        fixed (byte* start = bytes)
        {
            while (true)
            {
                nint count = Libc.Send(Descriptor, start, (nuint)bytes.Length, Libc.NoSignal);
                if (count >= 0)
                {
                    return (int)count;
                }

                switch (Marshal.GetLastPInvokeError())
                {
                    case Libc.Again:
                        return 0;
                    case Libc.Interrupted:
                        continue;
                    default:
                        Failure ??= Libc.LastMessage;
                        return Lost;
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void Watch(Readiness interest)
    {
        // While a connect is repeated there is nothing to ask the kernel for.
        if (interest == Interest || Descriptor < 0 || _address is not null)
        {
            return;
        }

        if (_registered)
        {
            poller.Modify(this, Libc.EpollModify, interest);
        }
        else
        {
            poller.Modify(this, Libc.EpollAdd, interest);
            _registered = true;
        }

        Interest = interest;
    }

    /// <inheritdoc/>
    public override string? FinishConnecting()
    {
        if (Failure is not null)
        {
            return Failure;
        }

        int error = 0;
        uint length = sizeof(int);
        if (Libc.GetOption(Descriptor, Libc.LevelSocket, Libc.OptionError, &error, &length) != 0)
        {
            Failure = Libc.LastMessage;
        }
        else if (error != 0)
        {
            Failure = Marshal.GetPInvokeErrorMessage(error);
        }

        return Failure;
    }

    /// <inheritdoc/>
    public override void FinishSending()
    {
        if (Descriptor >= 0)
        {
            _ = Libc.Shutdown(Descriptor, Libc.ShutdownWrite);
        }
    }

    /// <inheritdoc/>
    public override void Close()
    {
        if (Descriptor < 0)
        {
            return;
        }

        poller.Forget(this);
        if (Holder is null)
        {
            // Leaves the epoll set by itself: nothing else holds the same open file.
            _ = Libc.Close(Descriptor);
        }
        else
        {
            Holder.Dispose();
        }

        Descriptor = -1;
        Interest = Readiness.None;
        _address = null;
    }

    /// <summary>Begins to connect; the owner is told Writable when that has ended.</summary>
    /// <returns>0, or the system's error.</returns>
    internal int Connect(ReadOnlySpan<byte> address)
    {
        int result;
        fixed (byte* start = address)
        {
            do
            {
                result = Libc.Connect(Descriptor, start, (uint)address.Length);
            }
            while (result != 0 && Marshal.GetLastPInvokeError() == Libc.Interrupted);
        }

        int error = result == 0 ? 0 : Marshal.GetLastPInvokeError();
        if (error == Libc.Again)
        {
            // The backlog of a Unix-domain socket is full, and no event will say that it is not: ask again, until the owner gives up.
            _address ??= address.ToArray();
            poller.Loop.Remind(this, poller.Loop.Now + RetryMilliseconds);
            return 0;
        }

        _address = null;
        if (error is 0 or Libc.InProgress)
        {
            Watch(Readiness.Writable);
            return 0;
        }

        return error;
    }

    /// <inheritdoc/>
    public void OnTime(long now)
    {
        if (Descriptor < 0 || _address is not { } address)
        {
            return;
        }

        int error = Connect(address);
        if (error != 0)
        {
            // A socket that is not connected counts as writable, so the owner learns of it in the ordinary way.
            Failure = Marshal.GetPInvokeErrorMessage(error);
            Watch(Readiness.Writable);
        }
    }

    /// <summary>Takes the descriptor out of the epoll set until the next Watch: it is hung up, and the owner does not want to know yet.</summary>
    internal void Deregister()
    {
        poller.Modify(this, Libc.EpollDelete, Readiness.None);
        _registered = false;
    }
}
