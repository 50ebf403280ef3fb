using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Lockplane.Hosting.Configuration;
using Lockplane.Sql.Errors;

namespace Lockplane.Hosting.Operating;

/// <summary>
/// Ports that two processes listen on for a rolling restart (SO_REUSEPORT, which the gateway's listener always sets). The system lets every process of the account join: that it is one of the same state folder, and so of the same configuration, is
/// checked here, before anything listens.
/// </summary>
internal static class SharedPorts
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Refuses a port that is listened on by anything but a gateway process of this folder; where ports are not shared, by anything.</summary>
    /// <exception cref="LockplaneException">LP001.</exception>
    public static async Task CheckAsync(LockplaneConfiguration configuration, HostPlace place, CancellationToken cancellation)
    {
        HashSet<string> ours = place.SharesPorts ? await OfPeersAsync(place, cancellation) : [];
        await CheckAsync("gateway.port", "the gateway", configuration.Gateway.Listen, configuration.Gateway.Port, ours, cancellation);
        await CheckAsync("http.port", "HTTP", configuration.Http.Listen, configuration.Http.Port, ours, cancellation);
    }

    /// <summary>A socket that is bound and may be joined by others of the account.</summary>
    /// <exception cref="SocketException">The port is taken by a program that does not share it.</exception>
    public static Socket Bind(EndPoint endPoint)
    {
        Socket socket = new(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            Share(socket);
            socket.Bind(endPoint);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void Share(Socket socket)
    {
        // .NET has no name for SO_REUSEPORT; its number and its level's are the system's.
        (int level, int option) = OperatingSystem.IsLinux() ? (1, 15) : (0xffff, 0x0200);
        socket.SetRawSocketOption(level, option, BitConverter.GetBytes(1));
    }

    private static async Task CheckAsync(string key, string whose, string address, int port, HashSet<string> ours, CancellationToken cancellation)
    {
        IPEndPoint wanted = new(IPAddress.Parse(address), port);
        if (port != 0 && !ours.Contains(wanted.ToString()) && await IsListenedOnAsync(wanted, cancellation))
        {
            throw new LockplaneException(ErrorCodes.Configuration, $"Port {port} on {address}, which is for {whose}, is taken by another program.",
                hint: $"End that program, or set {key} to another port. A second `lockplane serve` joins the first only with the same state_dir and the same address and port.");
        }
    }

    /// <summary>Where the other processes of the folder listen.</summary>
    private static async Task<HashSet<string>> OfPeersAsync(HostPlace place, CancellationToken cancellation)
    {
        HashSet<string> listeners = new(StringComparer.Ordinal);
        foreach (int process in ProcessSlot.Running(place.StateDirectory).Where(number => number != place.Process))
        {
            try
            {
                JsonObject status = await new ControlClient(place.StateDirectory).AskAsync(new JsonObject { ["verb"] = ControlVerbs.Status }, process, cancellation);
                listeners.UnionWith((status["listeners"] as JsonArray ?? []).Select(listener => (string?)listener ?? ""));
                listeners.Add((string?)status["http"] ?? "");
            }
            catch (LockplaneException)
            {
                // It starts or ends at this moment.
            }
        }

        return listeners;
    }

    private static async Task<bool> IsListenedOnAsync(IPEndPoint wanted, CancellationToken cancellation)
    {
        IPAddress address = wanted.Address.Equals(IPAddress.Any) ? IPAddress.Loopback : wanted.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : wanted.Address;
        using Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        try
        {
            await socket.ConnectAsync(new IPEndPoint(address, wanted.Port), patience.Token);
            return true;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            cancellation.ThrowIfCancellationRequested();
            return false;
        }
    }
}
