using Lockplane.Gateway.Operations;
using Lockplane.Gateway.Statements;
using static Lockplane.Tests.Gateway.Relays.RelayScript;
using static Lockplane.Tests.Gateway.Sessions.SessionScene;

namespace Lockplane.Tests.Gateway.Sessions;

/// <summary>What fails or takes long for one session is nobody else's trouble.</summary>
public sealed class SessionIsolationTests
{
    [Fact]
    public void What_fails_in_posted_work_ends_the_session_that_it_was_for()
    {
        using SessionScene scene = new();
        SceneSession session = scene.LogIn();
        SceneSession other = scene.LogIn();
        session.Session.Post(() => throw new InvalidOperationException("a mistake of ours"));
        scene.Loop.Run();
        session.Client.PeerEnded = true;
        scene.Loop.Run();
        Assert.Contains("CXX000\0", session.Last.Body, StringComparison.Ordinal);
        Assert.True(session.Client.Closed && session.Server.Closed);
        Assert.Equal((1, 1), (scene.Parts.Connections, scene.Parts.Admission.Count));
        Assert.False(other.Client.Closed);
    }

    [Fact]
    public async Task A_burst_of_texts_that_take_long_to_judge_leaves_the_thread_pool_free()
    {
        using ManualResetEventSlim judged = new();
        using SessionScene scene = new(knows: false, judge: _ =>
        {
            judged.Wait(TimeSpan.FromMinutes(1));
            return Verdict.Permitted;
        });
        SceneSession[] sessions = [.. Enumerable.Range(0, 100).Select(_ => scene.LogIn())];
        Array.ForEach(sessions, session => session.FromClient(Query("select 1")));

        Task[] others = [.. Enumerable.Range(0, 100).Select(_ => Task.Run(() => { }, TestContext.Current.CancellationToken))];
        await Task.WhenAll(others).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.All(sessions, session => Assert.Equal((SessionState.Active, ""), (session.Session.State(), session.TypesToServer)));

        judged.Set();
        scene.Loop.RunUntil(() => sessions.All(session => session.TypesToServer == "Q"));
    }
}
