using Lockplane.Gateway;
using Lockplane.Gateway.Metrics;
using Lockplane.Gateway.Sessions;
using Lockplane.Wire.Frontend;
using static Lockplane.Tests.Gateway.Relays.RelayScript;
using static Lockplane.Tests.Gateway.Sessions.SessionScene;

namespace Lockplane.Tests.Gateway.Sessions;

/// <summary>Whole sessions, from the first byte to the last, without a socket.</summary>
public sealed class SessionTests
{
    private static readonly byte[] Sync = Frame('S', "");

    private static byte[] Answer(string status = "I") => [.. Frame('T', "columns"), .. Frame('D', "row"), .. Frame('C', "SELECT 1\0"), .. Frame('Z', status)];

    [Fact]
    public void However_bytes_are_cut_the_same_comes_out()
    {
        string? expected = null;
        foreach (int chunk in Enumerable.Range(1, 70).Append(int.MaxValue))
        {
            using SessionScene scene = new(knows: chunk % 2 == 0) { Chunk = chunk };
            SceneSession session = scene.LogIn();
            session.Client.Feed([.. Query("select 1"), .. Parse("", "select 2"), .. Frame('B', "\0\0"), .. Frame('E', "\0\0\0\0\0"), .. Sync, .. Query("refuse"), .. Frame('X', "")]);
            scene.Loop.RunUntil(() => session.TypesToServer.EndsWith('X'));
            session.FromServer([.. Answer(), .. Frame('1', ""), .. Frame('2', ""), .. Answer("T"), .. Frame('N', "notice"), .. Frame('S', "TimeZone\0UTC\0"), .. Frame('Z', "E")]);
            session.Server.PeerEnded = true;
            scene.Loop.Run();
            string outcome = $"{session.TypesToServer} {session.TypesToClient} {session.Client.Closed}";
            Assert.Equal(expected ??= outcome, outcome);
            Assert.Equal(0, scene.Parts.Connections);
        }

        Assert.Equal("QPBESQX TDCZ12TDCZNSZ True", expected);
    }

    [Fact]
    public void A_relayed_message_allocates_nothing()
    {
        using SessionScene scene = new();
        SceneSession session = scene.LogIn();
        byte[] request = [.. Query("select 1"), .. Parse("s", "select $1"), .. Frame('B', "\0s\0"), .. Frame('E', "\0\0\0\0\0"), .. Sync];
        byte[] answer = [.. Answer(), .. Frame('1', ""), .. Frame('2', ""), .. Answer()];
        (session.Client.Sinks, session.Server.Sinks) = (true, true);
        long login = session.Server.SentBytes;
        Relay(session, request, answer, 1_000);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Relay(session, request, answer, 10_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(11_000L * request.Length, session.Server.SentBytes - login);
    }

    private static void Relay(SceneSession session, byte[] request, byte[] answer, int times)
    {
        for (int i = 0; i < times; i++)
        {
            session.Client.Replay(request);
            session.Client.Tell();
            session.Server.Replay(answer);
            session.Server.Tell();
        }
    }

    [Theory]
    [InlineData('Q', 3u)]
    [InlineData('B', 0x4000_0000u)]
    [InlineData('S', 10_001u)]
    [InlineData('!', 4u)]
    [InlineData('p', 8u)]
    public void A_violation_is_answered_after_what_came_before_it(char type, uint length)
    {
        using SessionScene scene = new();
        SceneSession session = scene.LogIn();
        session.FromClient([.. Query("select 1"), (byte)type, (byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length]);
        Assert.True(session.Server.FinishedSending);
        session.FromServer(Answer());
        session.Server.PeerEnded = true;
        scene.Loop.Run();
        Assert.Equal("TDCZE", session.TypesToClient);
        Assert.StartsWith("SFATAL\0VFATAL\0C08P01\0", session.Last.Body, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_of_ours_stands_inside_a_message_of_the_servers()
    {
        using SessionScene scene = new();
        SceneSession session = scene.LogIn();
        session.FromClient(Query("select 1"));
        byte[] row = Frame('D', "a row that is cut");
        session.FromServer(row.AsSpan(0, 9));
        session.Session.End(SessionEnd.Shutdown);
        scene.Loop.Run();
        Assert.Equal(row.AsSpan(0, 9).ToArray(), session.Client.Sent);
    }

    [Fact]
    public void A_cancel_of_nothing_is_dropped()
    {
        using SessionScene scene = new();
        SceneSession session = scene.LogIn();
        CancelOutcome? outcome = null;
        session.Session.CancelQuery(told => outcome = told);
        scene.Loop.Run();
        Assert.Equal(CancelOutcome.Idle, outcome);
        Assert.Single(scene.Loop.Connected);
    }

    [Fact]
    public void A_statement_that_waits_for_its_verdict_is_canceled_and_never_runs()
    {
        using SessionScene scene = new(knows: false);
        SceneSession session = scene.LogIn();

        // Sent, and not received when the cancel comes.
        session.Client.Feed(Query("select 1"));
        CancelOutcome? outcome = null;
        session.Session.CancelQuery(told => outcome = told);
        Assert.Equal(CancelOutcome.Sent, outcome);
        scene.Loop.RunUntil(() => session.TypesToServer == "Q");
        string sent = Messages(session.Server.Sent)[0].Body;
        Assert.Contains("57014", sent, StringComparison.Ordinal);
        Assert.DoesNotContain("select", sent, StringComparison.Ordinal);
        session.FromServer([.. Frame('Z', "I")]);
        session.FromClient(Query("select 2"));
        scene.Loop.RunUntil(() => session.TypesToServer == "QQ");
        Assert.Contains("select 2", Messages(session.Server.Sent)[1].Body, StringComparison.Ordinal);
    }

    [Fact]
    public void Refusals_do_not_pile_up_before_a_server_that_does_not_read()
    {
        const int Count = 20_000;
        using SessionScene scene = new();
        SceneSession session = scene.LogIn();
        session.Server.Room = 0;
        session.FromClient([.. Enumerable.Repeat(Query("refuse"), Count).SelectMany(static frame => frame)]);
        Assert.Empty(session.Server.Sent);
        Assert.True(session.Client.Unread > 0);
        session.Server.Room = long.MaxValue;
        scene.Loop.RunUntil(() => session.Client.Unread == 0);
        scene.Loop.Run();
        Assert.Equal(new string('Q', Count), session.TypesToServer);
    }

    [Fact]
    public void What_follows_a_cancel_waits_until_the_server_has_taken_it()
    {
        using SessionScene scene = new();
        SceneSession session = scene.LogIn();
        session.FromClient(Query("select pg_sleep(60)"));
        CancelOutcome? outcome = null;
        session.Session.CancelQuery(told => outcome = told);
        session.FromClient(Query("select 2"));
        FakeConnection cancel = scene.Loop.Connected[^1];
        Assert.NotSame(session.Server, cancel);
        Assert.Equal(16 + 5, cancel.Sent.Count);
        Assert.True(StartupPacket.TryRead(cancel.Sent.ToArray(), out StartupPacket? packet) > 0 && packet is CancelRequest { ProcessId: 7 });
        Assert.Equal("Q", session.TypesToServer);

        cancel.PeerEnded = true;
        scene.Loop.Run();
        Assert.Equal(CancelOutcome.Sent, outcome);
        Assert.Equal("QQ", session.TypesToServer);
    }

    [Fact]
    public void A_server_that_never_takes_a_cancel_does_not_hold_the_session_for_ever()
    {
        using SessionScene scene = new();
        SceneSession session = scene.LogIn();
        session.FromClient(Query("select pg_sleep(60)"));
        session.Session.CancelQuery(_ => { });
        session.FromClient(Query("select 2"));
        scene.Loop.Pass(4_900);
        Assert.Equal("Q", session.TypesToServer);
        scene.Loop.Pass(200);
        Assert.Equal("QQ", session.TypesToServer);
    }

    [Fact]
    public void A_drain_ends_who_is_idle_and_waits_for_transactions()
    {
        using SessionScene scene = new();
        SceneSession idle = scene.LogIn();
        SceneSession busy = scene.LogIn();
        busy.FromClient(Query("begin"));
        busy.FromServer([.. Frame('C', "BEGIN\0"), .. Frame('Z', "T")]);
        idle.Session.EndAtIdle(SessionEnd.Shutdown);
        busy.Session.EndAtIdle(SessionEnd.Shutdown);
        Assert.Contains("C57P01\0", idle.Last.Body, StringComparison.Ordinal);
        Assert.DoesNotContain('E', busy.TypesToClient);
        busy.FromClient(Query("commit"));
        busy.FromServer([.. Frame('C', "COMMIT\0"), .. Frame('Z', "I")]);
        Assert.Contains("C57P01\0", busy.Last.Body, StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_that_expired_ends_the_session_at_the_latest_after_its_patience()
    {
        using SessionScene scene = new();
        SceneSession session = scene.LogIn();
        session.FromClient(Query("select pg_sleep(100)"));
        session.Session.EndAtIdle(SessionEnd.TokenExpired, scene.Loop.Now + 60_000);
        scene.Loop.Pass(59_000);
        Assert.Empty(session.Client.Sent);
        scene.Loop.Pass(2_000);
        Assert.Contains("C57P01\0", session.Last.Body, StringComparison.Ordinal);
        Assert.Equal(2, scene.Loop.Connected.Count);
    }

    [Fact]
    public void Idle_sessions_and_long_queries_end_when_their_time_is_over()
    {
        using SessionScene scene = new(options => options with { Limits = new SessionLimits { Idle = TimeSpan.FromSeconds(10), Query = TimeSpan.FromSeconds(3) } });
        SceneSession idle = scene.LogIn();
        SceneSession busy = scene.LogIn();
        scene.Loop.Pass(9_000);
        busy.FromClient(Query("select pg_sleep(100)"));
        scene.Loop.Pass(1_500);
        Assert.Contains("C57P05\0", idle.Last.Body, StringComparison.Ordinal);
        Assert.Contains("gateway.idle_timeout", idle.Last.Body, StringComparison.Ordinal);
        Assert.Empty(busy.Client.Sent);
        scene.Loop.Pass(2_000);
        Assert.Contains("C57014\0", busy.Last.Body, StringComparison.Ordinal);
        Assert.Equal(3, scene.Loop.Connected.Count);
    }

    [Fact]
    public void A_client_that_does_not_read_stops_its_server_and_loses_nothing()
    {
        using SessionScene scene = new();
        SceneSession session = scene.LogIn();
        session.Client.Room = 100_000;
        byte[] row = Frame('D', new string('x', 50_000));
        session.FromServer([.. Enumerable.Repeat(row, 40).SelectMany(bytes => bytes), .. Frame('Z', "I")]);
        Assert.InRange(session.Server.Unread, 1_700_000, 2_000_000);
        Assert.Equal(100_000, session.Client.Sent.Count);
        session.Client.Room = long.MaxValue;
        scene.Loop.Run();
        Assert.Equal(new string('D', 40) + "Z", session.TypesToClient);
    }

    [Fact]
    public void A_server_that_does_not_read_stops_its_client_and_loses_nothing()
    {
        using SessionScene scene = new();
        SceneSession session = scene.LogIn();
        session.Server.Room = 70_000;
        session.FromClient([.. Enumerable.Repeat(Frame('d', new string('x', 50_000)), 40).SelectMany(bytes => bytes)]);
        Assert.InRange(session.Client.Unread, 1_700_000, 2_000_000);
        session.Server.Room = long.MaxValue;
        scene.Loop.Run();
        Assert.Equal(new string('d', 40), session.TypesToServer);
    }

    [Fact]
    public void Statements_of_all_sessions_together_are_bounded()
    {
        using SessionScene scene = new(options => options with { Limits = new SessionLimits { GatheredBytes = 100_000 } });
        SceneSession first = scene.LogIn();
        SceneSession second = scene.LogIn();
        byte[] large = Query(new string('x', 60_000));
        first.FromClient(large.AsSpan(0, 55_000));
        second.FromClient(large.AsSpan(0, 55_000));
        Assert.Equal("Q", second.TypesToServer);
        Assert.Contains("53200", Messages(second.Server.Sent)[0].Body, StringComparison.Ordinal);
        second.FromClient([.. large.AsSpan(55_000), .. Query("select 1")]);
        first.FromClient(large.AsSpan(55_000));
        Assert.Equal("QQ", second.TypesToServer);
        Assert.Equal(large, first.Server.Sent);
        Assert.Equal(0, scene.Parts.Gathered.Held);
    }

    [Theory]
    [InlineData("d", "d")]
    [InlineData("dc", "dc")]
    [InlineData("df", "df")]
    [InlineData("dQ", "dQ")]
    [InlineData("dHSdc", "dHSdc")]
    public void A_copy_goes_on_as_it_is_whatever_interrupts_it(string sent, string arrives)
    {
        using SessionScene scene = new();
        SceneSession session = scene.LogIn();
        session.FromClient(Query("copy t from stdin"));
        session.FromServer(Frame('G', "\0\0\0"));
        session.Server.Sent.Clear();
        foreach (char type in sent)
        {
            session.FromClient(type == 'Q' ? Query("select 1") : Frame(type, type is 'd' or 'f' ? "x\0" : ""));
        }

        Assert.Equal(arrives, session.TypesToServer);
        session.Session.EndAtIdle(SessionEnd.Shutdown);
        Assert.Equal("G", session.TypesToClient);
        session.Client.PeerEnded = true;
        scene.Loop.Run();
        Assert.True(session.Server.FinishedSending);
    }

    [Fact]
    public void Bytes_behind_a_request_for_encryption_are_fatal()
    {
        using SessionScene scene = new();
        SceneSession session = scene.Open();
        session.FromClient([0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x2F, .. Startup]);
        Assert.Contains("C08P01\0", session.Last.Body, StringComparison.Ordinal);
        Assert.Empty(scene.Loop.Connected);
    }

    [Fact]
    public void A_start_up_that_takes_too_long_is_refused_by_the_name_of_its_limit()
    {
        using SessionScene scene = new();
        SceneSession session = scene.Open();
        session.FromClient(Startup.AsSpan(0, 10));
        scene.Loop.Pass(15_000);
        Assert.Contains("C08P01\0", session.Last.Body, StringComparison.Ordinal);
        Assert.Contains("gateway.startup_timeout", session.Last.Body, StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_that_is_away_is_named_and_the_slot_is_given_back()
    {
        using SessionScene scene = new(options => options with { MaxSessions = 1 });
        SceneSession session = scene.Open();
        session.Client.Feed(Startup);
        while (scene.Loop.Connected.Count == 0)
        {
            session.Client.Tell();
        }

        scene.Loop.Connected[0].Refuse("Connection refused");
        scene.Loop.Run();
        Assert.Contains("C57P03\0Mserver main at 127.0.0.1:5432 cannot be reached: Connection refused\0", session.Last.Body, StringComparison.Ordinal);
        Assert.Equal(0, scene.Parts.Admission.Count);
        _ = scene.LogIn();
    }

    [Fact]
    public void One_session_more_than_there_may_be_is_refused_by_the_name_of_the_limit()
    {
        using SessionScene scene = new(options => options with { Limits = new SessionLimits { PerRole = 1 } });
        _ = scene.LogIn();
        SceneSession second = scene.Open();
        second.FromClient(Startup);
        Assert.Contains("C53300\0", second.Last.Body, StringComparison.Ordinal);
        Assert.Contains("gateway.max_sessions_per_role is 1", second.Last.Body, StringComparison.Ordinal);
    }

    [Fact]
    public void A_client_that_goes_away_takes_its_session_with_it()
    {
        using SessionScene scene = new();
        SceneSession session = scene.LogIn();
        session.Client.PeerGone = true;
        scene.Loop.Run();
        Assert.True(session.Server.FinishedSending);
        session.FromServer(Answer());
        Assert.True(session.Client.Closed && session.Server.Closed);
        Assert.Equal(0, scene.Parts.Connections);
    }

    [Fact]
    public void A_server_that_goes_away_is_told_to_the_client()
    {
        using SessionScene scene = new();
        SceneSession session = scene.LogIn();
        session.Server.PeerGone = true;
        scene.Loop.Run();
        Assert.Contains("SFATAL\0VFATAL\0C57P03\0", session.Last.Body, StringComparison.Ordinal);
        Assert.False(session.Client.Closed);
        session.Client.PeerEnded = true;
        scene.Loop.Run();
        Assert.True(session.Client.Closed);
    }

    [Fact]
    public void A_statement_that_is_judged_elsewhere_holds_up_only_its_session()
    {
        using SessionScene scene = new(knows: false);
        SceneSession first = scene.LogIn();
        SceneSession second = scene.LogIn();
        first.FromClient([.. Query("create table t()"), .. Query("select 1")]);
        second.FromClient(Sync);
        Assert.Equal("S", second.TypesToServer);
        scene.Loop.RunUntil(() => first.TypesToServer == "QQ");
        Assert.Contains("LP301", Messages(first.Server.Sent)[0].Body, StringComparison.Ordinal);
    }
}
