using System.Net.Sockets;
using Lockplane.Gateway.Sessions;
using Lockplane.Wire;
using Lockplane.Wire.Backend;
using Lockplane.Wire.Framing;
using Lockplane.Wire.Frontend;

namespace Lockplane.Gateway.Servers;

/// <summary>Opens connections to the server.</summary>
internal sealed class ServerConnector(ServerOptions options)
{
    /// <summary>Connects.</summary>
    /// <exception cref="ProtocolException">57P03: it cannot be reached, and what the system says.</exception>
    public async Task<Peer> ConnectAsync(CancellationToken cancellation)
    {
        Socket socket = options.UnixSocket is null
            ? new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            if (options.UnixSocket is null)
            {
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
                await socket.ConnectAsync(options.Host, options.Port, cancellation).ConfigureAwait(false);
            }
            else
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(options.SocketPath), cancellation).ConfigureAwait(false);
            }

            return new Peer(socket);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new ProtocolException(SqlState.CannotConnectNow, $"server {options.Name} at {options.Address} cannot be reached: {e.SocketErrorCode}");
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Passes a cancel request on and waits until the server has taken it, which it says by closing.</summary>
    public async Task CancelAsync(BackendKeyData key, CancellationToken cancellation)
    {
        using Peer server = await ConnectAsync(cancellation).ConfigureAwait(false);
        using ByteBuffer packet = new(512);
        new CancelRequest(key.ProcessId, key.Key).Write(packet);
        await server.FlushAsync(packet, cancellation).ConfigureAwait(false);
        _ = await server.ReadAsync(cancellation).ConfigureAwait(false);
    }
}
