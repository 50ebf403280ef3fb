using System.Net.Sockets;
using System.Text;
using Lockplane.Gateway.Servers;
using Lockplane.Gateway.Sessions;
using Lockplane.Wire;
using Lockplane.Wire.Backend;
using Lockplane.Wire.Framing;
using Lockplane.Wire.Frontend;
using Lockplane.Wire.Sasl;

namespace Lockplane.PostgresTests.Gateway;

/// <summary>A client that sends messages as a test writes them, several at once, and sees the answers as they are.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly Peer _peer;
    private readonly ByteBuffer _out = new();

    private RawClient(Peer peer) => _peer = peer;

    /// <summary>Connects and logs in, by protocol 3.2.</summary>
    public static async Task<RawClient> ConnectAsync(GatewayOfTest gateway)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync("127.0.0.1", gateway.Server.Port, TestContext.Current.CancellationToken);
        RawClient client = new(new Peer(socket));
        using ByteBuffer said = new();
        ServerLogin login = new(new StartupMessage(ProtocolVersion.V32, [new("user", gateway.Role), new("database", gateway.Database)]),
            challenge => ScramKeys.Derive(gateway.Password, Convert.FromBase64String(challenge.Salt), challenge.Iterations), "nonceOfTest", new BackendKeyData(1, [0, 0, 0, 0]));
        login.Start(client._out);
        while (true)
        {
            await client._peer.FlushAsync(client._out, TestContext.Current.CancellationToken);
            Assert.NotEqual(0, await client._peer.ReadAsync(TestContext.Current.CancellationToken));
            ServerLoginState state = login.Advance(client._peer.In, client._out, said);
            Assert.NotEqual(ServerLoginState.Refused, state);
            if (state == ServerLoginState.Ready)
            {
                Assert.Equal(32, login.Key!.Key.Length);
                return client;
            }
        }
    }

    /// <summary>Sends messages in one go and reads the answers up to a number of ReadyForQuery, or the end.</summary>
    public async Task<List<(char Type, string Body)>> AskAsync(int ready, Action<RawClient> send)
    {
        send(this);
        await _peer.FlushAsync(_out, TestContext.Current.CancellationToken);
        List<(char Type, string Body)> answers = new();
        while (answers.Count(answer => answer.Type == 'Z') < ready)
        {
            if (Take() is { } answer)
            {
                answers.Add(answer);
            }
            else if (await _peer.ReadAsync(TestContext.Current.CancellationToken) == 0)
            {
                break;
            }
        }

        return answers;
    }

    public void Query(string text) => QueryMessage.Write(_out, text);

    /// <summary>Parse, Bind and Execute of the unnamed statement.</summary>
    public void Execute(string text)
    {
        ParseMessage.Write(_out, "", text);
        Frame(FrontendMessage.Bind, "\0\0\0\0\0\0\0\0");
        Frame(FrontendMessage.Execute, "\0\0\0\0\0");
    }

    public void Sync() => Frame(FrontendMessage.Sync, "");

    public void Frame(byte type, string body)
    {
        FrameWriter frame = FrameWriter.Begin(_out, type);
        frame.WriteBytes(Encoding.Latin1.GetBytes(body));
        frame.End();
    }

    public void Dispose()
    {
        _peer.Dispose();
        _out.Dispose();
    }

    private (char Type, string Body)? Take()
    {
        if (!FrameHeader.TryRead(_peer.In.Unread, out FrameHeader header) || _peer.In.Count < header.FrameBytes)
        {
            return null;
        }

        (char, string) answer = ((char)header.Type, Encoding.Latin1.GetString(_peer.In.Unread[FrameHeader.Size..(int)header.FrameBytes]));
        _peer.In.Consume((int)header.FrameBytes);
        return answer;
    }
}
