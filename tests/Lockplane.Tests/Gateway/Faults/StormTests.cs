using System.Buffers.Binary;
using System.Diagnostics;
using Lockplane.Gateway.Authentication;
using Lockplane.Scripted;
using Lockplane.Tests.Gateway.Protocol;
using Lockplane.Wire;
using static Lockplane.Tests.Gateway.Protocol.ProtocolScene;

namespace Lockplane.Tests.Gateway.Faults;

/// <summary>Many clients that want nothing good: others do not notice, and nothing of them stays.</summary>
[Collection(FaultGroup.Name)]
public sealed class StormTests
{
    private const int Clients = 1_000;

    private static readonly byte[] SslRequest = Request(80877103);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_thousand_connects_and_drops_leave_nothing_behind()
    {
        await using ProtocolScene scene = await ProtocolScene.StartAsync(method: AuthMethod.Scram);
        await scene.AssertUnharmedAsync();
        ProcessHoldings before = new();
        await Parallel.ForAsync(0, Clients, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Cancellation }, async (n, _) =>
        {
            using ScriptedClient client = await scene.OpenAsync();
            switch (n % 6)
            {
                case 0:
                    client.Stream.Reset();
                    break;
                case 1:
                    await client.Stream.Write(SslRequest).FlushAsync(Cancellation);
                    break;
                case 2:
                    await client.Stream.Write(ScriptedClient.Startup(ProtocolVersion.V30, "user", Role)).FlushAsync(Cancellation);
                    client.Stream.Reset();
                    break;
                case 3:
                    await client.LogInAsync(Password, ScriptedClient.Startup(ProtocolVersion.V32, "user", Role), Cancellation);
                    client.Stream.Reset();
                    break;
                case 4:
                    await client.LogInAsync(Password, ScriptedClient.Startup(ProtocolVersion.V32, "user", Role), Cancellation);
                    await client.Query("select 1").Stream.FlushAsync(Cancellation);
                    break;
            }
        });
        await scene.AssertUnharmedAsync();
        await before.AssertBackAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_thousand_silent_clients_do_not_delay_the_login_of_another(bool afterSslRequest)
    {
        await using ProtocolScene scene = await ProtocolScene.StartAsync(configure: options => options with { StartupTimeout = TimeSpan.FromMinutes(5) }, method: AuthMethod.Scram);
        await MedianLoginAsync(scene);
        double alone = await MedianLoginAsync(scene);
        ProcessHoldings before = new();
        ScriptedClient[] silent = new ScriptedClient[Clients];
        await Parallel.ForAsync(0, Clients, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Cancellation }, async (n, _) =>
        {
            silent[n] = await scene.OpenAsync();
            if (afterSslRequest)
            {
                await silent[n].Stream.Write(SslRequest).FlushAsync(Cancellation);
                Assert.NotNull(await silent[n].Stream.ReadBytesAsync(1, Cancellation));
            }
        });
        double beside = await MedianLoginAsync(scene);
        TestContext.Current.TestOutputHelper?.WriteLine($"median of a login: {alone:0.00} ms alone, {beside:0.00} ms beside {Clients}");
        Assert.True(beside - alone < 50, $"a login takes {alone:0.00} ms alone, {beside:0.00} ms beside {Clients} silent clients");
        foreach (ScriptedClient client in silent)
        {
            client.Dispose();
        }

        await scene.AssertUnharmedAsync();
        await before.AssertBackAsync();
    }

    [Fact]
    public async Task Clients_that_stop_half_way_are_ended_when_the_start_up_takes_too_long()
    {
        await using ProtocolScene scene = await ProtocolScene.StartAsync(configure: options => options with { StartupTimeout = TimeSpan.FromSeconds(1) }, method: AuthMethod.Scram);
        byte[] startup = ScriptedClient.Startup(ProtocolVersion.V30, "user", Role);
        byte[][] beginnings = [[], [0], startup[..7], startup, SslRequest, [.. startup, (byte)'p', 0]];
        foreach (byte[] beginning in beginnings)
        {
            using ScriptedClient client = await scene.OpenAsync();
            await client.Stream.Write(beginning).FlushAsync(Cancellation);
            byte[] said = await client.Stream.ReadToEndAsync(Cancellation).WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
            Assert.Contains("C08P01", System.Text.Encoding.Latin1.GetString(said), StringComparison.Ordinal);
        }

        await scene.AssertUnharmedAsync();
    }

    [Fact]
    public async Task A_server_that_never_answers_ends_its_client_s_start_up_and_no_other()
    {
        await using ProtocolScene scene = await ProtocolScene.StartAsync(
            async (backend, cancellation) =>
            {
                await backend.ReadStartupAsync(cancellation);
                await backend.Stream.ReadToEndAsync(cancellation);
            },
            options => options with { StartupTimeout = TimeSpan.FromSeconds(1) });
        using ScriptedClient client = await scene.LogInAsync().WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
        Assert.Contains("VFATAL\0C08P01", client.Refusal?.Body, StringComparison.Ordinal);
        await scene.AssertUnharmedAsync();
    }

    private static async Task<double> MedianLoginAsync(ProtocolScene scene)
    {
        List<double> times = [];
        for (int i = 0; i < 21; i++)
        {
            Stopwatch watch = Stopwatch.StartNew();
            using ScriptedClient client = await scene.LogInAsync();
            times.Add(watch.Elapsed.TotalMilliseconds);
            Assert.Null(client.Refusal);
        }

        times.Sort();
        return times[times.Count / 2];
    }

    private static byte[] Request(int code)
    {
        byte[] packet = [0, 0, 0, 8, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(packet.AsSpan(4), code);
        return packet;
    }
}
