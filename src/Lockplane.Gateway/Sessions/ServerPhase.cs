using System.Diagnostics;
using System.Net;
using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Loops;
using Lockplane.Gateway.Servers;
using Lockplane.Wire;

namespace Lockplane.Gateway.Sessions;

/// <summary>From the client's proof to the server's first ReadyForQuery: connects, and drives <see cref="ServerLogin"/>.</summary>
/// <param name="client">Listened to meanwhile, so that a client that goes away is noticed; what it sends early is kept.</param>
internal sealed class ServerPhase(Session session, LoginChannel client, ServerLogin login) : IConnectionOwner, IDialing, IDisposable
{
    // What a server may say before it is ready: more is no greeting.
    private const int MostGreeting = 256 * 1024;

    private readonly long _began = Stopwatch.GetTimestamp();
    private ServerDialer? _dialer;
    private LoginChannel? _server;
    private TlsConnection? _handshake;
    private bool _tlsDue;
    private bool _asking;
    private bool _over;

    /// <summary>Both sides' bytes.</summary>
    public LoginChannel Client => client;

    /// <summary>The connection to the server, once it is up.</summary>
    public LoginChannel? Server => _server;

    /// <summary>Where the server is.</summary>
    public EndPoint? Address { get; private set; }

    /// <summary>What a cancel needs to know.</summary>
    public ServerLogin Login => login;

    /// <summary>Begins to connect.</summary>
    public void Begin()
    {
        client.Connection.Owner = this;

        // What it is to be told goes out at the end, in one piece.
        client.Connection.Watch(Readiness.Readable);
        _dialer = new ServerDialer(session.Loop, session.Terms.Options.Server, this);
        _dialer.Dial();
    }

    /// <summary>The phase is over; its connections are somebody else's.</summary>
    public void Leave() => _over = true;

    /// <summary>Closes what there is of the server.</summary>
    public void Dispose()
    {
        _over = true;
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
        session.ServerConnected(Stopwatch.GetTimestamp() - _began);
        login.Start(_server.Out);
        Attempt(GoOn);
    }

    /// <inheritdoc/>
    public void NotConnected(string reason) => session.ServerAway($"cannot be reached: {reason}");

    /// <inheritdoc/>
    public void OnReady(Connection connection, Readiness readiness)
    {
        if (_over)
        {
            return;
        }

        if (connection == client.Connection)
        {
            ReadClient();
        }
        else if (_handshake is not null)
        {
            Attempt(Shake);
        }
        else if ((readiness & Readiness.Writable) != 0 && !_server!.TryFlush())
        {
            session.ServerAway("closed the connection during the login");
        }
        else if ((readiness & Readiness.Readable) != 0 && !_asking && !_server!.TryReceive())
        {
            session.ServerAway("closed the connection during the login");
        }
        else if (!_asking)
        {
            Attempt(GoOn);
        }
    }

    /// <inheritdoc/>
    public void OnFault(Connection connection, Exception fault) => session.End(SessionEnd.Failed);

    private void ReadClient()
    {
        int before = client.In.Count;
        if (!client.TryReceive())
        {
            session.Gone();
        }
        else if (client.In.Count > before)
        {
            // It sends before it was told to: that waits, and so does what comes behind it.
            client.Connection.Watch(Readiness.None);
        }
    }

    private void Attempt(Action step)
    {
        try
        {
            step();
        }
        catch (ProtocolException refusal)
        {
            session.Refuse(refusal);
        }
    }

    private void GoOn()
    {
        if (_tlsDue)
        {
            StartTls();
            return;
        }

        while (!_over)
        {
            ServerLoginState state = login.Advance(_server!.In, _server.Out, client.Out);
            if (client.Out.Count > MostGreeting)
            {
                throw new ProtocolException($"the server sent more than {MostGreeting} bytes before it was ready");
            }

            switch (state)
            {
                case ServerLoginState.Ready:
                    session.Ready(this);
                    return;
                case ServerLoginState.Refused:
                    session.ServerRefused();
                    return;
                case ServerLoginState.Asked:
                    if (!Ask(login.Question))
                    {
                        return;
                    }

                    break;
                case ServerLoginState.StartTls:
                    _tlsDue = true;
                    StartTls();
                    return;
                default:
                    Flush();
                    return;
            }
        }
    }

    private void Flush()
    {
        if (_server!.TryFlush())
        {
            _server.Watch();
        }
        else
        {
            session.ServerAway("closed the connection during the login");
        }
    }

    private void StartTls()
    {
        if (!_server!.TryFlush())
        {
            session.ServerAway("closed the connection during the login");
            return;
        }

        if (_server.Out.Count > 0)
        {
            _server.Watch();
            return;
        }

        _tlsDue = false;
        _handshake = session.Loop.StartTls(_server.Connection, login.TlsRole);
        _server.Connection = _handshake;
        Shake();
    }

    private void Shake()
    {
        switch (_handshake!.Advance())
        {
            case Handshake.Done:
                TlsFacts facts = _handshake.Tls!;
                _handshake = null;
                login.TlsStarted(facts);
                GoOn();
                break;
            case Handshake.Failed:
                session.ServerAway($"failed the TLS handshake: {_handshake.Failure}");
                break;
        }
    }

    private bool Ask(LoginQuestion question)
    {
        ValueTask<LoginAnswer> task = session.Authority.AnswerAsync(question, session.Over);
        if (task.IsCompletedSuccessfully)
        {
            login.Answer(task.Result);
            return true;
        }

        _asking = true;
        _server!.Connection.Watch(Readiness.None);
        session.Await(task, answer =>
        {
            if (_over)
            {
                return;
            }

            _asking = false;
            login.Answer(answer);
            Attempt(GoOn);
        });
        return false;
    }
}
