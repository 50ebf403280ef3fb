using Lockplane.Gateway;
using Lockplane.Gateway.Metrics;
using Lockplane.Gateway.Operations;
using Lockplane.Gateway.Sessions;
using Lockplane.Gateway.Statements;
using static Lockplane.Tests.Gateway.Relays.RelayScript;
using static Lockplane.Tests.Gateway.Sessions.SessionScene;

namespace Lockplane.Tests.Gateway.Sessions;

/// <summary>Schema changes of whole sessions: applied under migrator, planned under application.</summary>
public sealed class SessionChangeTests
{
    private static readonly DdlOutcome Applied = new(new AppliedChange("sha256:00", 2, "sha256:01"), null);

    private static SessionScene Migrator() => new(options => options with { Profiles = [new ProfileRule { Kind = ProfileKind.Migrator }] });

    [Fact]
    public void The_outcome_comes_between_two_messages_of_the_server()
    {
        using SessionScene scene = Migrator();
        SceneSession session = scene.LogIn();
        session.FromClient([.. Query("create table t ()"), .. Query("select 1")]);
        byte[] told = Frame('A', "\0\0\0\u0001channel\0a payload\0");
        session.FromServer(told.AsSpan(0, 10));
        scene.Outcome.SetResult(Applied);
        scene.Loop.WaitForPost();
        scene.Loop.Run();
        Assert.Equal(told.AsSpan(0, 10).ToArray(), session.Client.Sent);
        Assert.Empty(session.Server.Sent);
        session.FromServer(told.AsSpan(10));
        scene.Loop.RunUntil(() => session.TypesToClient.EndsWith('Z'));
        Assert.Equal("ANCZ", session.TypesToClient);
        Assert.Equal("Q", session.TypesToServer);
        Assert.Equal(["create table t ()"], scene.Applying);
    }

    [Fact]
    public void A_cancel_cancels_the_apply_and_the_session_goes_on()
    {
        using SessionScene scene = Migrator();
        SceneSession session = scene.LogIn();
        session.FromClient(Query("create table t ()"));
        Assert.Equal(SessionState.Active, session.Session.State());
        CancelOutcome? outcome = null;
        session.Session.CancelQuery(told => outcome = told);
        Assert.Equal(CancelOutcome.Sent, outcome);
        scene.Loop.RunUntil(() => session.TypesToServer == "Q");
        session.FromServer([.. SyntaxErrorOf(session), .. Frame('Z', "I")]);
        Assert.Equal("EZ", session.TypesToClient);
        Assert.Contains("C57014\0", Messages(session.Client.Sent)[0].Body, StringComparison.Ordinal);
        session.FromClient(Query("select 1"));
        Assert.Equal("QQ", session.TypesToServer);
    }

    [Fact]
    public void A_cancel_that_comes_too_late_does_not_hide_what_was_applied()
    {
        using SessionScene scene = Migrator();
        SceneSession session = scene.LogIn();
        session.FromClient(Query("create table t ()"));
        scene.Outcome.SetResult(Applied);
        scene.Loop.WaitForPost();
        session.Session.CancelQuery(_ => { });
        scene.Loop.RunUntil(() => session.TypesToClient.EndsWith('Z'));
        Assert.Equal("NCZ", session.TypesToClient);
        Assert.Empty(session.Server.Sent);
    }

    [Fact]
    public void The_end_of_the_session_gives_the_apply_up()
    {
        using SessionScene scene = Migrator();
        SceneSession session = scene.LogIn();
        session.FromClient(Query("create table t ()"));
        scene.Loop.RunUntil(() => scene.Applying.Count == 1);
        session.Session.Kill();
        scene.Loop.Run();
        Assert.Equal("E", session.TypesToClient);
        Assert.Contains("C57P01\0", session.Last.Body, StringComparison.Ordinal);

        // What it comes to is told to nobody.
        scene.Loop.WaitForPost();
        scene.Loop.Run();
        Assert.Equal("E", session.TypesToClient);
    }

    [Fact]
    public void A_drain_waits_for_the_apply()
    {
        using SessionScene scene = Migrator();
        SceneSession session = scene.LogIn();
        session.FromClient(Query("create table t ()"));
        session.Session.EndAtIdle(SessionEnd.Shutdown);
        scene.Loop.Run();
        Assert.Equal("", session.TypesToClient);
        scene.Outcome.SetResult(Applied);
        scene.Loop.RunUntil(() => session.TypesToClient.Length == 4);
        Assert.Equal("NCZE", session.TypesToClient);
    }

    [Fact]
    public void The_query_timeout_is_for_applies_too()
    {
        using SessionScene scene = new(options => options with
        {
            Profiles = [new ProfileRule { Kind = ProfileKind.Migrator }], Limits = options.Limits with { Query = TimeSpan.FromSeconds(5) },
        });
        SceneSession session = scene.LogIn();
        session.FromClient(Query("create table t ()"));
        scene.Loop.Pass(4_900);
        Assert.Equal("", session.TypesToClient);
        scene.Loop.Pass(200);
        Assert.Contains("C57014\0", session.Last.Body, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_that_takes_too_long_is_named_by_the_command_that_makes_it()
    {
        using SessionScene scene = new(options => options with { PlanWait = TimeSpan.FromMilliseconds(50) }) { PlansForever = true };
        SceneSession session = scene.LogIn();
        session.FromClient(Query("create table t (c text default 'it''s')"));
        scene.Loop.RunUntil(() => session.TypesToServer == "Q");
        session.FromServer([.. SyntaxErrorOf(session), .. Frame('Z', "I")]);
        Assert.Contains(
            "HThe plan is being made: send the statement again for its hash, or make it by: printf %s 'create table t (c text default '\\''it'\\'''\\''s'\\'')' | lockplane plan --sql -\0",
            Messages(session.Client.Sent)[0].Body, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cancel_ends_the_waiting_for_a_plan()
    {
        using SessionScene scene = new(options => options with { PlanWait = TimeSpan.FromMinutes(1) }) { PlansForever = true };
        SceneSession session = scene.LogIn();
        session.FromClient(Query("create table t ()"));
        session.Session.CancelQuery(_ => { });
        scene.Loop.RunUntil(() => session.TypesToServer == "Q");
        session.FromServer([.. SyntaxErrorOf(session), .. Frame('Z', "I")]);
        Assert.Contains("C57014\0", Messages(session.Client.Sent)[0].Body, StringComparison.Ordinal);
    }

    // The server's answer to what replaced the statement, whose marker is the session's own.
    private static byte[] SyntaxErrorOf(SceneSession session)
    {
        string name = Messages(session.Server.Sent)[^1].Body.Split(' ')[0];
        return Frame('E', $"SERROR\0VERROR\0C42601\0Msyntax error at or near \"{name}\"\0P1\0\0");
    }
}
