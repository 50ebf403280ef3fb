using System.Net.Sockets;
using System.Text;
using Lockplane.PostgresTests.Clusters;

namespace Lockplane.PostgresTests.Operations;

/// <summary>Clients behind a load balancer.</summary>
public sealed class ProxyProtocolTests(TestClusters clusters)
{
    private static readonly byte[] Header =
    [
        0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x21, 0x11, 0, 12, 192, 0, 2, 7, 127, 0, 0, 1, 0xC3, 0x50, 0x19, 0x20,
    ];

    private static readonly byte[] Startup = [0, 0, 0, 19, 0, 3, 0, 0, .. "user\0nobody"u8];

    [Fact]
    public async Task The_address_of_the_header_is_the_clients()
    {
        await using ServedDatabase served = await ServedDatabase.CreateAsync(clusters, "proxy_networks = [\"127.0.0.0/8\"]");
        await served.StartAsync();
        using TcpClient client = await ConnectAsync(served);
        foreach (byte b in Header)
        {
            await client.GetStream().WriteAsync(new[] { b }, TestContext.Current.CancellationToken);
        }

        // Not whole: the session waits for the rest of its start-up packet.
        await client.GetStream().WriteAsync(Startup.AsMemory(0, 6), TestContext.Current.CancellationToken);
        string address = "";
        for (int attempt = 0; attempt < 100 && address != "192.0.2.7"; attempt++)
        {
            System.Text.Json.Nodes.JsonArray sessions = (System.Text.Json.Nodes.JsonArray)(await GatewayProcess.AskAsync("sessions", "--state-dir", served.StateDirectory))["sessions"]!;
            address = sessions.Count == 1 ? (string?)sessions[0]!["address"] ?? "" : "";
        }

        Assert.Equal("192.0.2.7", address);
    }

    [Fact]
    public async Task From_a_listed_network_a_connection_without_header_is_refused()
    {
        await using ServedDatabase served = await ServedDatabase.CreateAsync(clusters, "proxy_networks = [\"127.0.0.0/8\"]");
        await served.StartAsync();
        using TcpClient client = await ConnectAsync(served);
        await client.GetStream().WriteAsync(Startup.AsMemory(0, 8), TestContext.Current.CancellationToken);
        Assert.Contains("08P01", await ReadAsync(client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task From_another_network_a_header_is_refused()
    {
        await using ServedDatabase served = await ServedDatabase.CreateAsync(clusters, "proxy_networks = [\"192.0.2.0/24\"]");
        await served.StartAsync();
        using TcpClient client = await ConnectAsync(served);
        await client.GetStream().WriteAsync(Header, TestContext.Current.CancellationToken);
        Assert.DoesNotContain("R\0\0\0", await ReadAsync(client), StringComparison.Ordinal);
    }

    private static async Task<TcpClient> ConnectAsync(ServedDatabase served)
    {
        TcpClient client = new();
        await client.ConnectAsync("127.0.0.1", served.Port, TestContext.Current.CancellationToken);
        return client;
    }

    private static async Task<string> ReadAsync(TcpClient client)
    {
        using MemoryStream all = new();
        try
        {
            await client.GetStream().CopyToAsync(all, TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            // Closed with bytes of ours unread.
        }

        return Encoding.Latin1.GetString(all.ToArray());
    }
}
