using System.Net;
using System.Net.Sockets;

namespace Lockplane.Corpus.Servers;

/// <summary>A port on 127.0.0.1 that nobody listens on at the moment.</summary>
internal static class FreePort
{
    public static int Find()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
