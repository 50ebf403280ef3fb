using System.Buffers.Binary;
using System.Text;
using Lockplane.Gateway.Authentication;
using Lockplane.Scripted;
using Lockplane.Wire;
using static Lockplane.Tests.Gateway.Protocol.ProtocolScene;

namespace Lockplane.Tests.Gateway.Protocol;

/// <summary>A client that says what no client should, at every point of a session: it is told with a code, and nobody else notices.</summary>
public sealed class HostileClientTests
{
    private const int SslRequest = 80877103;
    private const int GssEncRequest = 80877104;
    private const int CancelRequest = 80877102;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>First packets, and the code that each is refused with; an empty code is a connection that just closes.</summary>
    public static TheoryData<string, byte[], string> FirstPackets => new()
    {
        { "nothing", [], "" },
        { "half a length", [0, 0], "" },
        { "half a packet", [0, 0, 0, 20, 0, 3], "" },
        { "a length of 0", [0, 0, 0, 0, 0, 3, 0, 0], "08P01" },
        { "a length of 7", [0, 0, 0, 7, 0, 3, 0], "08P01" },
        { "a negative length", [0xFF, 0xFF, 0xFF, 0xFF, 0, 3, 0, 0], "08P01" },
        { "a length of 2 GB", [0x80, 0, 0, 0, 0, 3, 0, 0], "08P01" },
        { "a length of 10,001", [0, 0, 0x27, 0x11, 0, 3, 0, 0], "08P01" },
        { "a request of HTTP", Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\n\r\n"), "08P01" },
        { "protocol 2.0", Packet(0x0002_0000, "user\0app\0\0"), "0A000" },
        { "protocol 4.0", Packet(0x0004_0000, "user\0app\0\0"), "0A000" },
        { "protocol 0.0", Packet(0, "\0"), "0A000" },
        { "no terminator", Packet(0x0003_0000, "user\0app\0"), "08P01" },
        { "a name without a value", Packet(0x0003_0000, "user\0app\0database\0\0"), "08P01" },
        { "an open string", Packet(0x0003_0000, "user\0app"), "08P01" },
        { "bytes behind the end", Packet(0x0003_0000, "user\0app\0\0junk"), "08P01" },
        { "an empty packet", Packet(0x0003_0000, ""), "08P01" },
        { "no user", Packet(0x0003_0000, "database\0shop\0\0"), "28000" },
        { "an empty user", Packet(0x0003_0000, "user\0\0\0"), "28000" },
        { "two users", Packet(0x0003_0000, "user\0app\0user\0root\0\0"), "08P01" },
        { "two users in two spellings", Packet(0x0003_0000, "user\0app\0USER\0root\0\0"), "08P01" },
        { "a long user", Packet(0x0003_0000, "user\0" + new string('u', 64) + "\0\0"), "28000" },
        { "a user that is not UTF-8", Packet(0x0003_0000, "user\0\u00ff\u00fe\0\0"), "22021" },
        { "another encoding", Packet(0x0003_0000, "user\0app\0client_encoding\0SJIS\0\0"), "22023" },
        { "replication", Packet(0x0003_0000, "user\0app\0replication\0tru\0\0"), "0A000" },
        { "logical replication", Packet(0x0003_0000, "user\0app\0replication\0database\0\0"), "0A000" },
        { "a neither-nor of replication", Packet(0x0003_0000, "user\0app\0replication\0maybe\0\0"), "22023" },
        { "the context", Packet(0x0003_0000, "user\0app\0app.tenant_id\0globex\0\0"), "42501" },
        { "the context in options", Packet(0x0003_0000, "user\0app\0options\0-c app.tenant_id=globex\0\0"), "42501" },
        { "the context in options, long", Packet(0x0003_0000, "user\0app\0options\0--app.tenant-id=globex\0\0"), "42501" },
        { "the role", Packet(0x0003_0000, "user\0app\0role\0postgres\0\0"), "42501" },
        { "strings that do not conform", Packet(0x0003_0000, "user\0app\0standard_conforming_strings\0off\0\0"), "42501" },
        { "bytes behind SSLRequest", [.. Packet(SslRequest, ""), .. Packet(0x0003_0000, "user\0app\0\0")], "08P01" },
        { "bytes behind GSSENCRequest", [.. Packet(GssEncRequest, ""), .. Packet(0x0003_0000, "user\0app\0\0")], "08P01" },
        { "SSLRequest with a body", Packet(SslRequest, "x"), "08P01" },
        { "a cancel key of 3 bytes", Packet(CancelRequest, "\0\0\0\u0001abc"), "08P01" },
        { "a cancel key of 257 bytes", Packet(CancelRequest, "\0\0\0\u0001" + new string('k', 257)), "08P01" },
        { "a cancel without a key", Packet(CancelRequest, ""), "08P01" },
        { "an unknown cancel key", Packet(CancelRequest, "\0\0\0\u0001abcd"), "" },
        { "an unknown cancel key of 256 bytes", Packet(CancelRequest, "\0\0\0\u0001" + new string('k', 256)), "" },
        { "a TLS record without TLS", [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01], "08P01" },
    };

    /// <summary>What stands in place of a SASL message.</summary>
    public static TheoryData<string, string> Proofs => new()
    {
        { "a query", "Q\0\0\0\u000dselect 1\0" },
        { "a length of 0", "p\0\0\0\0" },
        { "a negative length", "p\u00ff\u00ff\u00ff\u00ff" },
        { "a length of 65,536", "p\0\u0001\0\0" },
        { "an empty message", "p\0\0\0\u0004" },
        { "a mechanism without an end", "p\0\0\0\u0008SCRA" },
        { "an unknown mechanism", Sasl("SCRAM-SHA-1", "n,,n=,r=x") },
        { "channel binding that was not offered", Sasl("SCRAM-SHA-256-PLUS", "p=tls-server-end-point,,n=,r=x") },
        { "a response of negative length", "p\0\0\0\u0016SCRAM-SHA-256\0\u00ff\u00ff\u00ff\u00fe" },
        { "a response of 2 GB", "p\0\0\0\u0016SCRAM-SHA-256\0\u007f\u00ff\u00ff\u00ff" },
        { "no response", Sasl("SCRAM-SHA-256", "") },
        { "no header", Sasl("SCRAM-SHA-256", "n=,r=x") },
        { "an open header", Sasl("SCRAM-SHA-256", "n") },
        { "another identity", Sasl("SCRAM-SHA-256", "n,a=root,n=,r=x") },
        { "an extension", Sasl("SCRAM-SHA-256", "n,,m=x,n=,r=x") },
        { "no nonce", Sasl("SCRAM-SHA-256", "n,,n=") },
        { "an empty nonce", Sasl("SCRAM-SHA-256", "n,,n=,r=") },
        { "a nonce of 60,000 bytes", Sasl("SCRAM-SHA-256", "n,,n=,r=" + new string('x', 60_000)) },
        { "a nonce with a control", Sasl("SCRAM-SHA-256", "n,,n=,r=a\u0001b") },
        { "a NUL", Sasl("SCRAM-SHA-256", "n,,n=,r=a\0b") },
        { "binding in plain", Sasl("SCRAM-SHA-256", "p=tls-unique,,n=,r=x") },
    };

    /// <summary>What stands in place of the client's proof, after its own first message.</summary>
    public static TheoryData<string> Finals =>
    [
        "", "\0", "c=biws", "c=biws,r={0}", "c=biws,r={0},p=", "c=biws,r={0},p=!!!!", "c=biws,r={0},p=AAAA", "c=biws,r=other,p={1}", "c=eSws,r={0},p={1}", "r={0},c=biws,p={1}", "c=biws,r={0},p={1},p={1}", "c=biws,r={0},p={1}",
        "c=biws,r={0},m=x,p={1}x",
    ];

    /// <summary>What no session takes: it ends with 08P01, after the answers to what came before.</summary>
    public static TheoryData<string, string> Violations => new()
    {
        { "a length of 0", "S\0\0\0\0" },
        { "a length of 3", "Q\0\0\0\u0003" },
        { "a negative length", "B\u00ff\u00ff\u00ff\u00ff" },
        { "a length of 2 GB", "d\u0080\0\0\0" },
        { "a length of 1 GB", "B\u0040\0\0\0" },
        { "a Sync of 10,001 bytes", "S\0\0\u0027\u0011" },
        { "an Execute of 64 KB", "E\0\u0001\0\0" },
        { "a password", "p\0\0\0\u0008\0\0\0\0" },
        { "an unknown type", "!\0\0\0\u0004" },
        { "a NUL as type", "\0\0\0\0\u0004" },
        { "a backend message", "Z\0\0\0\u0005I" },
        { "a start-up packet", "\0\0\0\u0008\u0004\u00d2\u0016\u002f" },
    };

    /// <summary>Statements that no server is to read; each is refused and the session goes on.</summary>
    public static TheoryData<char, string, string> Statements => new()
    {
        { 'Q', "", "08P01" },
        { 'Q', "select 1", "08P01" },
        { 'Q', "select 1\0; drop table t\0", "08P01" },
        { 'Q', "\0\0", "08P01" },
        { 'P', "", "08P01" },
        { 'P', "name", "08P01" },
        { 'P', "name\0select 1", "08P01" },
        { 'P', "name\0select 1\0", "08P01" },
        { 'P', "name\0select 1\0\0", "08P01" },
        { 'P', "name\0select 1\0\0\u0001", "08P01" },
        { 'P', "name\0select 1\0\u00ff\u00ff", "08P01" },
        { 'P', "name\0select 1\0\0\0junk", "08P01" },
        { 'Q', "refuse\0", "42501" },
        { 'P', "\0refuse\0\0\0", "42501" },
        { 'Q', "create table t()\0", "LP301" },
        { 'Q', new string('x', 100_001) + "\0", "54000" },
        { 'P', "name\0" + new string('x', 100_001) + "\0\0\0", "54000" },
        { 'F', "\0\0\u0008\u001e\0\0\0\0\0\0", "0A000" },
        { 'F', "", "0A000" },
    };

    [Theory, MemberData(nameof(FirstPackets))]
    public async Task A_first_packet_that_is_none(string name, byte[] packet, string code)
    {
        await using ProtocolScene scene = await ProtocolScene.StartAsync(method: AuthMethod.Scram);
        string said = (await scene.SendAsync(packet)).TrimStart('N');
        Assert.True(code.Length == 0 ? said.Length == 0 : said.Contains($"VFATAL\0C{code}\0", StringComparison.Ordinal), $"{name}: {said}");
        Assert.Equal(0, scene.Server.Accepted);
        await scene.AssertUnharmedAsync();
    }

    [Theory]
    [InlineData(SslRequest)]
    [InlineData(GssEncRequest)]
    public async Task Encryption_is_asked_for_once(int request)
    {
        await using ProtocolScene scene = await ProtocolScene.StartAsync();
        using ScriptedClient client = await scene.OpenAsync();
        await client.Stream.Write(Packet(request, "")).FlushAsync(Cancellation);
        Assert.Equal("N"u8.ToArray(), await client.Stream.ReadBytesAsync(1, Cancellation));
        await client.Stream.Write(Packet(request, "")).FlushAsync(Cancellation);
        Assert.Contains("C08P01", Encoding.Latin1.GetString(await client.Stream.ReadToEndAsync(Cancellation)), StringComparison.Ordinal);
        await scene.AssertUnharmedAsync();
    }

    [Fact]
    public async Task After_a_denied_encryption_the_other_kind_and_a_session_may_follow()
    {
        await using ProtocolScene scene = await ProtocolScene.StartAsync();
        using ScriptedClient client = await scene.OpenAsync();
        foreach (int request in new[] { GssEncRequest, SslRequest })
        {
            await client.Stream.Write(Packet(request, "")).FlushAsync(Cancellation);
            Assert.Equal("N"u8.ToArray(), await client.Stream.ReadBytesAsync(1, Cancellation));
        }

        await client.LogInAsync(Password, ScriptedClient.Startup(ProtocolVersion.V30, "user", Role), Cancellation);
        Assert.Equal(8, client.CancelKey.Length);
        client.Dispose();
        await scene.AssertUnharmedAsync();
    }

    [Theory, MemberData(nameof(Proofs))]
    public async Task A_proof_that_is_none(string name, string message)
    {
        await using ProtocolScene scene = await ProtocolScene.StartAsync(method: AuthMethod.Scram);
        string said = await scene.SendAsync([.. ScriptedClient.Startup(ProtocolVersion.V30, "user", Role), .. Encoding.Latin1.GetBytes(message)]);
        Assert.True(said.Contains("VFATAL\0C08P01\0", StringComparison.Ordinal) || said.Contains("VFATAL\0C0A000\0", StringComparison.Ordinal), $"{name}: {said}");
        Assert.Equal(0, scene.Server.Accepted);
        await scene.AssertUnharmedAsync();
    }

    [Theory, MemberData(nameof(Finals))]
    public async Task A_final_message_that_proves_nothing(string final)
    {
        await using ProtocolScene scene = await ProtocolScene.StartAsync(method: AuthMethod.Scram);
        using ScriptedClient client = await scene.OpenAsync();
        await client.Stream.Write(ScriptedClient.Startup(ProtocolVersion.V30, "user", Role)).Write(Encoding.Latin1.GetBytes(Sasl("SCRAM-SHA-256", "n,,n=,r=mine"))).FlushAsync(Cancellation);
        Assert.Equal('R', (await client.Stream.ReadAsync(Cancellation))!.Type);
        string nonce = (await client.Stream.ReadAsync(Cancellation))!.Body[6..].Split(',')[0];
        await client.Stream.Write('p', final.Replace("{0}", nonce, StringComparison.Ordinal).Replace("{1}", Convert.ToBase64String(new byte[32]), StringComparison.Ordinal)).FlushAsync(Cancellation);
        ScriptedMessage? error = await client.Stream.ReadAsync(Cancellation);
        Assert.Equal('E', error?.Type);
        Assert.Matches("C(28P01|08P01)\0", error!.Body);
        Assert.Equal(0, scene.Server.Accepted);
        await scene.AssertUnharmedAsync();
    }

    [Theory, MemberData(nameof(Violations))]
    public async Task A_violation_ends_the_session_after_what_came_before_it(string name, string bytes)
    {
        await using ProtocolScene scene = await ProtocolScene.StartAsync();
        using ScriptedClient client = await scene.LogInAsync();
        client.Query("select 1").Stream.Write(Encoding.Latin1.GetBytes(bytes));
        List<ScriptedMessage> answers = await client.AskAsync(int.MaxValue, Cancellation).WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
        Assert.True(Types(answers) == "TDCZE", $"{name}: {Types(answers)}");
        Assert.Contains("VFATAL\0C08P01\0", answers[^1].Body, StringComparison.Ordinal);
        await scene.AssertUnharmedAsync();
    }

    [Theory, MemberData(nameof(Statements))]
    public async Task A_statement_that_nobody_is_to_read(char type, string body, string code)
    {
        await using ProtocolScene scene = await ProtocolScene.StartAsync();
        using ScriptedClient client = await scene.LogInAsync();
        foreach (bool behind in new[] { false, true })
        {
            if (behind)
            {
                client.Query("select 1");
            }

            client.Frame(type, body);
            if (type == 'P')
            {
                client.Sync();
            }

            List<ScriptedMessage> answers = await client.Query("select 1").AskAsync(behind ? 3 : 2, Cancellation).WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
            Assert.Equal((behind ? "TDCZ" : "") + "EZTDCZ", Types(answers));
            Assert.Contains($"VERROR\0C{code}\0", answers[behind ? 4 : 0].Body, StringComparison.Ordinal);
        }

        client.Dispose();
        await scene.AssertUnharmedAsync();
    }

    private static byte[] Packet(int code, string body)
    {
        byte[] packet = new byte[8 + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(packet, packet.Length);
        BinaryPrimitives.WriteInt32BigEndian(packet.AsSpan(4), code);
        Encoding.Latin1.GetBytes(body, packet.AsSpan(8));
        return packet;
    }

    private static string Sasl(string mechanism, string response)
    {
        string body = $"{mechanism}\0{Int32(response.Length)}{response}";
        return $"p{Int32(body.Length + 4)}{body}";
    }

    private static string Int32(int value) => new([(char)(value >> 24 & 255), (char)(value >> 16 & 255), (char)(value >> 8 & 255), (char)(value & 255)]);
}
