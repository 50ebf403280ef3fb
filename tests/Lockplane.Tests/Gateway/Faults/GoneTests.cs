using System.Net.Sockets;
using System.Text;
using Lockplane.Gateway.Authentication;
using Lockplane.Scripted;
using Lockplane.Tests.Gateway.Protocol;
using Lockplane.Wire;
using static Lockplane.Tests.Gateway.Protocol.ProtocolScene;

namespace Lockplane.Tests.Gateway.Faults;

/// <summary>Either side goes, at each point of a session, cleanly or not: the other is told, and nothing stays.</summary>
[Collection(FaultGroup.Name)]
public sealed class GoneTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_goes_after_each_byte(bool reset)
    {
        await using ProtocolScene scene = await ProtocolScene.StartAsync();
        await scene.AssertUnharmedAsync();
        ProcessHoldings before = new();
        byte[] session =
        [
            .. ScriptedClient.Startup(ProtocolVersion.V32, "user", Role, "database", "shop"), .. Message('Q', "select 1\0"), .. Message('P', "\0select 1\0\0\0"), .. Message('B', "\0\0\0\0\0\0\0\0"),
            .. Message('E', "\0\0\0\0\0"), .. Message('S', ""), .. Message('Q', "create table t()\0"), .. Message('d', "copy"), .. Message('X', ""),
        ];
        await Parallel.ForAsync(0, session.Length + 1, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Cancellation }, async (count, _) =>
        {
            using ScriptedClient client = await scene.OpenAsync();
            await client.Stream.Write(session.AsSpan(0, count)).FlushAsync(Cancellation);

            // At times it stays long enough to be answered, at times it does not.
            await Task.Delay(count % 4, Cancellation);
            if (reset)
            {
                client.Stream.Reset();
            }
        });
        await scene.AssertUnharmedAsync();
        await before.AssertBackAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_goes_after_each_byte_of_a_login_and_an_answer(bool reset)
    {
        int most = 0;
        await using ProtocolScene scene = await ProtocolScene.StartAsync(async (backend, cancellation) =>
        {
            int left = Volatile.Read(ref most);
            await backend.ReadStartupAsync(cancellation);
            await ProvePartlyAsync(backend, left, reset, cancellation);
        });
        await scene.LogInAsync().ContinueWith(static _ => { }, TaskScheduler.Default);
        await scene.AssertEmptyAsync();
        ProcessHoldings before = new();
        for (most = 0; most < 330; most += 3)
        {
            using ScriptedClient client = await scene.OpenAsync();
            client.Stream.Write(ScriptedClient.Startup(ProtocolVersion.V30, "user", Role)).Write('Q', "select 1\0");
            await client.Stream.FlushAsync(Cancellation);
            string said = Encoding.Latin1.GetString(await client.Stream.ReadToEndAsync(Cancellation).WaitAsync(TimeSpan.FromSeconds(20), Cancellation));

            // Inside a message nothing of ours may follow.
            if (!reset && EndsWithWholeMessage(said))
            {
                Assert.True(said.Contains("VFATAL\0C57P03\0", StringComparison.Ordinal), $"after {most} bytes: {said}");
            }
        }

        await scene.AssertUnharmedAsync();
        await before.AssertBackAsync();
    }

    [Fact]
    public async Task A_killed_server_ends_all_its_sessions_and_the_next_come_up()
    {
        await using ProtocolScene scene = await ProtocolScene.StartAsync(method: AuthMethod.Scram);
        await scene.AssertUnharmedAsync();
        ProcessHoldings before = new();
        List<ScriptedClient> clients = [];
        for (int i = 0; i < 100; i++)
        {
            clients.Add(await scene.LogInAsync());
        }

        Task<List<ScriptedMessage>>[] ends = [.. clients.Select(client => client.ReadAsync(int.MaxValue, Cancellation))];
        scene.Server.Kill();
        foreach (List<ScriptedMessage> end in await Task.WhenAll(ends).WaitAsync(TimeSpan.FromSeconds(20), Cancellation))
        {
            Assert.Contains("VFATAL\0C57P03\0", Assert.Single(end).Body, StringComparison.Ordinal);
        }

        clients.ForEach(client => client.Dispose());
        await scene.AssertUnharmedAsync();
        await before.AssertBackAsync();
    }

    [Fact]
    public async Task A_client_that_only_finished_sending_still_gets_its_answers()
    {
        await using ProtocolScene scene = await ProtocolScene.StartAsync();
        using ScriptedClient client = await scene.LogInAsync();
        for (int i = 0; i < 100; i++)
        {
            client.Query("select 1");
        }

        await client.Stream.FlushAsync(Cancellation);
        client.Stream.Socket.Shutdown(SocketShutdown.Send);
        List<ScriptedMessage> answers = await client.ReadAsync(int.MaxValue, Cancellation).WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
        Assert.Equal(string.Concat(Enumerable.Repeat("TDCZ", 100)), Types(answers));
        await scene.AssertUnharmedAsync();
    }

    [Fact]
    public async Task A_server_that_only_finished_sending_is_gone()
    {
        TaskCompletionSource finish = new();
        await using ProtocolScene scene = await ProtocolScene.StartAsync(async (backend, cancellation) =>
        {
            await ProveAsync(backend, cancellation);
            await backend.Welcome().FlushAsync(cancellation);
            await finish.Task;
            backend.Stream.Socket.Shutdown(SocketShutdown.Send);
            await backend.Stream.ReadToEndAsync(cancellation);
        });
        using ScriptedClient client = await scene.LogInAsync();
        finish.SetResult();
        List<ScriptedMessage> end = await client.ReadAsync(int.MaxValue, Cancellation).WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
        Assert.Contains("VFATAL\0C57P03\0", Assert.Single(end).Body, StringComparison.Ordinal);
        await scene.AssertUnharmedAsync();
    }

    private static bool EndsWithWholeMessage(string bytes)
    {
        int at = 0;
        while (at + 5 <= bytes.Length)
        {
            at += 1 + (bytes[at + 3] << 8) + bytes[at + 4];
        }

        return at == bytes.Length;
    }

    // Sends so many bytes of what a server says, then goes.
    private static async Task ProvePartlyAsync(ScriptedBackend backend, int left, bool reset, CancellationToken cancellation)
    {
        async Task<bool> SayAsync(byte[] bytes)
        {
            await backend.Stream.Write(bytes.AsSpan(0, Math.Min(left, bytes.Length))).FlushAsync(cancellation);
            left -= bytes.Length;
            return left > 0;
        }

        ScramSecret secret = new(Password, "salt"u8.ToArray(), 1);
        string bare = "";
        if (await SayAsync(Message('R', "\0\0\0\u000aSCRAM-SHA-256\0\0")))
        {
            bare = (await backend.ReadAsync('p', cancellation)).Split(",,")[1];
            string first = $"{bare[bare.IndexOf("r=", StringComparison.Ordinal)..]}server,s={secret.Salt},i=1";
            if (await SayAsync(Message('R', "\0\0\0\u000b" + first)))
            {
                string final = await backend.ReadAsync('p', cancellation);
                string signed = $"{bare},{first},{final[..final.LastIndexOf(",p=", StringComparison.Ordinal)]}";
                await SayAsync(
                [
                    .. Message('R', $"\0\0\0\u000cv={secret.Signature(signed)}"), .. Message('R', "\0\0\0\0"), .. Message('S', "TimeZone\0UTC\0"), .. Message('K', "\0\0\0\u0001abcd"), .. Message('Z', "I"),
                    .. Message('T', "\0\0"), .. Message('D', new string('d', 400)),
                ]);
            }
        }

        if (reset)
        {
            backend.Stream.Reset();
        }
    }

    private static byte[] Message(char type, string body) => Encoding.Latin1.GetBytes($"{type}\0\0{(char)((body.Length + 4) >> 8)}{(char)((body.Length + 4) & 255)}{body}");
}
