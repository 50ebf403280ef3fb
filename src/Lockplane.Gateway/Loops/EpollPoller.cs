using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Lockplane.Gateway.Loops;

/// <summary>Linux: one epoll set of raw descriptors.</summary>
/// <remarks>
/// An event names a place in a table and the generation of who stood there when it was asked for, never a descriptor: what is closed while a
/// batch of events is delivered is not mistaken for what got its number.
/// </remarks>
internal sealed unsafe class EpollPoller : IPoller
{
    private const int MostEvents = 256;
    private const ulong WakeToken = ulong.MaxValue;
    private const int AddressBytes = 128;

    // struct epoll_event is packed on x64 and has its natural layout elsewhere.
    private static readonly int EventBytes = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int TokenOffset = EventBytes - 8;

    private readonly KeepAlive? _keepAlive;
    private readonly int _epoll;
    private readonly int _wake;
    private readonly byte[] _events = GC.AllocateArray<byte>(MostEvents * 16, pinned: true);
    private readonly byte* _eventsStart;
    private readonly Stack<int> _free = new();
    private RawConnection?[] _table = new RawConnection?[64];
    private uint[] _generations = new uint[64];
    private int _used;

    public EpollPoller(EventLoop loop, KeepAlive? keepAlive)
    {
        Loop = loop;
        _keepAlive = keepAlive;
        _eventsStart = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_events));
        _epoll = Libc.EpollCreate(Libc.EpollCloseOnExec);
        ThrowIfNegative(_epoll);
        _wake = Libc.EventDescriptor(0, Libc.CloseOnExec | Libc.NonBlock);
        ThrowIfNegative(_wake);

        // Edge-triggered, so that it need not be read: each write is an edge.
        ThrowIfNegative(Control(Libc.EpollAdd, _wake, Libc.EpollIn | Libc.EpollEdge, WakeToken));
    }

    internal EventLoop Loop { get; }

    /// <inheritdoc/>
    public int Wait(int milliseconds)
    {
        int count = Libc.EpollWait(_epoll, _eventsStart, MostEvents, milliseconds);
        if (count < 0)
        {
            // A signal; the loop computes the rest of the wait anew.
            return Marshal.GetLastPInvokeError() == Libc.Interrupted ? 0 : throw Failed(Marshal.GetLastPInvokeError());
        }

        return count;
    }

    /// <inheritdoc/>
    public Connection? Event(int index, out Readiness readiness)
    {
        readiness = Readiness.None;
        byte* start = _eventsStart + (index * EventBytes);
        ulong token = Unsafe.ReadUnaligned<ulong>(start + TokenOffset);
        if (token == WakeToken || _table[(uint)token] is not { } connection || connection.Token != token)
        {
            return null;
        }

        uint events = Unsafe.ReadUnaligned<uint>(start);
        if ((events & (Libc.EpollError | Libc.EpollHangUp)) != 0)
        {
            // Whatever the owner wants to do next, it will be told there.
            readiness = connection.Interest;
        }

        readiness |= ((events & Libc.EpollIn) != 0 ? Readiness.Readable : 0) | ((events & Libc.EpollOut) != 0 ? Readiness.Writable : 0);
        readiness &= connection.Interest;
        if (readiness != Readiness.None)
        {
            return connection;
        }

        if (connection.Interest == Readiness.None)
        {
            // The kernel tells of a hang-up unasked, again at every turn.
            connection.Deregister();
        }

        return null;
    }

    /// <inheritdoc/>
    public void Wake()
    {
        ulong one = 1;
        _ = Libc.Write(_wake, &one, sizeof(ulong));
    }

    /// <inheritdoc/>
    public Connection Connect(EndPoint address, IConnectionOwner owner)
    {
        SocketAddress wanted = address.Serialize();
        int family = address.AddressFamily switch
        {
            AddressFamily.InterNetwork => Libc.FamilyInet,
            AddressFamily.InterNetworkV6 => Libc.FamilyInet6,
            AddressFamily.Unix => Libc.FamilyUnix,
            _ => throw new SocketException((int)SocketError.AddressFamilyNotSupported),
        };
        int descriptor = Libc.Socket(family, Libc.Stream | Libc.NonBlock | Libc.CloseOnExec, 0);
        if (descriptor < 0)
        {
            throw Failed(Marshal.GetLastPInvokeError());
        }

        if (family != Libc.FamilyUnix)
        {
            Tune(descriptor, _keepAlive);
        }

        RawConnection connection = Keep(descriptor, null);
        connection.Owner = owner;
        int error = connection.Connect(wanted.Buffer.Span[..wanted.Size]);
        if (error != 0)
        {
            connection.Close();
            throw Failed(error);
        }

        return connection;
    }

    /// <inheritdoc/>
    public Connection Adopt(Accepted accepted) => Keep(accepted.Descriptor, null);

    /// <inheritdoc/>
    public Connection Listen(Socket listening)
    {
        int descriptor = (int)listening.SafeHandle.DangerousGetHandle();
        if (listening.AddressFamily != AddressFamily.Unix)
        {
            // Linux hands both on to what is accepted, which saves the calls there.
            Tune(descriptor, _keepAlive);
        }

        return Keep(descriptor, listening);
    }

    /// <inheritdoc/>
    public AcceptResult Accept(Connection listening, out Accepted accepted, out string? failure)
    {
        byte* address = stackalloc byte[AddressBytes];
        uint length = AddressBytes;
        int descriptor = Libc.Accept(((RawConnection)listening).Descriptor, address, &length, Libc.NonBlock | Libc.CloseOnExec);
        failure = null;
        if (descriptor >= 0)
        {
            accepted = new Accepted(descriptor, null, Remote(new ReadOnlySpan<byte>(address, (int)Math.Min(length, AddressBytes))));
            return AcceptResult.Accepted;
        }

        accepted = default;
        int error = Marshal.GetLastPInvokeError();
        if (error is Libc.Again)
        {
            return AcceptResult.Nobody;
        }

        failure = Marshal.GetPInvokeErrorMessage(error);
        return error is Libc.TooManyInProcess or Libc.TooManyInSystem or Libc.OutOfMemory or Libc.NoBuffers ? AcceptResult.Exhausted : AcceptResult.Gone;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (RawConnection? connection in _table)
        {
            connection?.Close();
        }

        _ = Libc.Close(_wake);
        _ = Libc.Close(_epoll);
    }

    internal void Modify(RawConnection connection, int operation, Readiness interest)
    {
        uint events = ((interest & Readiness.Readable) != 0 ? Libc.EpollIn : 0) | ((interest & Readiness.Writable) != 0 ? Libc.EpollOut : 0);
        if (Control(operation, connection.Descriptor, events, connection.Token) < 0)
        {
            throw Failed(Marshal.GetLastPInvokeError());
        }
    }

    internal void Forget(RawConnection connection)
    {
        int place = (int)(uint)connection.Token;
        _table[place] = null;
        _generations[place]++;
        _free.Push(place);
        Loop.Left();
    }

    private static void Tune(int descriptor, KeepAlive? keepAlive)
    {
        // Refused only where the peer is gone already, which the first receive says.
        _ = Libc.SetOption(descriptor, Libc.LevelTcp, Libc.OptionNoDelay, 1);
        if (keepAlive is not null)
        {
            _ = Libc.SetOption(descriptor, Libc.LevelSocket, Libc.OptionKeepAlive, 1);
            _ = Libc.SetOption(descriptor, Libc.LevelTcp, Libc.OptionKeepIdle, keepAlive.IdleSeconds);
            _ = Libc.SetOption(descriptor, Libc.LevelTcp, Libc.OptionKeepInterval, keepAlive.IntervalSeconds);
            _ = Libc.SetOption(descriptor, Libc.LevelTcp, Libc.OptionKeepCount, keepAlive.Count);
        }
    }

    private static IPEndPoint? Remote(ReadOnlySpan<byte> address)
    {
        // struct sockaddr_in and sockaddr_in6: the family in the machine's order, the port in the network's.
        switch (address.Length < 2 ? 0 : MemoryMarshal.Read<ushort>(address))
        {
            case Libc.FamilyInet when address.Length >= 8:
                return new IPEndPoint(new IPAddress(address[4..8]), BinaryPrimitives.ReadUInt16BigEndian(address[2..]));
            case Libc.FamilyInet6 when address.Length >= 28:
                IPAddress ip = new(address[8..24], MemoryMarshal.Read<uint>(address[24..]));
                return new IPEndPoint(ip.IsIPv4MappedToIPv6 ? ip.MapToIPv4() : ip, BinaryPrimitives.ReadUInt16BigEndian(address[2..]));
            default:
                return null;
        }
    }

    private static SocketException Failed(int error) => new((int)Named(error), Marshal.GetPInvokeErrorMessage(error));

    private static SocketError Named(int error) => error switch
    {
        Libc.Refused => SocketError.ConnectionRefused,
        Libc.TimedOut => SocketError.TimedOut,
        Libc.NetworkUnreachable => SocketError.NetworkUnreachable,
        Libc.HostUnreachable => SocketError.HostUnreachable,
        Libc.AccessDenied => SocketError.AccessDenied,
        Libc.TooManyInProcess or Libc.TooManyInSystem => SocketError.TooManyOpenSockets,
        _ => SocketError.SocketError,
    };

    private static void ThrowIfNegative(int result)
    {
        if (result < 0)
        {
            throw Failed(Marshal.GetLastPInvokeError());
        }
    }

    private int Control(int operation, int descriptor, uint events, ulong token)
    {
        byte* what = stackalloc byte[16];
        Unsafe.WriteUnaligned(what, events);
        Unsafe.WriteUnaligned(what + TokenOffset, token);
        return Libc.EpollControl(_epoll, operation, descriptor, what);
    }

    private RawConnection Keep(int descriptor, Socket? holder)
    {
        if (!_free.TryPop(out int place))
        {
            place = _used++;
            if (place == _table.Length)
            {
                Array.Resize(ref _table, 2 * place);
                Array.Resize(ref _generations, 2 * place);
            }
        }

        RawConnection connection = new(this, descriptor) { Token = (uint)place | ((ulong)_generations[place] << 32), Holder = holder };
        _table[place] = connection;
        Loop.Came();
        return connection;
    }
}
