using System.Net;
using System.Net.Sockets;

namespace Lockplane.Gateway.Loops;

/// <summary>What a listening connection gave: a descriptor (epoll) or a socket (portable), owned by whoever holds this until it is adopted.</summary>
internal readonly record struct Accepted(int Descriptor, Socket? Socket, IPEndPoint? Remote)
{
    /// <summary>Closes what nobody adopted.</summary>
    public void Close()
    {
        if (Socket is null)
        {
            _ = Libc.Close(Descriptor);
        }
        else
        {
            Socket.Dispose();
        }
    }
}

/// <summary>How an attempt to accept ended.</summary>
internal enum AcceptResult
{
    Accepted,

    /// <summary>Nobody waits.</summary>
    Nobody,

    /// <summary>Who waited is gone already; try again.</summary>
    Gone,

    /// <summary>The system has no descriptor or memory left.</summary>
    Exhausted,
}

/// <summary>How a loop learns what is ready. All but <see cref="Wake"/> is for the loop's thread.</summary>
internal interface IPoller : IDisposable
{
    /// <summary>Waits for events, at most so long (-1: for ever), and gives their number. Level-triggered.</summary>
    int Wait(int milliseconds);

    /// <summary>The connection of an event and what it is told; null when it was closed since, or has nothing to be told.</summary>
    Connection? Event(int index, out Readiness readiness);

    /// <summary>Ends the wait that goes on, or the next one. From any thread.</summary>
    void Wake();

    /// <summary>Begins to connect; see <see cref="ILoop.Connect"/>.</summary>
    Connection Connect(EndPoint address, IConnectionOwner owner);

    /// <summary>Makes a connection of what was accepted, on whichever loop.</summary>
    Connection Adopt(Accepted accepted);

    /// <summary>Makes a connection of a socket that listens; it is good for Watch, <see cref="Accept"/> and Close only.</summary>
    Connection Listen(Socket listening);

    /// <summary>Accepts one connection, which does not block.</summary>
    AcceptResult Accept(Connection listening, out Accepted accepted, out string? failure);
}
