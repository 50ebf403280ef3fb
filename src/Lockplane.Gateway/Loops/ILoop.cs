using System.Net;
using Lockplane.Gateway.Metrics;

namespace Lockplane.Gateway.Loops;

/// <summary>What asked to be reminded.</summary>
internal interface ITimed
{
    /// <summary>Called on the loop's thread, at or after the time that was asked for.</summary>
    void OnTime(long now);

    /// <summary>Told that <see cref="OnTime"/> threw, which was reported already.</summary>
    void OnFault(Exception fault)
    {
    }
}

/// <summary>One thread that waits for many connections and never for one. All but <see cref="Post"/> is for its own thread.</summary>
internal interface ILoop
{
    /// <summary>The time at which this turn began: milliseconds of a clock that only goes forward.</summary>
    long Now { get; }

    /// <summary>What this loop counts.</summary>
    LoopMetrics Metrics { get; }

    /// <summary>64 KiB for one receive; whoever calls anything else that receives on this loop overwrites it.</summary>
    byte[] Scratch { get; }

    /// <summary>Runs work on the loop's thread, soon. From any thread.</summary>
    void Post(Action work);

    /// <summary>Calls <see cref="ITimed.OnTime"/> at or up to 20 ms after <paramref name="at"/>. Cannot be taken back: the target looks at whether the time still matters.</summary>
    void Remind(ITimed target, long at);

    /// <summary>Begins to connect. The owner is told Writable when that has ended either way; <see cref="Connection.FinishConnecting"/> says how.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">The system gives no descriptor, or refuses at once.</exception>
    Connection Connect(EndPoint address, IConnectionOwner owner);

    /// <summary>Puts TLS over a connection, which the result replaces; its owner, from now on told of plain bytes, is taken over. Nothing may have been received beyond what was consumed.</summary>
    TlsConnection StartTls(Connection inner, TlsRole role);
}
