using System.Text;
using Lockplane.Gateway;
using Lockplane.Gateway.Metrics;
using Lockplane.Gateway.Relays;
using Lockplane.Gateway.Statements;
using Lockplane.Wire.Backend;
using Lockplane.Wire.Framing;

namespace Lockplane.Tests.Gateway.Relays;

/// <summary>The two directions of a session without sockets: bytes in, bytes out, cut as a test wants them.</summary>
internal sealed class RelayScript : IDisposable
{
    public const string Marker = "0123456789abcdef";

    private readonly ByteBuffer _fromClient = new();
    private readonly ByteBuffer _fromServer = new();

    private readonly GatewayMetrics _metrics = new();
    private readonly IStatementJudge _judge;

    public RelayScript(IStatementJudge? judge = null, int maxStatementBytes = 1_000, bool applies = false)
    {
        Refusals = new PendingRefusals(Marker);
        _judge = judge ?? new ScriptedJudge(Judge);
        Client = new ClientRelay(_judge, Refusals, Requests, _metrics.AddLoop(), maxStatementBytes, applies);
        Server = new ServerRelay(Refusals, Requests);
    }

    public PendingRefusals Refusals { get; }

    public RequestsInFlight Requests { get; } = new();

    public ClientRelay Client { get; }

    public ServerRelay Server { get; }

    /// <summary>What the server got.</summary>
    public List<byte> ToServer { get; } = [];

    /// <summary>What the client got.</summary>
    public List<byte> ToClient { get; } = [];

    public List<string> Proposed { get; } = [];

    public List<string> Applied { get; } = [];

    /// <summary>What becomes of a change that is applied.</summary>
    public DdlOutcome Outcome { get; set; } = new(new AppliedChange("sha256:00", 2, "sha256:01"), null);

    /// <summary>Refuses what begins with refuse, takes what begins with create for a schema change, permits the rest.</summary>
    public static Verdict Judge(ReadOnlySpan<byte> text) => text switch
    {
        _ when text.StartsWith("refuse"u8) => new Verdict(VerdictKind.Refuse, new Refusal("42501", "Not allowed.", "d", "h", 3)),
        _ when text.StartsWith("create"u8) => new Verdict(VerdictKind.Ddl, new Refusal("LP301", "A schema change.", Position: 1)) { IsAlone = !text.Contains((byte)';'), CommandTag = "CREATE TABLE" },
        _ => Verdict.Permitted,
    };

    public void FromClient(ReadOnlySpan<byte> bytes)
    {
        _fromClient.Write(bytes);
        while (true)
        {
            ClientStep step = Client.Next(_fromClient.Unread);
            switch (step.Action)
            {
                case ClientAction.Forward:
                    ToServer.AddRange(_fromClient.Unread[..step.Bytes]);
                    break;
                case ClientAction.Replace:
                    ToServer.AddRange(Client.Replacement.Unread);
                    Client.Replacement.Consume(Client.Replacement.Count);
                    break;
                case ClientAction.Judge:
                    Client.Judged(_judge.Judge(Client.Unjudged, session: 1));
                    break;
                case ClientAction.Propose:
                    Proposed.Add(Client.Change);
                    Client.Refuse("lockplane apply sha256:00");
                    break;
                case ClientAction.Apply:
                    Applied.Add(Client.Change);
                    if (Outcome.Applied is { } applied)
                    {
                        Client.Applied(applied);
                    }
                    else
                    {
                        Client.Refuse(Outcome.Refusal!);
                    }

                    break;
                case ClientAction.Answer:
                    ToClient.AddRange(Client.Answer.Unread);
                    Client.Answer.Consume(Client.Answer.Count);
                    break;
                case ClientAction.AwaitServer:
                    return;
                case ClientAction.Read:
                    return;
            }

            _fromClient.Consume(step.Bytes);
        }
    }

    public void FromServer(ReadOnlySpan<byte> bytes)
    {
        _fromServer.Write(bytes);
        while (true)
        {
            ServerStep step = Server.Next(_fromServer.Unread);
            switch (step.Action)
            {
                case ServerAction.Forward:
                    ToClient.AddRange(_fromServer.Unread[..step.Bytes]);
                    break;
                case ServerAction.Replace:
                    ToClient.AddRange(Server.Replacement.Unread);
                    Server.Replacement.Consume(Server.Replacement.Count);
                    break;
                default:
                    return;
            }

            _fromServer.Consume(step.Bytes);
        }
    }

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
        _metrics.Dispose();
        _fromClient.Dispose();
        _fromServer.Dispose();
    }

    public static byte[] Frame(char type, string body)
    {
        using ByteBuffer buffer = new();
        FrameWriter frame = FrameWriter.Begin(buffer, (byte)type);
        frame.WriteBytes(Encoding.Latin1.GetBytes(body));
        frame.End();
        return buffer.Unread.ToArray();
    }

    public static byte[] Query(string text) => Frame('Q', text + "\0");

    public static byte[] Parse(string name, string text) => Frame('P', $"{name}\0{text}\0\0\0");

    /// <summary>What Postgres answers to a replaced statement.</summary>
    public static byte[] SyntaxError(long number, string marker = Marker, string code = "42601")
    {
        using ByteBuffer buffer = new();
        new ErrorFields(code, $"syntax error at or near \"lockplane_refused_{marker}_{number}\"", Position: 1).Write(buffer);
        return buffer.Unread.ToArray();
    }

    /// <summary>Types and texts of the messages in a stream.</summary>
    public static List<(char Type, string Body)> Messages(List<byte> stream)
    {
        List<(char, string)> messages = new();
        byte[] bytes = [.. stream];
        for (int at = 0; at < bytes.Length;)
        {
            Assert.True(FrameHeader.TryRead(bytes.AsSpan(at), out FrameHeader header) && at + header.FrameBytes <= bytes.Length, "the stream ends inside a message");
            messages.Add(((char)header.Type, Encoding.Latin1.GetString(bytes, at + FrameHeader.Size, (int)header.Length - 4)));
            at += (int)header.FrameBytes;
        }

        return messages;
    }
}
