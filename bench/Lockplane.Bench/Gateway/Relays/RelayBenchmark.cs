using BenchmarkDotNet.Attributes;
using Lockplane.Gateway.Metrics;
using Lockplane.Gateway.Relays;
using Lockplane.Gateway.Statements;
using Lockplane.Wire.Framing;

namespace Lockplane.Bench.Gateway.Relays;

/// <summary>What the two directions of a session cost for one query, without sockets: the request of pgbench -S in its three modes, and the answer.</summary>
[MemoryDiagnoser]
public class RelayBenchmark : IDisposable
{
    private readonly ClientRelay _client;
    private readonly ServerRelay _server;
    private readonly GatewayMetrics _metrics = new();
    private byte[] _request = [];
    private byte[] _answer = [];

    /// <summary>A session whose statements were all judged before.</summary>
    public RelayBenchmark()
    {
        PendingRefusals refusals = new("0123456789abcdef");
        RequestsInFlight requests = new();
        _client = new ClientRelay(new Permitting(), refusals, requests, _metrics.AddLoop(), 4 << 20);
        _server = new ServerRelay(refusals, requests);
    }

    /// <summary>pgbench's <c>-M</c>.</summary>
    [Params("simple", "extended", "prepared")]
    public string Mode { get; set; } = "";

    /// <summary>The messages of one query.</summary>
    [GlobalSetup]
    public void Write()
    {
        const string Text = "SELECT abalance FROM pgbench_accounts WHERE aid = ";
        string bind = Mode == "prepared" ? "\0P_0\0" : "\0\0";
        string execute = bind + "\0\0\0\x1\0\0\0\x4" + "1234\0\0";
        (char Type, string Body)[] run = [('B', execute), ('D', "P\0"), ('E', "\0\0\0\0\0"), ('S', "")];
        _request = Frames(Mode switch
        {
            "simple" => [('Q', Text + "1234;\0")],
            "extended" => [('P', "\0" + Text + "$1;\0\0\0"), .. run],
            _ => run,
        });
        _answer = Frames([('T', "\0\x1" + "abalance\0\0\0\x40\0\0\x3\0\0\0\x17\0\x4\xff\xff\xff\xff\0\0"), ('D', "\0\x1\0\0\0\x1" + "0"), ('C', "SELECT 1\0"), ('Z', "I")]);
    }

    /// <summary>The request.</summary>
    [Benchmark(Description = "ClientRelay")]
    public int Request()
    {
        ClientStep step = _client.Next(_request);
        return step.Bytes == _request.Length ? step.Bytes : throw new InvalidOperationException("The request was not forwarded whole.");
    }

    /// <summary>The answer.</summary>
    [Benchmark(Description = "ServerRelay")]
    public int Answer()
    {
        ServerStep step = _server.Next(_answer);
        return step.Bytes == _answer.Length ? step.Bytes : throw new InvalidOperationException("The answer was not forwarded whole.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
        _metrics.Dispose();
        GC.SuppressFinalize(this);
    }

    private static byte[] Frames((char Type, string Body)[] messages)
    {
        using ByteBuffer buffer = new();
        foreach ((char type, string body) in messages)
        {
            FrameWriter frame = FrameWriter.Begin(buffer, (byte)type);
            frame.WriteBytes(System.Text.Encoding.Latin1.GetBytes(body));
            frame.End();
        }

        return buffer.Unread.ToArray();
    }

    private sealed class Permitting : IStatementJudge
    {
        public bool TryFind(ReadOnlySpan<byte> sql, out Verdict verdict)
        {
            verdict = Verdict.Permitted;
            return true;
        }

        public Verdict Judge(ReadOnlySpan<byte> sql, long session) => Verdict.Permitted;
    }
}
