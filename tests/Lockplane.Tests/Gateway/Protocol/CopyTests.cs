using Lockplane.Scripted;
using static Lockplane.Tests.Gateway.Protocol.ProtocolScene;

namespace Lockplane.Tests.Gateway.Protocol;

/// <summary>COPY, interrupted by either side after each of its messages.</summary>
public sealed class CopyTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>After how many messages, and whether that side goes with a reset.</summary>
    public static TheoryData<int, bool> Interruptions
    {
        get
        {
            TheoryData<int, bool> data = new();
            for (int messages = 0; messages <= 5; messages++)
            {
                data.Add(messages, false);
                data.Add(messages, true);
            }

            return data;
        }
    }

    [Theory, MemberData(nameof(Interruptions))]
    public async Task The_client_of_a_copy_in_goes(int messages, bool reset)
    {
        await using ProtocolScene scene = await ProtocolScene.StartAsync(CopyInAsync);
        using ScriptedClient client = await scene.LogInAsync();
        client.Query("COPY t FROM STDIN");
        await client.Stream.FlushAsync(Cancellation);
        Assert.Equal('G', (await client.Stream.ReadAsync(Cancellation))!.Type);
        for (int i = 0; i < messages; i++)
        {
            await client.Frame('d', $"row {i}\n").Stream.FlushAsync(Cancellation);
        }

        Leave(client.Stream, reset);
        await scene.AssertUnharmedAsync();
    }

    [Theory, MemberData(nameof(Interruptions))]
    public async Task The_server_of_a_copy_in_goes(int messages, bool reset)
    {
        await using ProtocolScene scene = await ProtocolScene.StartAsync(async (backend, cancellation) =>
        {
            await BeginAsync(backend, 'G', cancellation);
            for (int i = 0; i < messages; i++)
            {
                await backend.ReadAsync('d', cancellation);
            }

            Leave(backend.Stream, reset);
        });
        using ScriptedClient client = await scene.LogInAsync();
        await client.Query("COPY t FROM STDIN").Stream.FlushAsync(Cancellation);
        Task<List<ScriptedMessage>> answers = client.ReadAsync(int.MaxValue, Cancellation);
        for (int i = 0; i < messages; i++)
        {
            await client.Frame('d', $"row {i}\n").Stream.FlushAsync(Cancellation);
        }

        AssertTold("G", await answers.WaitAsync(TimeSpan.FromSeconds(20), Cancellation));
        await scene.AssertUnharmedAsync();
    }

    [Theory, MemberData(nameof(Interruptions))]
    public async Task The_client_of_a_copy_out_goes(int messages, bool reset)
    {
        await using ProtocolScene scene = await ProtocolScene.StartAsync(async (backend, cancellation) =>
        {
            await BeginAsync(backend, 'H', cancellation);
            while (true)
            {
                await backend.Write('d', new string('r', 1_000)).FlushAsync(cancellation);
            }
        });
        using ScriptedClient client = await scene.LogInAsync();
        await client.Query("COPY t TO STDOUT").Stream.FlushAsync(Cancellation);
        Assert.Equal('H', (await client.Stream.ReadAsync(Cancellation))!.Type);
        for (int i = 0; i < messages; i++)
        {
            Assert.Equal('d', (await client.Stream.ReadAsync(Cancellation))!.Type);
        }

        Leave(client.Stream, reset);
        await scene.AssertUnharmedAsync();
    }

    [Theory, MemberData(nameof(Interruptions))]
    public async Task The_server_of_a_copy_out_goes(int messages, bool reset)
    {
        await using ProtocolScene scene = await ProtocolScene.StartAsync(async (backend, cancellation) =>
        {
            await BeginAsync(backend, 'H', cancellation);
            for (int i = 0; i < messages; i++)
            {
                await backend.Write('d', new string('r', 1_000)).FlushAsync(cancellation);
            }

            // What a reset destroys on its way is the system's business; what arrived is told in order.
            if (!reset)
            {
                await backend.Write('d', "half").FlushAsync(cancellation);
            }

            Leave(backend.Stream, reset);
        });
        using ScriptedClient client = await scene.LogInAsync();
        List<ScriptedMessage> answers = await client.Query("COPY t TO STDOUT").AskAsync(int.MaxValue, Cancellation).WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
        if (!reset)
        {
            AssertTold("H" + new string('d', messages + 1), answers);
        }

        await scene.AssertUnharmedAsync();
    }

    /// <summary>The messages that do not belong to a COPY, and what ends it: the server decides about each, and the gateway judges statements there as elsewhere.</summary>
    [Theory]
    [InlineData('f', "the client gives up\0", "EZ")]
    [InlineData('c', "", "CZ")]
    [InlineData('Q', "select 1\0", "EZ")]
    [InlineData('Q', "refuse\0", "EZ")]
    [InlineData('P', "\0create table t()\0\0\0", "EZ")]
    [InlineData('B', "\0\0\0\0\0\0\0\0", "EZ")]
    public async Task A_message_in_the_middle_of_a_copy_in(char type, string body, string expected)
    {
        await using ProtocolScene scene = await ProtocolScene.StartAsync(CopyInAsync);
        using ScriptedClient client = await scene.LogInAsync();
        client.Query("COPY t FROM STDIN").Frame('d', "row\n").Frame('H', "").Sync().Frame('d', "row\n").Frame(type, body);
        List<ScriptedMessage> answers = await client.AskAsync(1, Cancellation).WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
        Assert.Equal("G" + expected, Types(answers));
        client.Dispose();
        await scene.AssertUnharmedAsync();
    }

    [Fact]
    public async Task A_copy_in_by_the_extended_protocol_that_fails_skips_to_Sync()
    {
        await using ProtocolScene scene = await ProtocolScene.StartAsync(async (backend, cancellation) =>
        {
            await ProveAsync(backend, cancellation);
            await backend.Welcome().FlushAsync(cancellation);
            foreach (char type in "PBE")
            {
                await backend.ReadAsync(type, cancellation);
            }

            await backend.Write('1', "").Write('2', "").Write('G', "\0\0\0").FlushAsync(cancellation);
            await backend.ReadAsync('d', cancellation);
            await backend.Write('E', "SERROR\0C22P02\0Mbad row\0\0").FlushAsync(cancellation);
            while ((await backend.Stream.ReadAsync(cancellation))?.Type != 'S')
            {
            }

            await backend.Write('Z', "I").FlushAsync(cancellation);
        });
        using ScriptedClient client = await scene.LogInAsync();
        client.Execute("COPY t FROM STDIN").Frame('d', "bad\n").Frame('d', "good\n").Frame('c', "").Execute("select 1").Sync();
        Assert.Equal("12GEZ", Types(await client.AskAsync(1, Cancellation).WaitAsync(TimeSpan.FromSeconds(20), Cancellation)));
        client.Dispose();
        await scene.AssertUnharmedAsync();
    }

    [Fact]
    public async Task A_row_of_a_copy_may_be_larger_than_any_buffer_in_both_directions()
    {
        const int Size = 3_000_000;
        await using ProtocolScene scene = await ProtocolScene.StartAsync(async (backend, cancellation) =>
        {
            await BeginAsync(backend, 'G', cancellation);
            string row = await backend.ReadAsync('d', cancellation);
            await backend.ReadAsync('c', cancellation);
            await backend.Write('C', "COPY 1\0").Write('Z', "I").FlushAsync(cancellation);
            await backend.ReadAsync('Q', cancellation);
            await backend.Write('H', "\0\0\0").Write('d', row).Write('c', "").Write('C', "COPY 1\0").Write('Z', "I").FlushAsync(cancellation);
        });
        using ScriptedClient client = await scene.LogInAsync();
        string row = string.Concat(Enumerable.Range(0, Size).Select(i => (char)('a' + (i % 26))));
        Assert.Equal("GCZ", Types(await client.Query("COPY t FROM STDIN").Frame('d', row).Frame('c', "").AskAsync(1, Cancellation)));
        List<ScriptedMessage> answers = await client.Query("COPY t TO STDOUT").AskAsync(1, Cancellation);
        Assert.Equal("HdcCZ", Types(answers));
        Assert.Equal(row, answers[1].Body);
        client.Dispose();
        await scene.AssertUnharmedAsync();
    }

    private static async Task BeginAsync(ScriptedBackend backend, char answer, CancellationToken cancellation)
    {
        await ProveAsync(backend, cancellation);
        await backend.Welcome().FlushAsync(cancellation);
        await backend.ReadAsync('Q', cancellation);
        await backend.Write(answer, "\0\0\0").FlushAsync(cancellation);
    }

    // As Postgres: Flush and Sync do nothing in a COPY, CopyFail and everything else fail it.
    private static async Task CopyInAsync(ScriptedBackend backend, CancellationToken cancellation)
    {
        await BeginAsync(backend, 'G', cancellation);
        while (await backend.Stream.ReadAsync(cancellation) is { } message)
        {
            switch (message.Type)
            {
                case 'd' or 'H' or 'S':
                    break;
                case 'c':
                    await backend.Write('C', "COPY 2\0").Write('Z', "I").FlushAsync(cancellation);
                    break;
                default:
                    await backend.Write('E', $"SERROR\0C57014\0Munexpected message type 0x{(int)message.Type:X2} during COPY from stdin\0\0").Write('Z', "I").FlushAsync(cancellation);
                    break;
            }
        }
    }

    private static void Leave(MessageStream stream, bool reset)
    {
        if (reset)
        {
            stream.Reset();
        }
        else
        {
            stream.Dispose();
        }
    }

    private static void AssertTold(string before, List<ScriptedMessage> answers)
    {
        Assert.Equal(before + "E", Types(answers));
        Assert.Contains("VFATAL\0C57P03\0", answers[^1].Body, StringComparison.Ordinal);
    }
}
