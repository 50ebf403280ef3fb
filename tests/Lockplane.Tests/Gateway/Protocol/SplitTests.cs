using System.Text;
using System.Text.RegularExpressions;
using Lockplane.Gateway.Authentication;
using Lockplane.Scripted;
using Lockplane.Wire;
using static Lockplane.Tests.Gateway.Protocol.ProtocolScene;

namespace Lockplane.Tests.Gateway.Protocol;

/// <summary>A session's bytes, cut at each point on real sockets: what the other side gets is the same.</summary>
public sealed partial class SplitTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static byte[] Session
    {
        get
        {
            StringBuilder session = new(Encoding.Latin1.GetString(ScriptedClient.Startup(ProtocolVersion.V32, "user", Role, "database", "shop", "application_name", "split")));
            session.Append(Frame('Q', "select 1\0")).Append(Frame('P', "s\0select $1\0\0\0")).Append(Frame('B', "\0s\0\0\0\0\0\0\0")).Append(Frame('E', "\0\0\0\0\0")).Append(Frame('S', ""));
            session.Append(Frame('Q', "refuse\0")).Append(Frame('P', "\0create table t()\0\0\0")).Append(Frame('E', "\0\0\0\0\0")).Append(Frame('S', "")).Append(Frame('F', "x")).Append(Frame('Q', "\0")).Append(Frame('X', ""));
            return Encoding.Latin1.GetBytes(session.ToString());
        }
    }

    [Fact]
    public async Task A_client_s_bytes_cut_at_each_point_give_the_same_answers()
    {
        await using ProtocolScene scene = await ProtocolScene.StartAsync();
        byte[] session = Session;
        string whole = await SendAsync(scene, session, session.Length);
        Assert.Contains("42501", whole, StringComparison.Ordinal);
        Assert.Contains("LP301", whole, StringComparison.Ordinal);
        await Parallel.ForAsync(1, session.Length, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Cancellation }, async (cut, _) =>
        {
            string answers = await SendAsync(scene, session, cut);
            Assert.True(whole == answers, $"cut at {cut}: {answers}");
        });
        await scene.AssertUnharmedAsync();
    }

    [Fact]
    public async Task A_server_s_bytes_cut_at_each_point_give_the_same_answers()
    {
        byte[] answer = Encoding.Latin1.GetBytes(
            Frame('S', "TimeZone\0UTC\0") + Frame('T', "\0\0") + Frame('D', "\0\0") + Frame('N', "SNOTICE\0C00000\0Mn\0\0") + Frame('C', "SELECT 1\0") + Frame('Z', "T") + Frame('E', "SERROR\0C22012\0Mm\0\0") + Frame('Z', "I"));
        int cut = 0;
        await using ProtocolScene scene = await ProtocolScene.StartAsync(async (backend, cancellation) =>
        {
            await ProveAsync(backend, cancellation);
            await backend.Welcome().FlushAsync(cancellation);
            while (await backend.Stream.ReadAsync(cancellation) is { Type: 'Q' })
            {
                int at = cut;
                await backend.Stream.Write(answer.AsSpan(0, at)).FlushAsync(cancellation);
                await Task.Delay(1, cancellation);
                await backend.Stream.Write(answer.AsSpan(at)).FlushAsync(cancellation);
            }
        });
        using ScriptedClient client = await scene.LogInAsync();
        for (cut = 0; cut <= answer.Length; cut++)
        {
            List<ScriptedMessage> answers = await client.Query("select 1").AskAsync(2, Cancellation);
            Assert.True(Encoding.Latin1.GetString(answer) == string.Concat(answers.Select(a => Frame(a.Type, a.Body))), $"cut at {cut}");
        }

        client.Dispose();
        await scene.AssertUnharmedAsync();
    }

    [Theory]
    [InlineData(AuthMethod.Scram, 1)]
    [InlineData(AuthMethod.Scram, 7)]
    [InlineData(AuthMethod.Trust, 1)]
    public async Task A_login_in_small_pieces_on_both_sides_is_a_login(AuthMethod method, int bytes)
    {
        await using ProtocolScene scene = await ProtocolScene.StartAsync(
            async (backend, cancellation) =>
            {
                backend.Stream.MostBytesPerSend = bytes;
                await ServeWellAsync(backend, cancellation);
            },
            method: method);
        using ScriptedClient client = await scene.OpenAsync();
        client.Stream.MostBytesPerSend = bytes;
        await client.LogInAsync(Password, ScriptedClient.Startup(ProtocolVersion.V32, "user", Role), Cancellation);
        Assert.Null(client.Refusal);
        Assert.Equal("TDCZEZ", Types(await client.Query("select 1").Query("refuse").AskAsync(2, Cancellation)));
        client.Dispose();
        await scene.AssertUnharmedAsync();
    }

    // The pause lets the gateway see the first part alone. The key is random.
    private static async Task<string> SendAsync(ProtocolScene scene, byte[] session, int cut)
    {
        using ScriptedClient client = await scene.OpenAsync();
        await client.Stream.Write(session.AsSpan(0, cut)).FlushAsync(Cancellation);
        if (cut < session.Length)
        {
            await Task.Delay(2, Cancellation);
            await client.Stream.Write(session.AsSpan(cut)).FlushAsync(Cancellation);
        }

        return CancelKey().Replace(Encoding.Latin1.GetString(await client.Stream.ReadToEndAsync(Cancellation).WaitAsync(TimeSpan.FromSeconds(20), Cancellation)), "K");
    }

    private static string Frame(char type, string body) => $"{type}\0\0{(char)((body.Length + 4) >> 8)}{(char)((body.Length + 4) & 255)}{body}";

    [GeneratedRegex(@"K\0\0\0\u0028.{36}", RegexOptions.Singleline)]
    private static partial Regex CancelKey();
}
