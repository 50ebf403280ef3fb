using System.Text;
using Lockplane.Gateway.Authentication;
using Lockplane.Scripted;
using Lockplane.Wire;
using static Lockplane.Tests.Gateway.Protocol.ProtocolScene;

namespace Lockplane.Tests.Gateway.Protocol;

/// <summary>Random peers on real sockets, from a printed seed. Whatever they send: no failure of the gateway's own, no hang, nothing left behind, and others are served.</summary>
public sealed class SocketFuzzTests
{
    private const double Seconds = 8;
    private const int Lanes = 4;

    private static readonly byte[][] Login = [ScriptedClient.Startup(ProtocolVersion.V32, "user", Role, "database", "shop", "application_name", "fuzz")];

    private static readonly byte[][] FromClient =
    [
        Frame('Q', "select 1\0"), Frame('P', "s\0select $1\0\0\u0001\0\0\0\u0017"), Frame('B', "\0s\0\0\0\0\u0001\0\0\0\u00015\0\0"), Frame('D', "P\0"), Frame('E', "\0\0\0\0\0"), Frame('H', ""), Frame('C', "Ss\0"),
        Frame('S', ""), Frame('Q', "refuse\0"), Frame('Q', "create table t()\0"), Frame('F', "\0\0\u0008\u001e\0\0\0\0\0\0"), Frame('d', "copy data\n"), Frame('c', ""), Frame('f', "why\0"), Frame('Q', "\0"), Frame('X', ""),
    ];

    private static readonly byte[][] FromServer =
    [
        Frame('T', "\0\u0001n\0\0\0\0\0\0\0\0\0\0\u0017\0\u0004\u00ff\u00ff\u00ff\u00ff\0\0"), Frame('D', "\0\u0001\0\0\0\u00011"), Frame('C', "SELECT 1\0"), Frame('N', "SNOTICE\0C00000\0Mn\0\0"), Frame('S', "TimeZone\0UTC\0"),
        Frame('Z', "I"), Frame('1', ""), Frame('2', ""), Frame('n', ""), Frame('t', "\0\0"), Frame('s', ""), Frame('G', "\0\0\0"), Frame('H', "\0\0\0"), Frame('d', "row\n"), Frame('c', ""),
        Frame('A', "\0\0\0\u0001c\0p\0"), Frame('E', "SERROR\0C22012\0Mdivision by zero\0\0"), Frame('Z', "E"), Frame('I', ""), Frame('3', ""), Frame('K', "\0\0\0\u0001abcd"), Frame('R', "\0\0\0\0"),
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(AuthMethod.Trust)]
    [InlineData(AuthMethod.Scram)]
    public async Task Random_clients_harm_nobody(AuthMethod method)
    {
        await using ProtocolScene scene = await ProtocolScene.StartAsync(method: method);
        await RunAsync(scene, async seed =>
        {
            Mutation mutation = new(seed);
            byte[] bytes = [.. mutation.Of(Login, FromClient, headers: 0), .. method == AuthMethod.Scram ? mutation.Of([Sasl()], FromClient) : mutation.Of(FromClient, FromClient)];
            using ScriptedClient client = await scene.OpenAsync();
            await PourAsync(client.Stream, mutation.Split(bytes));
            await client.Stream.ReadToEndAsync(Cancellation);
        });
    }

    [Fact]
    public async Task Random_servers_harm_nobody()
    {
        int wild = 0;
        await using ProtocolScene scene = await ProtocolScene.StartAsync(async (backend, cancellation) =>
        {
            Mutation mutation = new(Volatile.Read(ref wild) + backend.Number);
            switch (backend.Number % 4)
            {
                case 0:
                    await backend.ReadStartupAsync(cancellation);
                    await PourAsync(backend.Stream, mutation.Split(mutation.Of([Frame('R', "\0\0\0\u000aSCRAM-SHA-256\0\0"), Frame('R', "\0\0\0\u000br=x,s=c2FsdA==,i=1"), Frame('R', "\0\0\0\u000cv=x"), .. FromServer], FromServer)));
                    break;
                case 1:
                    await ProveAsync(backend, cancellation);
                    await PourAsync(backend.Stream, mutation.Split(mutation.Of([Frame('R', "\0\0\0\0"), Frame('S', "TimeZone\0UTC\0"), Frame('K', "\0\0\0\u0001abcd"), Frame('Z', "I"), .. FromServer], FromServer)));
                    break;
                default:
                    await ProveAsync(backend, cancellation);
                    await backend.Welcome().FlushAsync(cancellation);
                    await PourAsync(backend.Stream, mutation.Split(mutation.Of(FromServer, FromServer)));
                    break;
            }
        });
        await RunAsync(scene, async seed =>
        {
            Volatile.Write(ref wild, seed);
            using ScriptedClient client = await scene.OpenAsync();
            await client.Stream.Write(Login[0]).Write(FromClient[0]).Write(FromClient[8]).FlushAsync(Cancellation);
            client.Stream.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
            await client.Stream.ReadToEndAsync(Cancellation);
        });
    }

    private static async Task RunAsync(ProtocolScene scene, Func<int, Task> round)
    {
        FuzzBudget budget = new(Seconds);
        await Parallel.ForAsync(0, Lanes, Cancellation, async (_, _) =>
        {
            while (budget.Next() is { } seed)
            {
                try
                {
                    await round(seed).WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
                }
                catch (Exception e) when (e is not System.Net.Sockets.SocketException)
                {
                    Assert.Fail($"seed {seed}: {e}");
                }
                catch (System.Net.Sockets.SocketException)
                {
                    // The gateway ended it while the client still sent.
                }

                Assert.True(scene.Errors.IsEmpty, $"around seed {seed}: {string.Join('\n', scene.Errors)}");
            }
        });
        budget.Report();
        Assert.True(budget.Rounds > 0);
        scene.Server.Failures.Clear();
        await scene.AssertUnharmedAsync();
    }

    private static async Task PourAsync(MessageStream stream, List<byte[]> parts)
    {
        foreach (byte[] part in parts)
        {
            await stream.Write(part).FlushAsync(Cancellation);
        }

        stream.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
    }

    private static byte[] Sasl() => Frame('p', "SCRAM-SHA-256\0\0\0\0\u0011n,,n=,r=fuzzfuzzf");

    private static byte[] Frame(char type, string body) => Encoding.Latin1.GetBytes($"{type}\0\0{(char)((body.Length + 4) >> 8)}{(char)((body.Length + 4) & 255)}{body}");
}
