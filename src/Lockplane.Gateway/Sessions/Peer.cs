using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Lockplane.Wire.Framing;

namespace Lockplane.Gateway.Sessions;

/// <summary>One connection of a session: a socket and what was read from it.</summary>
internal sealed class Peer(Socket socket) : IDisposable
{
    // Below this much free space a read would cost a system call for little.
    private const int LeastRead = 4 * 1024;

    /// <summary>What was read and not yet consumed.</summary>
    public ByteBuffer In { get; } = new();

    /// <summary>Reads what is there; 0 when the other side will send no more.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> ReadAsync(CancellationToken cancellation = default)
    {
        int count = await socket.ReceiveAsync(In.Space(LeastRead), SocketFlags.None, cancellation).ConfigureAwait(false);
        In.Written(count);
        return count;
    }

    /// <summary>Sends all bytes; waits while the other side does not read.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation = default)
    {
        while (!bytes.IsEmpty)
        {
            int count = await socket.SendAsync(bytes, SocketFlags.None, cancellation).ConfigureAwait(false);
            bytes = bytes[count..];
        }
    }

    /// <summary>Sends what a buffer holds and empties it.</summary>
    public async ValueTask FlushAsync(ByteBuffer buffer, CancellationToken cancellation = default)
    {
        await SendAsync(buffer.UnreadMemory, cancellation).ConfigureAwait(false);
        buffer.Consume(buffer.Count);
    }

    /// <summary>Tells the other side that nothing more will be sent.</summary>
    public void FinishSending()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is gone already, which says the same.
        }
    }

    /// <summary>Ends the connection, and with it every read and send that waits.</summary>
    public void Close() => socket.Dispose();

    /// <summary>Closes, and gives the buffer back. Only when no read is under way.</summary>
    public void Dispose()
    {
        socket.Dispose();
        In.Dispose();
    }
}
