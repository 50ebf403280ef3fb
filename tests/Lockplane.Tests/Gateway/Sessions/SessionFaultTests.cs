using Lockplane.Gateway;
using Lockplane.Gateway.Statements;
using static Lockplane.Tests.Gateway.Relays.RelayScript;
using static Lockplane.Tests.Gateway.Sessions.SessionScene;

namespace Lockplane.Tests.Gateway.Sessions;

/// <summary>What is left of sessions, and what becomes of those that something of ours fails for.</summary>
public sealed class SessionFaultTests
{
    [Fact]
    public void The_loop_is_not_asked_to_remember_a_session_for_longer_than_a_minute()
    {
        using SessionScene scene = new(options => options with { Limits = new SessionLimits { Idle = TimeSpan.FromHours(3) } });
        SceneSession session = scene.LogIn();
        scene.Loop.Pass(30_000);
        Assert.InRange(scene.Loop.LastReminder, scene.Loop.Now, scene.Loop.Now + 60_000);
        scene.Loop.Pass(10_000_000);
        Assert.Empty(session.Client.Sent);
        scene.Loop.Pass(1_000_000);
        Assert.Contains("C57P05\0", session.Last.Body, StringComparison.Ordinal);
    }

    [Fact]
    public void A_session_that_waits_for_an_answer_ends_when_the_answer_cannot_be_acted_on()
    {
        // A refusal that says nothing fails where it is written.
        using SessionScene scene = new(knows: false, judge: static _ => new Verdict(VerdictKind.Refuse, null));
        SceneSession session = scene.LogIn();
        session.FromClient(Query("select 1"));
        scene.Loop.RunUntil(() => session.Server.Closed);
        Assert.Contains("SFATAL\0VFATAL\0CXX000\0", session.Last.Body, StringComparison.Ordinal);
        Assert.Equal(0, scene.Parts.Admission.Count);
        Assert.Equal(0, scene.Parts.Gathered.Held);
    }

    [Fact]
    public void A_client_that_takes_the_rest_of_its_answer_byte_by_byte_is_left_in_the_end()
    {
        using SessionScene scene = new();
        SceneSession session = scene.LogIn();
        session.FromClient(Query("select 1"));
        session.Client.Room = 10;
        session.FromServer(Frame('D', new string('x', 10_000)));
        session.Session.Kill();
        scene.Loop.Run();
        Assert.False(session.Client.Closed);
        for (int i = 0; i < 20 && !session.Client.Closed; i++)
        {
            session.Client.Room += 1;
            scene.Loop.Run();
            scene.Loop.Pass(5_000);
        }

        Assert.True(session.Client.Closed);
        Assert.InRange(session.Client.SentBytes, 20, 1_000);
        Assert.Equal(0, scene.Parts.Connections);
    }
}
