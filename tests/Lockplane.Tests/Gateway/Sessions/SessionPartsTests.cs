using System.Net;
using Lockplane.Gateway.Relays;
using Lockplane.Gateway.Sessions;
using Lockplane.Wire;
using Lockplane.Wire.Backend;
using Lockplane.Wire.Frontend;
using static Lockplane.Tests.Gateway.Sessions.SessionScene;

namespace Lockplane.Tests.Gateway.Sessions;

/// <summary>What sessions share, each by itself.</summary>
public sealed class SessionPartsTests
{
    [Fact]
    public void The_key_of_a_session_names_its_process_and_its_slot()
    {
        CancelKeys keys = new(5);
        using SessionScene scene = new();
        SceneSession session = scene.Open();
        BackendKeyData issued = keys.Issue(ProtocolVersion.V32, session.Session);
        Assert.Equal((5, 1, 32), (issued.ProcessId >> 20, issued.ProcessId & 0xF_FFFF, issued.Key.Length));
        Assert.Equal(4, keys.Issue(ProtocolVersion.V30, session.Session).Key.Length);
        CancelRequest request = new(issued.ProcessId, issued.Key);
        Assert.Same(session.Session, keys.Find(request));
        Assert.Null(keys.Find(request with { Key = [.. new byte[32]] }));
        Assert.Null(keys.Find(request with { ProcessId = issued.ProcessId & 0xF_FFFF }));
        keys.Withdraw(issued);
        Assert.Null(keys.Find(request));
    }

    [Fact]
    public void The_oldest_silent_connection_makes_room_for_the_newest()
    {
        using SessionScene scene = new();
        StartingConnections starting = new(most: 3, mostPerAddress: 2);
        Session[] sessions = [.. Enumerable.Range(0, 4).Select(_ => scene.Open().Session)];
        IPAddress one = IPAddress.Parse("10.0.0.1");
        Assert.Null(starting.Add(sessions[0], IPAddress.Parse("10.0.0.2")));
        Assert.Null(starting.Add(sessions[1], one));
        Assert.Null(starting.Add(sessions[2], one));
        Assert.Same(sessions[1], starting.Add(sessions[3], one));
        Assert.Equal(3, starting.Count);
        Assert.Same(sessions[0], starting.Add(sessions[1], IPAddress.Parse("10.0.0.3")));
    }

    [Fact]
    public void Who_guesses_keys_is_ignored_for_a_while()
    {
        UnknownKeys unknown = new();
        IPAddress address = IPAddress.Parse("10.0.0.1");
        for (int i = 0; i < UnknownKeys.Most; i++)
        {
            Assert.False(unknown.Ignores(address, 1_000));
            unknown.Add(address, 1_000);
        }

        Assert.True(unknown.Ignores(address, 1_001));
        Assert.False(unknown.Ignores(IPAddress.Parse("10.0.0.2"), 1_001));
        Assert.False(unknown.Ignores(address, 1_000 + UnknownKeys.Window));
    }

    [Fact]
    public void Requests_are_counted_against_ReadyForQuery()
    {
        RequestsInFlight requests = new();
        Assert.True(requests.Idle);
        requests.Sent(FrontendMessage.Parse);
        Assert.True(requests.Running);
        requests.Sent(FrontendMessage.Sync);
        requests.Sent(FrontendMessage.Query);
        requests.Ready(TransactionStatus.Idle);
        Assert.False(requests.Idle);
        requests.Ready(TransactionStatus.Idle);
        Assert.True(requests.Idle);

        // A Sync that was sent before a copy began is ignored by the server.
        requests.Sent(FrontendMessage.Execute);
        requests.Sent(FrontendMessage.Sync);
        requests.CopyIn();
        Assert.True(requests.Running);
        requests.Sent(FrontendMessage.CopyDone);
        requests.Sent(FrontendMessage.Sync);
        requests.Ready(TransactionStatus.Idle);
        Assert.True(requests.Idle);
    }
}
