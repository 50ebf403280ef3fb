using Lockplane.Scripted;
using Lockplane.Tests.Gateway.Protocol;
using static Lockplane.Tests.Gateway.Protocol.ProtocolScene;

namespace Lockplane.Tests.Gateway.Faults;

/// <summary>A peer that does not read holds up the other side, not the gateway's memory.</summary>
[Collection(FaultGroup.Name)]
public sealed class SlowReaderTests
{
    private const int Chunk = 64 * 1024;

    // What the kernel's buffers of two connections on this machine may take, and then some.
    private const long Held = 40 << 20;

    private static readonly string Row = new('r', Chunk - 5);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static bool Large => Environment.GetEnvironmentVariable("LOCKPLANE_TEST_ALL") == "1";

    private static int Chunks => Large ? 16_384 : 1_024;

    [Fact]
    public async Task A_large_result_for_a_slow_reader_stays_with_the_server()
    {
        long sent = 0;
        await using ProtocolScene scene = await ProtocolScene.StartAsync(async (backend, cancellation) =>
        {
            await ProveAsync(backend, cancellation);
            await backend.Welcome().FlushAsync(cancellation);
            await backend.ReadAsync('Q', cancellation);
            await backend.Write('T', "\0\0").FlushAsync(cancellation);
            for (int i = 0; i < Chunks; i++)
            {
                await backend.Write('D', Row).FlushAsync(cancellation);
                Interlocked.Add(ref sent, Chunk);
            }

            await backend.Write('C', "SELECT 1\0").Write('Z', "I").FlushAsync(cancellation);
            await backend.Stream.ReadToEndAsync(cancellation);
        });
        using ScriptedClient client = await scene.LogInAsync();
        await client.Query("select 1").Stream.FlushAsync(Cancellation);
        await StandsStillAsync(() => Interlocked.Read(ref sent));
        Assert.True(Interlocked.Read(ref sent) < Held, $"{sent} bytes were taken from the server, and nobody reads");

        long resident = Environment.WorkingSet, most = 0;
        int rows = 0;
        for (ScriptedMessage? message = null; message?.Type != 'Z'; rows += message?.Type == 'D' ? 1 : 0)
        {
            message = await client.Stream.ReadAsync(Cancellation) ?? throw new EndOfStreamException();
            if (rows % 64 == 0)
            {
                most = Math.Max(most, Environment.WorkingSet - resident);
                await Task.Delay(2, Cancellation);
            }
        }

        Assert.Equal(Chunks, rows);
        TestContext.Current.TestOutputHelper?.WriteLine($"{(long)Chunks * Chunk >> 20} MB, resident memory at most {most >> 20} MB more than at the beginning");

        // The client is in this process too, and its garbage weighs as much as a small result.
        Assert.True(!Large || most < 256 << 20, $"resident memory grew by {most} bytes");
        client.Dispose();
        await scene.AssertUnharmedAsync();
    }

    [Fact]
    public async Task A_large_copy_for_a_slow_server_stays_with_the_client()
    {
        TaskCompletionSource read = new();
        long taken = 0;
        await using ProtocolScene scene = await ProtocolScene.StartAsync(async (backend, cancellation) =>
        {
            await ProveAsync(backend, cancellation);
            await backend.Welcome().FlushAsync(cancellation);
            await backend.ReadAsync('Q', cancellation);
            await backend.Write('G', "\0\0\0").FlushAsync(cancellation);
            await read.Task;
            for (int i = 0; i < Chunks; i++)
            {
                taken += (await backend.ReadAsync('d', cancellation)).Length + 5;
            }

            await backend.ReadAsync('c', cancellation);
            await backend.Write('C', "COPY 1\0").Write('Z', "I").FlushAsync(cancellation);
            await backend.Stream.ReadToEndAsync(cancellation);
        });
        using ScriptedClient client = await scene.LogInAsync();
        await client.Query("COPY t FROM STDIN").Stream.FlushAsync(Cancellation);
        long sent = 0;
        Task sending = Task.Run(
            async () =>
            {
                for (int i = 0; i < Chunks; i++)
                {
                    await client.Frame('d', Row).Stream.FlushAsync(Cancellation);
                    Interlocked.Add(ref sent, Chunk);
                }

                await client.Frame('c', "").Stream.FlushAsync(Cancellation);
            },
            Cancellation);
        await StandsStillAsync(() => Interlocked.Read(ref sent));
        Assert.True(Interlocked.Read(ref sent) < Held, $"{sent} bytes were taken from the client, and nobody reads");
        read.SetResult();
        await sending;
        Assert.Equal("GCZ", Types(await client.ReadAsync(1, Cancellation)));
        Assert.Equal((long)Chunks * Chunk, taken);
        client.Dispose();
        await scene.AssertUnharmedAsync();
    }

    [Fact]
    public async Task Sessions_whose_clients_do_not_read_do_not_hold_up_others()
    {
        await using ProtocolScene scene = await ProtocolScene.StartAsync(async (backend, cancellation) =>
        {
            await ProveAsync(backend, cancellation);
            await backend.Welcome().FlushAsync(cancellation);
            await backend.ReadAsync('Q', cancellation);
            while (true)
            {
                await backend.Write('D', Row).FlushAsync(cancellation);
            }
        });
        List<ScriptedClient> stuck = [];
        for (int i = 0; i < 8; i++)
        {
            stuck.Add(await scene.LogInAsync());
            await stuck[^1].Query("select 1").Stream.FlushAsync(Cancellation);
        }

        scene.Behave();
        for (int i = 0; i < 20; i++)
        {
            await scene.ProbeAsync();
        }

        stuck.ForEach(client => client.Dispose());
        await scene.AssertUnharmedAsync();
    }

    // Until nothing more is taken for a while.
    private static async Task StandsStillAsync(Func<long> count)
    {
        for (long before = -1; before != count() || before == 0;)
        {
            before = count();
            await Task.Delay(300, Cancellation);
        }
    }
}
