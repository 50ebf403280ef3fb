using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Lockplane.Gateway;
using Lockplane.Gateway.Audit;
using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Identity;
using Lockplane.Gateway.Loops;
using Lockplane.Gateway.Metrics;
using Lockplane.Gateway.Servers;
using Lockplane.Gateway.Sessions;
using Lockplane.Gateway.Statements;
using Lockplane.Scripted;
using Lockplane.Tests.Gateway.Relays;
using Lockplane.Wire;
using Microsoft.Extensions.Logging.Abstractions;
using static Lockplane.Tests.Gateway.Relays.RelayScript;

namespace Lockplane.Tests.Gateway.Sessions;

/// <summary>Whole sessions on a loop in memory: the test is the client, and a script is the server.</summary>
internal sealed class SessionScene : IDisposable, IDdlGate
{
    private static readonly ScramSecret Secret = new("secret", [1, 2, 3, 4, 5, 6, 7, 8]);

    private readonly GatewayMetrics _metrics = new();

    public SessionScene(Func<GatewayOptions, GatewayOptions>? configure = null, bool knows = true, JudgeText? judge = null)
    {
        Userlist users = Userlist.Parse("\"ann\" \"secret\"");
        GatewayOptions options = new()
        {
            Server = new ServerOptions { Users = users },
            Users = users,
            Auth = [new AuthRule { Method = AuthMethod.Trust, Address = IPNetwork.Parse("127.0.0.0/8") }],
            Identity = [new IdentityRule { User = "ann", TenantId = "acme" }],
            MaxStatementBytes = 100_000,
        };
        options = configure?.Invoke(options) ?? options;
        Loop = new FakeLoop(_metrics.AddLoop());
        Parts = new GatewayParts(
            SessionTerms.From(options, new RuleIdentitySource(options.Identity, "app."), new ScriptedJudge(judge ?? Judge, knows)), this, NoAudit.Instance, _metrics, null, NullLogger.Instance);
    }

    public FakeLoop Loop { get; }

    public GatewayParts Parts { get; }

    /// <summary>What was asked to be applied.</summary>
    public ConcurrentBag<string> Applying { get; } = [];

    /// <summary>What becomes of it, once it is set.</summary>
    public TaskCompletionSource<DdlOutcome> Outcome { get; set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether a plan never comes.</summary>
    public bool PlansForever { get; set; }

    /// <summary>The most that one Receive gives, for connections to come.</summary>
    public int Chunk { get; set; } = int.MaxValue;

    public static byte[] Startup => ScriptedClient.Startup(ProtocolVersion.V32, "user", "ann", "database", "shop");

    /// <summary>A client that has connected and said nothing.</summary>
    /// <param name="local">By the Unix socket.</param>
    public SceneSession Open(bool local = false)
    {
        FakeConnection client = Loop.Open();
        client.Chunk = Chunk;
        Session session = new(Loop, Parts, client, local ? null : new IPEndPoint(IPAddress.Loopback, 1));
        session.Begin();
        return new SceneSession(this, session, client);
    }

    /// <summary>A session that is up, with an empty record of what was sent.</summary>
    public SceneSession LogIn()
    {
        SceneSession scene = Open();
        scene.Client.Feed(Startup);
        scene.LogServerIn();
        Assert.EndsWith("Z", scene.TypesToClient, StringComparison.Ordinal);
        scene.Client.Sent.Clear();
        scene.Server.Sent.Clear();
        return scene;
    }

    public Task<DdlAnswer> ProposeAsync(DdlRequest request, CancellationToken cancellation) =>
        PlansForever ? new TaskCompletionSource<DdlAnswer>().Task.WaitAsync(cancellation) : Task.FromResult(new DdlAnswer("sha256:00", null));

    public Task<DdlOutcome> ApplyAsync(DdlRequest request, CancellationToken cancellation)
    {
        Applying.Add(request.Sql);
        return Outcome.Task.WaitAsync(cancellation);
    }

    public void Dispose()
    {
        foreach (Session session in Parts.Sessions)
        {
            session.Dispose();
        }

        Parts.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _metrics.Dispose();
    }

    /// <summary>One session of the scene.</summary>
    internal sealed class SceneSession(SessionScene scene, Session session, FakeConnection client)
    {
        public Session Session => session;

        public FakeConnection Client => client;

        public FakeConnection Server { get; private set; } = null!;

        public string TypesToClient => string.Concat(Messages(client.Sent).Select(message => message.Type));

        public string TypesToServer => string.Concat(Messages(Server.Sent).Select(message => message.Type));

        /// <summary>The last message to the client.</summary>
        public (char Type, string Body) Last => Messages(client.Sent)[^1];

        /// <summary>Feeds the client's bytes and turns.</summary>
        public void FromClient(params ReadOnlySpan<byte> bytes)
        {
            client.Feed(bytes);
            scene.Loop.Run();
        }

        /// <summary>Feeds the server's bytes and turns.</summary>
        public void FromServer(params ReadOnlySpan<byte> bytes)
        {
            Server.Feed(bytes);
            scene.Loop.Run();
        }

        /// <summary>Takes the connection to the server and plays its part of the login.</summary>
        public void LogServerIn()
        {
            int before = scene.Loop.Connected.Count;
            scene.Loop.RunUntil(() => scene.Loop.Connected.Count > before);
            Server = scene.Loop.Connected[^1];
            Server.Chunk = scene.Chunk;
            scene.Loop.RunUntil(() => Server.Sent.Count > 0);
            Server.Sent.Clear();
            FromServer(Frame('R', "\0\0\0\u000aSCRAM-SHA-256\0\0"));
            string first = Encoding.Latin1.GetString([.. Server.Sent]);
            string bare = first[(first.IndexOf("n,,", StringComparison.Ordinal) + 3)..];
            string nonce = bare[(bare.IndexOf("r=", StringComparison.Ordinal) + 2)..] + "server";
            string challenge = $"r={nonce},s={Secret.Salt},i={Secret.Iterations}";
            Server.Sent.Clear();
            Server.Feed(Frame('R', "\0\0\0\u000b" + challenge));
            scene.Loop.RunUntil(() => Server.Sent.Count > 0);
            Server.Sent.Clear();
            string signature = Secret.Signature($"{bare},{challenge},c=biws,r={nonce}");
            FromServer([.. Frame('R', "\0\0\0\u000cv=" + signature), .. Frame('R', "\0\0\0\0"), .. Frame('S', "client_encoding\0UTF8\0"), .. Frame('K', "\0\0\0\u0007serverkey"), .. Frame('Z', "I")]);
        }
    }
}
