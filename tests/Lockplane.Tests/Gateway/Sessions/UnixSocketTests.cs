using Lockplane.Gateway.Authentication;
using static Lockplane.Tests.Gateway.Sessions.SessionScene;

namespace Lockplane.Tests.Gateway.Sessions;

/// <summary>Clients that come by the Unix socket.</summary>
public sealed class UnixSocketTests
{
    [Theory]
    [InlineData(ConnectionType.Host, false, true)]
    [InlineData(ConnectionType.Host, true, false)]
    [InlineData(ConnectionType.Local, false, false)]
    [InlineData(ConnectionType.Local, true, true)]
    public void A_client_of_the_Unix_socket_logs_in_by_a_local_rule_only_and_nobody_else_does(ConnectionType type, bool local, bool accepted)
    {
        using SessionScene scene = new(options => options with { UnixSocket = "/run/gateway.sock", Auth = [new AuthRule { Type = type, Method = AuthMethod.Trust }] });
        SceneSession session = scene.Open(local);
        session.FromClient(Startup);
        Assert.Equal(accepted, scene.Loop.Connected.Count == 1);
        Assert.Equal(!accepted, session.TypesToClient == "E" && session.Last.Body.Contains("C28000\0", StringComparison.Ordinal));
    }

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
}
