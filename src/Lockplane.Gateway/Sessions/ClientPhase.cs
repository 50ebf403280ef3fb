using System.Security.Cryptography;
using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Loops;
using Lockplane.Gateway.Proxies;
using Lockplane.Wire;

namespace Lockplane.Gateway.Sessions;

/// <summary>From accept to the client's proof: drives <see cref="ClientLogin"/> on its connection.</summary>
internal sealed class ClientPhase(Session session, Connection client) : IConnectionOwner, IDisposable
{
    private readonly LoginChannel _channel = new(client);
    private ClientLogin? _login;
    private TlsConnection? _handshake;
    private bool _tlsDue;
    private bool _asking;
    private bool _over;

    /// <summary>What was received and is to be sent.</summary>
    public LoginChannel Channel => _channel;

    /// <summary>The rule that decided; null before one did.</summary>
    public AuthRule? Rule => _login?.Rule;

    /// <summary>Whether a message of ours would be understood: not while TLS begins.</summary>
    public bool CanSpeak => _handshake is null && !_tlsDue;

    /// <summary>Begins to listen to the client.</summary>
    public void Begin()
    {
        client.Owner = this;
        _channel.Watch();
    }

    /// <summary>The phase is over; its connection and its channel are somebody else's.</summary>
    public void Leave() => _over = true;

    /// <inheritdoc/>
    public void Dispose()
    {
        _over = true;
        _channel.Dispose();
    }

    /// <inheritdoc/>
    public void OnReady(Connection connection, Readiness readiness)
    {
        if (_over)
        {
            return;
        }

        if (_handshake is not null)
        {
            Attempt(Shake);
            return;
        }

        if ((readiness & Readiness.Writable) != 0 && !_channel.TryFlush())
        {
            session.Gone();
            return;
        }

        if ((readiness & Readiness.Readable) != 0 && !_asking && _channel.Out.Count == 0 && !_channel.TryReceive())
        {
            session.Gone();
            return;
        }

        if (!_asking)
        {
            Attempt(GoOn);
        }
    }

    /// <inheritdoc/>
    public void OnFault(Connection connection, Exception fault) => session.End(SessionEnd.Failed);

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

        if (_login is null && !TryBegin())
        {
            _channel.Watch();
            return;
        }

        while (!_over)
        {
            switch (_login!.Advance(_channel.In, _channel.Out))
            {
                case ClientLoginState.Requested:
                    session.Requested(_login.Request);
                    break;
                case ClientLoginState.Asked:
                    if (!Ask(_login.Question))
                    {
                        return;
                    }

                    break;
                case ClientLoginState.StartTls:
                    _tlsDue = true;
                    StartTls();
                    return;
                case ClientLoginState.Cancelling:
                    session.Cancelling(_login.Cancel!);
                    return;
                case ClientLoginState.Proven:
                    session.Proven(_login.Request, _login.Proof, this);
                    return;
                default:
                    Flush();
                    return;
            }
        }
    }

    private void Flush()
    {
        if (_channel.TryFlush())
        {
            _channel.Watch();
        }
        else
        {
            session.Gone();
        }
    }

    /// <summary>Whether the login can begin: the header of a trusted proxy comes first.</summary>
    private bool TryBegin()
    {
        if (session.FromProxy)
        {
            int size = ProxyHeader.TryRead(_channel.In.Unread, out ProxyHeader? header);
            if (size == 0)
            {
                return false;
            }

            _channel.In.Consume(size);
            session.Proxied(header!.Source?.Address);
        }

        _login = new ClientLogin(session.Terms.Login, session.Address, Nonce());
        return true;
    }

    private void StartTls()
    {
        if (!_channel.TryFlush())
        {
            session.Gone();
            return;
        }

        if (_channel.Out.Count > 0)
        {
            _channel.Watch();
            return;
        }

        _tlsDue = false;
        _handshake = session.Loop.StartTls(_channel.Connection, _login!.TlsRole);
        _channel.Connection = _handshake;
        session.Client = _handshake;
        Shake();
    }

    private void Shake()
    {
        switch (_handshake!.Advance())
        {
            case Handshake.Done:
                TlsFacts facts = _handshake.Tls!;
                _handshake = null;
                _login!.TlsStarted(facts);
                GoOn();
                break;
            case Handshake.Failed:
                session.HandshakeFailed(_handshake.Failure);
                break;
        }
    }

    /// <summary>True when the answer is there already.</summary>
    private bool Ask(LoginQuestion question)
    {
        ValueTask<LoginAnswer> task = session.Authority.AnswerAsync(question, session.Over);
        if (task.IsCompletedSuccessfully)
        {
            _login!.Answer(task.Result);
            return true;
        }

        _asking = true;
        _channel.Connection.Watch(Readiness.None);
        session.Await(task, answer =>
        {
            if (_over)
            {
                return;
            }

            _asking = false;
            _login!.Answer(answer);
            Attempt(GoOn);
        });
        return false;
    }

    /// <summary>Fresh and random, as SCRAM wants it.</summary>
    internal static string Nonce() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));
}
