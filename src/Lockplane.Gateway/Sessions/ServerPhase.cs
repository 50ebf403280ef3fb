using System.Diagnostics;
using System.Net;
using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Loops;
using Lockplane.Gateway.Servers;
using Lockplane.Wire;

namespace Lockplane.Gateway.Sessions;

/// <summary>From the client's proof to the server's first ReadyForQuery: connects, and drives <see cref="ServerLogin"/>.</summary>
/// <param name="client">Listened to meanwhile, so that a client that goes away is noticed; what it sends early is kept.</param>
internal sealed class ServerPhase(Session session, LoginChannel client, ServerLogin login) : LoginPhase(session), IConnectionOwner, IDialing, IDisposable
{
    // What a server may say before it is ready: more is no greeting.
    private const int MostGreeting = 256 * 1024;

    private readonly long _began = Stopwatch.GetTimestamp();
    private ServerDialer? _dialer;
    private LoginChannel? _server;

    /// <summary>Both sides' bytes.</summary>
    public LoginChannel Client => client;

    /// <summary>The connection to the server, once it is up.</summary>
    public LoginChannel? Server => _server;

    /// <summary>Where the server is.</summary>
    public EndPoint? Address { get; private set; }

    /// <summary>What a cancel needs to know.</summary>
    public ServerLogin Login => login;

    /// <inheritdoc/>
    protected override LoginChannel Peer => _server!;

    /// <inheritdoc/>
    protected override TlsRole TlsRole => login.TlsRole;

    /// <summary>Begins to connect.</summary>
    public void Begin()
    {
        client.Connection.Owner = this;

        // What it is to be told goes out at the end, in one piece.
        client.Connection.Watch(Readiness.Readable);
        _dialer = new ServerDialer(Session.Loop, Session.Terms.Options.Server, this);
        _dialer.Dial();
    }

    /// <summary>Closes what there is of the server.</summary>
    public void Dispose()
    {
        Leave();
        _dialer?.Stop();
        _server?.Connection.Close();
        _server?.Dispose();
        client.Dispose();
    }

    /// <inheritdoc/>
    public void Connected(Connection connection, EndPoint address)
    {
        Address = address;
        connection.Owner = this;
        _server = new LoginChannel(connection);
        Session.ServerConnected(Stopwatch.GetTimestamp() - _began);
        Session.SignContext(login, connection.LocalPort);
        login.Start(_server.Out);
        Attempt(GoOn);
    }

    /// <inheritdoc/>
    public void NotConnected(string reason) => Session.ServerAway($"cannot be reached: {reason}");

    /// <inheritdoc/>
    public void OnReady(Connection connection, Readiness readiness)
    {
        if (Over)
        {
            return;
        }

        if (connection == client.Connection)
        {
            ReadClient();
        }
        else
        {
            Take(readiness);
        }
    }

    /// <inheritdoc/>
    public void OnFault(Connection connection, Exception fault) => Session.End(SessionEnd.Failed);

    /// <inheritdoc/>
    protected override void PeerGone() => Session.ServerAway("closed the connection during the login");

    /// <inheritdoc/>
    protected override void TlsFailed(string? reason) => Session.ServerAway($"failed the TLS handshake: {reason}");

    /// <inheritdoc/>
    protected override void TlsDone(TlsFacts facts) => login.TlsStarted(facts);

    /// <inheritdoc/>
    protected override void Answered(LoginAnswer answer) => login.Answer(answer);

    /// <inheritdoc/>
    protected override void GoOn()
    {
        while (!Over)
        {
            ServerLoginState state = login.Advance(_server!.In, _server.Out, client.Out);
            if (client.Out.Count > MostGreeting)
            {
                throw new ProtocolException($"the server sent more than {MostGreeting} bytes before it was ready");
            }

            switch (state)
            {
                case ServerLoginState.Ready:
                    Session.Ready(this);
                    return;
                case ServerLoginState.Refused:
                    Session.ServerRefused();
                    return;
                case ServerLoginState.Asked:
                    if (!Ask(login.Question))
                    {
                        return;
                    }

                    break;
                case ServerLoginState.StartTls:
                    StartTls();
                    return;
                default:
                    Flush();
                    return;
            }
        }
    }

    private void ReadClient()
    {
        int before = client.In.Count;
        if (!client.TryReceive())
        {
            Session.Gone();
        }
        else if (client.In.Count > before)
        {
            // It sends before it was told to: that waits, and so does what comes behind it.
            client.Connection.Watch(Readiness.None);
        }
    }
}
