using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Loops;
using Lockplane.Wire;

namespace Lockplane.Gateway.Sessions;

/// <summary>What both halves of a login do on their peer's connection: flush, begin TLS, and wait for answers from off the loop.</summary>
internal abstract class LoginPhase(Session session)
{
    private TlsConnection? _handshake;
    private bool _tlsDue;

    /// <summary>Whose login it is.</summary>
    protected Session Session { get; } = session;

    /// <summary>Whether TLS begins, so that a message of ours would not be understood.</summary>
    protected bool TlsBegins => _handshake is not null || _tlsDue;

    /// <summary>Whether an answer is awaited: the peer is not read meanwhile.</summary>
    protected bool Asking { get; private set; }

    /// <summary>After <see cref="Leave"/>.</summary>
    protected bool Over { get; private set; }

    /// <summary>The connection that the login is on.</summary>
    protected abstract LoginChannel Peer { get; }

    /// <summary>How TLS is to begin.</summary>
    protected abstract TlsRole TlsRole { get; }

    /// <summary>The phase is over; its connections are somebody else's.</summary>
    public void Leave() => Over = true;

    /// <summary>Advances the login until something is to be waited for.</summary>
    protected abstract void GoOn();

    /// <summary>Told of the connection that takes the place of the one before.</summary>
    protected virtual void TlsStarted(TlsConnection connection)
    {
    }

    /// <summary>The handshake failed: the session is to end.</summary>
    protected abstract void TlsFailed(string? reason);

    /// <summary>The handshake is done; then <see cref="GoOn"/>.</summary>
    protected abstract void TlsDone(TlsFacts facts);

    /// <summary>Takes the answer to what was asked; then <see cref="GoOn"/>.</summary>
    protected abstract void Answered(LoginAnswer answer);

    /// <summary>The peer closed the connection, or it broke: the session is to end.</summary>
    protected abstract void PeerGone();

    /// <summary>Takes an event of the peer's connection.</summary>
    protected void Take(Readiness readiness)
    {
        if (_handshake is not null)
        {
            Attempt(Shake);
        }
        else if ((readiness & Readiness.Writable) != 0 && !Peer.TryFlush())
        {
            PeerGone();
        }
        else if ((readiness & Readiness.Readable) != 0 && !Asking && Peer.Out.Count == 0 && !Peer.TryReceive())
        {
            PeerGone();
        }
        else if (!Asking)
        {
            Attempt(_tlsDue ? FlushAndStartTls : GoOn);
        }
    }

    /// <summary>Refuses the login for what a step throws.</summary>
    protected void Attempt(Action step)
    {
        try
        {
            step();
        }
        catch (ProtocolException refusal)
        {
            Session.Refuse(refusal);
        }
    }

    /// <summary>Sends what is to be sent, and waits for more.</summary>
    protected void Flush()
    {
        if (Peer.TryFlush())
        {
            Peer.Watch();
        }
        else
        {
            PeerGone();
        }
    }

    /// <summary>Begins TLS once everything before it is sent.</summary>
    protected void StartTls()
    {
        _tlsDue = true;
        FlushAndStartTls();
    }

    /// <summary>True when the answer is there already.</summary>
    protected bool Ask(LoginQuestion question)
    {
        ValueTask<LoginAnswer> task = Session.Authority.AnswerAsync(question, Session.Over);
        if (task.IsCompletedSuccessfully)
        {
            Answered(task.Result);
            return true;
        }

        Asking = true;
        Peer.Connection.Watch(Readiness.None);
        Session.Await(task, answer =>
        {
            if (Over)
            {
                return;
            }

            Asking = false;
            Answered(answer);
            Attempt(GoOn);
        });
        return false;
    }

    private void FlushAndStartTls()
    {
        if (!Peer.TryFlush())
        {
            PeerGone();
            return;
        }

        if (Peer.Out.Count > 0)
        {
            Peer.Watch();
            return;
        }

        _tlsDue = false;
        _handshake = Session.Loop.StartTls(Peer.Connection, TlsRole);
        Peer.Connection = _handshake;
        TlsStarted(_handshake);
        Shake();
    }

    private void Shake()
    {
        switch (_handshake!.Advance())
        {
            case Handshake.Done:
                TlsFacts facts = _handshake.Tls!;
                _handshake = null;
                TlsDone(facts);
                GoOn();
                break;
            case Handshake.Failed:
                TlsFailed(_handshake.Failure);
                break;
        }
    }
}
