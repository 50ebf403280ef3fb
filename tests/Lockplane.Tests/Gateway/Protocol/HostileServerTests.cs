using System.Text;
using Lockplane.Scripted;
using static Lockplane.Tests.Gateway.Protocol.ProtocolScene;

namespace Lockplane.Tests.Gateway.Protocol;

/// <summary>A server that says what no server should, at every point of a session: its client is told, and nobody else notices.</summary>
public sealed class HostileServerTests
{
    private const string Ok = "R\0\0\0\u0008\0\0\0\0";
    private const string Ready = "Z\0\0\0\u0005I";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>What is never right, wherever it comes; each character is a byte.</summary>
    public static TheoryData<string, string> Nonsense => new()
    {
        { "nothing but an end", "" },
        { "part of a header", "E\0\0" },
        { "zeros", new string('\0', 64) },
        { "text", "HTTP/1.1 400 Bad Request\r\n\r\n" },
        { "all ones", new string('\u00ff', 64) },
        { "a length of 0", "N\0\0\0\0" },
        { "a length of 3", "N\0\0\0\u0003" },
        { "a negative length", "N\u00ff\u00ff\u00ff\u00f0" },
        { "a length of 2 GB", "N\u0080\0\0\0" },
        { "a length of 4 GB", "N\u00ff\u00ff\u00ff\u00ff" },
        { "a length over the limit", "N\u0040\0\0\0" },
        { "an unknown type", "?\0\0\0\u0004" },
        { "a frontend message", "Q\0\0\0\u000dselect 1\0" },
        { "a function's result", "V\0\0\0\u0008\u00ff\u00ff\u00ff\u00ff" },
        { "a copy in both directions", "W\0\0\0\u0007\0\0\0" },
        { "authentication without a kind", "R\0\0\0\u0004" },
        { "half an authentication kind", "R\0\0\0\u0006\0\0" },
        { "an unknown authentication", "R\0\0\0\u0008\0\0\u0004\u00d2" },
        { "a negotiation of version 4", "v\0\0\0\u000c\0\u0004\0\0\0\0\0\0" },
        { "a negotiation that counts 4 billion options", "v\0\0\0\u000c\0\u0003\0\0\u00ff\u00ff\u00ff\u00ff" },
        { "a key that is too short", "K\0\0\0\u000b\0\0\0\u0001abc" },
        { "a key that is too long", "K\0\0\u0001\u0009\0\0\0\u0001" + new string('k', 257) },
        { "a parameter without an end", "S\0\0\0\u000cTimeZone" },
        { "a parameter without a value", "S\0\0\0\u000dTimeZone\0" },
        { "a parameter of 65,536 bytes", "S\0\u0001\0\0" + new string('x', 65_532) },
        { "another encoding", "S\0\0\0\u0019client_encoding\0SJIS\0" },
        { "strings that do not conform", "S\0\0\0\u0024standard_conforming_strings\0off\0" },
        { "ReadyForQuery without a status", "Z\0\0\0\u0004" },
        { "ReadyForQuery with another status", "Z\0\0\0\u0005X" },
        { "ReadyForQuery that is too long", "Z\0\0\0\u0006II" },
    };

    /// <summary>What a server may say at any time, and what an attacker would: it goes to the client as it is.</summary>
    public static TheoryData<string> Errors =>
    [
        "E\0\0\0\u0005\0", "E\0\0\0\u0004", "E\0\0\0\u0008Mx\0\0", "E\0\0\0\u0006SE", "E\0\0\0\u0010SERROR\0Mwhy\0", "E\0\0\0\u0016SERROR\0C4\0Mshort\0\0", "E\0\0\0\u0009C\u00ff\u00fe\0\0",
        "E\0\0\u0003\u00f1" + "C42601\0M" + new string('m', 995) + "\0\0",
    ];

    [Theory, MemberData(nameof(Nonsense))]
    public async Task Instead_of_asking_for_a_proof(string name, string nonsense) => await AssertLoginFailsAsync(name, async (backend, cancellation) =>
    {
        Assert.True(await backend.ReadStartupAsync(cancellation));
        await SayAsync(backend, nonsense, cancellation);
    });

    [Theory, MemberData(nameof(Nonsense))]
    public async Task Instead_of_a_challenge(string name, string nonsense) => await AssertLoginFailsAsync(name, async (backend, cancellation) =>
    {
        Assert.True(await backend.ReadStartupAsync(cancellation));
        await backend.Write('R', "\0\0\0\u000aSCRAM-SHA-256\0\0").FlushAsync(cancellation);
        await backend.ReadAsync('p', cancellation);
        await SayAsync(backend, nonsense, cancellation);
    });

    [Theory, MemberData(nameof(Nonsense))]
    public async Task After_the_proof(string name, string nonsense) => await AssertLoginFailsAsync(name, async (backend, cancellation) =>
    {
        await ProveAsync(backend, cancellation);
        await SayAsync(backend, nonsense, cancellation);
    });

    [Theory, MemberData(nameof(Nonsense))]
    public async Task Instead_of_parameters(string name, string nonsense)
    {
        // A negotiation and an authentication come too late here, which is as bad.
        await AssertLoginFailsAsync(name, async (backend, cancellation) =>
        {
            await ProveAsync(backend, cancellation);
            await SayAsync(backend, Ok + nonsense, cancellation);
        });
    }

    [Theory, MemberData(nameof(Nonsense))]
    public async Task In_an_idle_session(string name, string nonsense)
    {
        TaskCompletionSource idle = new();
        await using ProtocolScene scene = await ProtocolScene.StartAsync(async (backend, cancellation) =>
        {
            await ProveAsync(backend, cancellation);
            await backend.Welcome().FlushAsync(cancellation);
            await idle.Task;
            await SayAsync(backend, nonsense, cancellation);
        });
        using ScriptedClient client = await scene.LogInAsync();
        Assert.Null(client.Refusal);
        idle.SetResult();
        AssertEnds(name, nonsense, await client.ReadAsync(int.MaxValue, Cancellation).WaitAsync(TimeSpan.FromSeconds(20), Cancellation));
        await scene.AssertUnharmedAsync();
    }

    [Theory, MemberData(nameof(Nonsense))]
    public async Task In_the_middle_of_a_result(string name, string nonsense)
    {
        await using ProtocolScene scene = await ProtocolScene.StartAsync(async (backend, cancellation) =>
        {
            await ProveAsync(backend, cancellation);
            await backend.Welcome().FlushAsync(cancellation);
            await backend.ReadAsync('Q', cancellation);
            backend.Write('T', "\0\0").Write('D', "\0\0");
            await SayAsync(backend, nonsense, cancellation);
        });
        using ScriptedClient client = await scene.LogInAsync();
        List<ScriptedMessage> answers = await client.Query("select 1").AskAsync(int.MaxValue, Cancellation).WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
        Assert.StartsWith("TD", Types(answers), StringComparison.Ordinal);
        AssertEnds(name, nonsense, answers[2..]);
        await scene.AssertUnharmedAsync();
    }

    [Theory, MemberData(nameof(Errors))]
    public async Task Errors_of_every_shape_pass_and_end_nothing(string error)
    {
        await using ProtocolScene scene = await ProtocolScene.StartAsync(async (backend, cancellation) =>
        {
            await ProveAsync(backend, cancellation);
            await backend.Welcome().FlushAsync(cancellation);
            while (await backend.Stream.ReadAsync(cancellation) is { Type: 'Q' })
            {
                await backend.Stream.Write(Encoding.Latin1.GetBytes(error + Ready)).FlushAsync(cancellation);
            }
        });
        using ScriptedClient client = await scene.LogInAsync();

        // The second query was refused, so that the gateway reads the errors that follow.
        foreach (string text in new[] { "select 1", "refuse", "select 2" })
        {
            List<ScriptedMessage> answers = await client.Query(text).AskAsync(1, Cancellation).WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
            Assert.Equal("EZ", Types(answers));
            Assert.Equal(error[5..], answers[0].Body);
        }

        client.Dispose();
        await scene.AssertUnharmedAsync();
    }

    [Theory]
    [InlineData("\0\u0001\u00ff\u00ff\u00ff\u00fb")]
    [InlineData("\0\u0001\u007f\u00ff\u00ff\u00ff")]
    [InlineData("\u00ff\u00ff")]
    [InlineData("")]
    public async Task Fields_of_a_row_are_not_believed(string row)
    {
        await using ProtocolScene scene = await ProtocolScene.StartAsync(async (backend, cancellation) =>
        {
            await ProveAsync(backend, cancellation);
            await backend.Welcome().FlushAsync(cancellation);
            await backend.ReadAsync('Q', cancellation);
            await backend.Write('T', "\0\0").Write('D', row).Write('C', "SELECT 1\0").Write('Z', "I").FlushAsync(cancellation);
            await backend.Stream.ReadToEndAsync(cancellation);
        });
        using ScriptedClient client = await scene.LogInAsync();
        List<ScriptedMessage> answers = await client.Query("select 1").AskAsync(1, Cancellation).WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
        Assert.Equal("TDCZ", Types(answers));
        Assert.Equal(row, answers[1].Body);
        await scene.AssertUnharmedAsync();
    }

    [Theory, MemberData(nameof(Errors))]
    public async Task Errors_of_every_shape_refuse_a_login(string error)
    {
        await using ProtocolScene scene = await ProtocolScene.StartAsync(async (backend, cancellation) =>
        {
            Assert.True(await backend.ReadStartupAsync(cancellation));
            await SayAsync(backend, error, cancellation);
        });
        using ScriptedClient client = await scene.LogInAsync();
        Assert.Equal(error[5..], client.Refusal?.Body);
        await scene.AssertUnharmedAsync();
    }

    [Theory]
    [InlineData("r=other,s=c2FsdA==,i=4096")]
    [InlineData("r={0},s=c2FsdA==,i=4096")]
    [InlineData("r={0}x,s=c2FsdA==,i=0")]
    [InlineData("r={0}x,s=c2FsdA==,i=-1")]
    [InlineData("r={0}x,s=c2FsdA==,i=100001")]
    [InlineData("r={0}x,s=c2FsdA==,i=2147483648")]
    [InlineData("r={0}x,s=c2FsdA==,i=99999999999999999999")]
    [InlineData("r={0}x,s=,i=4096")]
    [InlineData("r={0}x,s=!!!!,i=4096")]
    [InlineData("r={0}x,i=4096")]
    [InlineData("m=ext,r={0}x,s=c2FsdA==,i=4096")]
    [InlineData("r={0}x,s=c2FsdA==,i=1,extra")]
    [InlineData("")]
    [InlineData("\0")]
    [InlineData("e=other-error")]
    public async Task A_challenge_that_is_none_or_asks_for_too_much(string challenge) => await AssertLoginFailsAsync(challenge, async (backend, cancellation) =>
    {
        Assert.True(await backend.ReadStartupAsync(cancellation));
        await backend.Write('R', "\0\0\0\u000aSCRAM-SHA-256\0\0").FlushAsync(cancellation);
        string initial = await backend.ReadAsync('p', cancellation);
        string nonce = initial[(initial.IndexOf("r=", StringComparison.Ordinal) + 2)..];
        await backend.Write('R', "\0\0\0\u000b" + challenge.Replace("{0}", nonce, StringComparison.Ordinal)).FlushAsync(cancellation);

        // A server without the password's keys cannot sign, whatever it is sent.
        if (await backend.Stream.ReadAsync(cancellation) is { Type: 'p' })
        {
            await SayAsync(backend, "R\0\0\0\u003a\0\0\0\u000cv=" + Convert.ToBase64String(new byte[32]) + "\0\0\0\0" + Ok, cancellation);
        }
    });

    [Fact]
    public async Task A_nonce_of_any_length_is_bounded() => await AssertLoginFailsAsync("a long nonce", async (backend, cancellation) =>
    {
        Assert.True(await backend.ReadStartupAsync(cancellation));
        await backend.Write('R', "\0\0\0\u000aSCRAM-SHA-256\0\0").FlushAsync(cancellation);
        string initial = await backend.ReadAsync('p', cancellation);
        await SayAsync(backend, "R\0\0\u00ff\u00ff\0\0\0\u000br=" + initial[(initial.IndexOf("r=", StringComparison.Ordinal) + 2)..] + new string('x', 65_000), cancellation);
    });

    [Fact]
    public async Task A_server_that_asks_for_no_proof_is_not_believed() => await AssertLoginFailsAsync("28000", async (backend, cancellation) =>
    {
        Assert.True(await backend.ReadStartupAsync(cancellation));
        await SayAsync(backend, Ok + Ready, cancellation);
    });

    [Fact]
    public async Task A_server_that_asks_for_the_password_in_clear_does_not_get_it() => await AssertLoginFailsAsync("28000", async (backend, cancellation) =>
    {
        Assert.True(await backend.ReadStartupAsync(cancellation));
        await backend.Write('R', "\0\0\0\u0003").FlushAsync(cancellation);
        Assert.Null(await backend.Stream.ReadAsync(cancellation));
    });

    [Fact]
    public async Task Parameters_and_notices_pass_at_any_time()
    {
        await using ProtocolScene scene = await ProtocolScene.StartAsync(async (backend, cancellation) =>
        {
            await ProveAsync(backend, cancellation);
            await backend.Write('N', "SNOTICE\0C00000\0Mearly\0\0").Welcome().FlushAsync(cancellation);
            for (int i = 0; i < 3; i++)
            {
                await backend.ReadAsync('Q', cancellation);
                await backend.Write('S', "TimeZone\0Asia/Tokyo\0").Write('N', "SNOTICE\0C00000\0Mbetween\0\0").Write('T', "\0\0").Write('A', "\0\0\0\u0001channel\0payload\0").Write('D', "\0\0")
                    .Write('S', "application_name\0x\0").Write('D', "\0\0").Write('C', "SELECT 2\0").Write('S', "in_hot_standby\0on\0").Write('Z', "I").Write('S', "session_authorization\0app\0").FlushAsync(cancellation);
            }
        });
        using ScriptedClient client = await scene.LogInAsync();
        Assert.Equal("NSSSKZ", Types(client.Greeting));
        Assert.Equal("SNTADSDCSZ", Types(await client.Query("select 1").AskAsync(1, Cancellation)));
        Assert.Equal("SSNTADSDCSZ", Types(await client.Query("select 1").AskAsync(1, Cancellation)));
        client.Dispose();
        await scene.AssertUnharmedAsync();
    }

    private static Task SayAsync(ScriptedBackend backend, string bytes, CancellationToken cancellation) => backend.Stream.Write(Encoding.Latin1.GetBytes(bytes)).FlushAsync(cancellation);

    private static async Task AssertLoginFailsAsync(string name, Func<ScriptedBackend, CancellationToken, Task> script)
    {
        await using ProtocolScene scene = await ProtocolScene.StartAsync(script);
        using ScriptedClient client = await scene.LogInAsync().WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
        Assert.NotNull(client.Refusal);
        AssertFatal(name, client.Refusal);
        await scene.AssertUnharmedAsync();
    }

    private static void AssertEnds(string name, string nonsense, List<ScriptedMessage> answers)
    {
        // A key in an idle session is no less wrong than any other nonsense; a length that never comes is waited for, and then the server is gone.
        Assert.True(answers.Count == 1, $"{name}: {Types(answers)}");
        Assert.True(answers[0].Type == 'E', $"{name}: {nonsense}");
        AssertFatal(name, answers[0]);
    }

    private static void AssertFatal(string name, ScriptedMessage error)
    {
        Assert.StartsWith("SFATAL\0", error.Body, StringComparison.Ordinal);
        string code = error.Body.Split('\0').First(field => field.StartsWith('C'))[1..];
        Assert.True(code is "08P01" or "28000" or "42501" or "57P03" or "22021" or "0A000", $"{name}: {code}");
    }
}
