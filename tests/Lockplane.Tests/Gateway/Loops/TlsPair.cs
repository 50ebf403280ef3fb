using Lockplane.Gateway.Loops;

namespace Lockplane.Tests.Gateway.Loops;

/// <summary>A server and a client of TLS, and the memory between them. On the loop's thread only.</summary>
internal sealed class TlsPair : IConnectionOwner
{
    public TlsPair(ILoop loop, TlsServer server, TlsClient client, int mostAtOnce = int.MaxValue)
    {
        ServerInner = new MemoryConnection { Owner = this, MostAtOnce = mostAtOnce };
        ClientInner = new MemoryConnection { Owner = this, MostAtOnce = mostAtOnce };
        Server = loop.StartTls(ServerInner, server);
        Client = loop.StartTls(ClientInner, client);
    }

    public TlsPair(ILoop loop, TlsServer server, TlsConnection client, MemoryConnection clientInner)
    {
        ServerInner = new MemoryConnection { Owner = this };
        ClientInner = clientInner;
        Server = loop.StartTls(ServerInner, server);
        Client = client;
    }

    public TlsConnection Server { get; }

    public TlsConnection Client { get; }

    public MemoryConnection ServerInner { get; }

    public MemoryConnection ClientInner { get; }

    /// <summary>Carries bytes to and fro until both sides have ended the handshake or nothing moves.</summary>
    public (Handshake Server, Handshake Client) Shake()
    {
        Handshake server = Handshake.Going;
        Handshake client = Handshake.Going;
        for (int idle = 0; idle < 5_000 && (server == Handshake.Going || client == Handshake.Going); idle++)
        {
            client = Client.Advance();
            ServerInner.Arrive(ClientInner.TakeSent());
            server = Server.Advance();
            ClientInner.Arrive(ServerInner.TakeSent());
        }

        return (server, client);
    }

    /// <summary>Sends from one side and expects it on the other.</summary>
    public void Relay(TlsConnection from, TlsConnection to, byte[] bytes)
    {
        Assert.Equal(bytes.Length, from.Send(bytes));
        (MemoryConnection sent, MemoryConnection arrives) = from == Client ? (ClientInner, ServerInner) : (ServerInner, ClientInner);
        arrives.Arrive(sent.TakeSent());
        byte[] got = new byte[bytes.Length + 1];
        int total = 0;
        for (int tries = 0; tries < 200_000 && total < bytes.Length; tries++)
        {
            int count = to.Receive(got.AsSpan(total));
            Assert.NotEqual(0, count);
            total += Math.Max(count, 0);
        }

        Assert.Equal(bytes, got[..total]);
        Assert.Equal(Connection.Blocked, to.Receive(got));
    }

    public static void Tell(MemoryConnection inner, Readiness readiness) => inner.Owner!.OnReady(inner, readiness);

    public void OnReady(Connection connection, Readiness readiness)
    {
    }

    public void Close()
    {
        Server.Close();
        Client.Close();
        Assert.True(ServerInner.IsClosed);
        Assert.True(ClientInner.IsClosed);
    }
}
