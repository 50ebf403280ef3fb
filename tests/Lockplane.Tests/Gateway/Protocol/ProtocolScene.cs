using System.Collections.Concurrent;
using System.Text;
using Lockplane.Gateway;
using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Identity;
using Lockplane.Gateway.Servers;
using Lockplane.Scripted;
using Lockplane.Tests.Gateway.Relays;
using Microsoft.Extensions.Logging;

namespace Lockplane.Tests.Gateway.Protocol;

/// <summary>A gateway on real sockets between a scripted server and scripted clients. Whatever a test does to it, it must go on serving, end every session, and log no failure of its own.</summary>
internal sealed class ProtocolScene : IAsyncDisposable, IDdlGate, ILoggerFactory, ILogger
{
    public const string Role = "app";
    public const string Password = "pencil";

    // One iteration: what is tested here is what is said, not what a guess costs.
    private static readonly ScramSecret Secret = new(Password, "salt of the scene"u8.ToArray(), 1);

    // Every test of this folder on Socket and poll(2), as on systems without epoll.
    private static readonly bool Portable = Environment.GetEnvironmentVariable("LOCKPLANE_TEST_PORTABLE") == "1" || !OperatingSystem.IsLinux();

    private readonly Func<ScriptedBackend, CancellationToken, Task>? _script;
    private readonly ConcurrentBag<ScriptedClient> _clients = [];
    private int _hostile = int.MaxValue;

    private ProtocolScene(Func<ScriptedBackend, CancellationToken, Task>? script, Func<GatewayOptions, GatewayOptions>? configure, AuthMethod method)
    {
        _script = script;
        Server = new ScriptedServer(ServeAsync);
        GatewayOptions options = new()
        {
            Port = 0,
            Loops = 2,
            Server = new ServerOptions { Port = Server.Port, Users = Userlist.Parse($"\"{Role}\" \"{Password}\"") },
            Users = Userlist.Parse($"\"{Role}\" \"{Secret.Verifier}\""),
            Auth = [new AuthRule { Method = method }],
            Identity = [new IdentityRule { User = Role, TenantId = "acme" }],
            MaxStatementBytes = 100_000,
        };
        options = configure?.Invoke(options) ?? options;
        Gateway = new GatewayServer(options, new RuleIdentitySource(options.Identity, options.ContextPrefix), new ScriptedJudge(RelayScript.Judge), this, this) { Portable = Portable };
    }

    public GatewayServer Gateway { get; }

    public ScriptedServer Server { get; }

    /// <summary>What the gateway logged as an error, or with an exception: each is a bug.</summary>
    public ConcurrentQueue<string> Errors { get; } = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Starts both.</summary>
    /// <param name="script">What the server does with connections until <see cref="Behave"/>; without one it does all right.</param>
    public static async Task<ProtocolScene> StartAsync(
        Func<ScriptedBackend, CancellationToken, Task>? script = null, Func<GatewayOptions, GatewayOptions>? configure = null, AuthMethod method = AuthMethod.Trust)
    {
        ProtocolScene scene = new(script, configure, method);
        await scene.Gateway.StartAsync(Cancellation);
        return scene;
    }

    /// <summary>A server's whole part of a session that goes well; a refused statement is answered as Postgres does.</summary>
    public static async Task ServeWellAsync(ScriptedBackend backend, CancellationToken cancellation)
    {
        if (await backend.LogInAsync(_ => Secret, cancellation))
        {
            await AnswerAsync(backend, cancellation);
        }
    }

    /// <summary>Logs in as a server does, without the messages after AuthenticationOk.</summary>
    public static async Task ProveAsync(ScriptedBackend backend, CancellationToken cancellation)
    {
        if (!await backend.ReadStartupAsync(cancellation))
        {
            throw new EndOfStreamException();
        }

        Assert.True(await backend.ProveAsync(Secret, cancellation));
    }

    /// <summary>From now on the server does all right.</summary>
    public void Behave() => Volatile.Write(ref _hostile, Server.Accepted);

    /// <summary>Connects and sends nothing.</summary>
    public async Task<ScriptedClient> OpenAsync() => Keep(await ScriptedClient.OpenAsync(Gateway.Port, Cancellation));

    /// <summary>Connects and logs in; <see cref="ScriptedClient.Refusal"/> says how it went.</summary>
    public async Task<ScriptedClient> LogInAsync() => Keep(await ScriptedClient.LogInAsync(Gateway.Port, Role, Password, "shop", null, Cancellation));

    /// <summary>Sends bytes and nothing else, ends, and gives all that the gateway says.</summary>
    public async Task<string> SendAsync(params byte[] bytes)
    {
        using ScriptedClient client = await OpenAsync();
        await SendAsync(client, bytes);
        return Encoding.Latin1.GetString(await client.Stream.ReadToEndAsync(Cancellation).WaitAsync(TimeSpan.FromSeconds(20), Cancellation));
    }

    /// <summary>A session from login to answer, as proof that the gateway still serves.</summary>
    public async Task ProbeAsync()
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        deadline.CancelAfter(TimeSpan.FromSeconds(20));
        using ScriptedClient client = await ScriptedClient.LogInAsync(Gateway.Port, Role, Password, "shop", null, deadline.Token);
        Assert.Null(client.Refusal);
        Assert.Equal("TDCZ", Types(await client.Query("select 1").AskAsync(1, deadline.Token)));
        await client.Frame('X', "").Stream.FlushAsync(deadline.Token);
    }

    /// <summary>Ends the clients that are left, and demands that all sessions end, that the gateway still serves, and that nothing failed.</summary>
    public async Task AssertUnharmedAsync()
    {
        Behave();
        while (_clients.TryTake(out ScriptedClient? client))
        {
            client.Dispose();
        }

        await AssertEmptyAsync();
        await ProbeAsync();
        await AssertEmptyAsync();
        Assert.Empty(Errors);
        Assert.Empty(Server.Failures);
    }

    /// <summary>Waits until no session is left.</summary>
    public async Task AssertEmptyAsync()
    {
        for (int i = 0; Gateway.SessionCount > 0 || Gateway.Status.Connections > 0 || Server.Open > 0; i++)
        {
            Assert.True(i < 2_000, $"{Gateway.SessionCount} sessions, {Gateway.Status.Connections} connections of clients and {Server.Open} of the server did not end");
            await Task.Delay(10, Cancellation);
        }
    }

    /// <summary>The types of messages, in order.</summary>
    public static string Types(IEnumerable<ScriptedMessage> messages) => string.Concat(messages.Select(message => message.Type));

    public Task<DdlAnswer> ProposeAsync(DdlRequest request, CancellationToken cancellation) => Task.FromResult(new DdlAnswer(null, "there is none in tests."));

    public Task<DdlOutcome> ApplyAsync(DdlRequest request, CancellationToken cancellation) => throw new InvalidOperationException("No session here has profile migrator.");

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await Server.DisposeAsync();
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel >= LogLevel.Error || exception is not null)
        {
            Errors.Enqueue($"{formatter(state, exception)} {exception}");
        }
    }

    void IDisposable.Dispose()
    {
    }

    private ScriptedClient Keep(ScriptedClient client)
    {
        _clients.Add(client);
        return client;
    }

    private static async Task SendAsync(ScriptedClient client, byte[] bytes)
    {
        await client.Stream.Write(bytes).FlushAsync(Cancellation);
        client.Stream.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
    }

    private static async Task AnswerAsync(ScriptedBackend backend, CancellationToken cancellation)
    {
        bool skipping = false;
        while (await backend.Stream.ReadAsync(cancellation) is { Type: not 'X' } message)
        {
            int marker = message.Type is 'Q' or 'P' ? message.Body.IndexOf("lockplane_refused_", StringComparison.Ordinal) : -1;
            skipping &= message.Type is not 'S';
            if (marker >= 0 && !skipping)
            {
                backend.Write('E', $"SERROR\0VERROR\0C42601\0Msyntax error at or near \"{message.Body[marker..].Split(' ')[0]}\"\0P1\0\0");
                skipping = message.Type == 'P';
                if (message.Type == 'Q')
                {
                    backend.Write('Z', "I");
                }
            }
            else if (!skipping)
            {
                backend.Answer(message);
            }

            if (message.Type is 'Q' or 'S' or 'H')
            {
                await backend.FlushAsync(cancellation);
            }
        }
    }

    private Task ServeAsync(ScriptedBackend backend, CancellationToken cancellation) =>
        _script is null || backend.Number > Volatile.Read(ref _hostile) ? ServeWellAsync(backend, cancellation) : _script(backend, cancellation);
}
