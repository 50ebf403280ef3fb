using Lockplane.Gateway.Loops;
using Lockplane.Wire.Framing;

namespace Lockplane.Gateway.Sessions;

/// <summary>One connection during a login: what was received and not consumed, and what is to be sent. Passwords pass through, hence wiped.</summary>
internal sealed class LoginChannel(Connection connection) : IDisposable
{
    private const int ReceiveBytes = 4 * 1024;

    /// <summary>Replaced when TLS begins.</summary>
    public Connection Connection { get; set; } = connection;

    public ByteBuffer In { get; } = new(ReceiveBytes, secret: true);

    public ByteBuffer Out { get; } = new(1_024, secret: true);

    /// <summary>Receives once; false when the peer has ended or is gone.</summary>
    public bool TryReceive()
    {
        // Not into the loop's scratch, where a password would stay.
        int count = Connection.Receive(In.Space(ReceiveBytes).Span);
        In.Written(Math.Max(0, count));
        In.Consume(0);
        return count != 0;
    }

    /// <summary>Sends what the system takes; false when the peer is gone.</summary>
    public bool TryFlush()
    {
        if (Out.Count == 0)
        {
            return true;
        }

        int count = Connection.Send(Out.Unread);
        if (count == Loops.Connection.Lost)
        {
            return false;
        }

        Out.Consume(count);
        return true;
    }

    /// <summary>Asks to be told when the rest can be sent, and otherwise of what comes. A peer that does not read is not read.</summary>
    public void Watch(bool reads = true) => Connection.Watch(Out.Count > 0 ? Readiness.Writable : reads ? Readiness.Readable : Readiness.None);

    /// <inheritdoc/>
    public void Dispose()
    {
        In.Dispose();
        Out.Dispose();
    }
}
