using System.Net;
using Lockplane.Gateway.Audit;
using Lockplane.Gateway.Loops;
using Lockplane.Gateway.Relays;
using Lockplane.Gateway.Servers;
using Lockplane.Gateway.Statements;
using Lockplane.Wire.Backend;

namespace Lockplane.Gateway.Sessions;

/// <summary>The session while it relays: what is asked off the loop, and its times.</summary>
internal sealed partial class Session
{
    private const long TokenPatience = 60_000;

    private Connection? _server;
    private IStatementJudge? _judge;
    private EndPoint? _serverAddress;
    private BackendKeyData? _serverKey;
    private SessionEnd? _forced;
    private long _forcedAt = long.MaxValue;
    private long _expiresAt = long.MaxValue;
    private SessionEnd _expired = SessionEnd.TokenExpired;
    private long _remindedAt = long.MaxValue;

    /// <summary>The server is ready for the first query.</summary>
    public void Ready(ServerPhase phase)
    {
        phase.Leave();
        _serverPhase = null;
        (_server, _serverAddress, _serverKey) = (phase.Server!.Connection, phase.Address, phase.Login.Key);
        _established = true;
        Established();
        RequestsInFlight requests = new();
        PendingRefusals refusals = new();
        bool gated = _request!.Profile.IsGated;
        _judge = gated ? Terms.Gates.For(_request.Profile, ServerDatabase) : null;
        _relay = new Relay(Loop, _parts.Gathered, Client, _server,
            new ClientRelay(_judge, refusals, requests, Loop.Metrics, Terms.Options.MaxStatementBytes, applies: _request.Profile.Kind == ProfileKind.Migrator),
            new ServerRelay(refusals, requests, pinned: gated), requests, this);

        // What the server said so far goes first; the relay sends the rest of it when the client takes it.
        _relay.ToClient.Write(phase.Client.Out.Unread);
        _relay.Begin(phase.Client.In.Unread, phase.Server.In.Unread);
        phase.Client.Dispose();
        phase.Server.Dispose();
        if (!_ended)
        {
            CheckTimes(Loop.Now);
        }
    }

    /// <inheritdoc/>
    public void Judge(byte[] text)
    {
        Relay relay = _relay!;
        Terms.Gates.Post(text.Length, () => JudgeOffLoop(relay, text));
    }

    /// <inheritdoc/>
    public void Told(Judgement judgement, bool refused)
    {
        Refusal refusal = judgement.Refusal;
        if (refused)
        {
            _parts.Metrics.Refused(refusal.Code);
            _parts.Log.Refused(Number, User, refusal.Code);
        }

        _parts.Audit.Write(new AuditEvent
        {
            Kind = refused ? AuditKind.Refusal : AuditKind.Observe, Session = Number, Address = Address, Role = User, Database = Database, Context = _context,
            Profile = Profile, Code = refusal.Code, Subject = refusal.Subject, Statement = judgement.Text, StatementBytes = judgement.Bytes > judgement.Text.Length ? judgement.Bytes : 0,
        });
    }

    /// <inheritdoc/>
    public void Ended(SessionEnd end) => Leave(end);

    private void Established()
    {
        _parts.Metrics.Authenticated(_method, null);
        _parts.Log.LoggedIn(Number, User, Database, Address);
        _parts.Audit.Write(new AuditEvent
        {
            Kind = AuditKind.Login, Session = Number, Address = Address, Role = User, Database = Database, Context = _context, Profile = Profile, Reason = _method,
        });
    }

    private void JudgeOffLoop(Relay relay, byte[] text)
    {
        if (_ended)
        {
            return;
        }

        try
        {
            Verdict verdict = _judge!.Judge(text, Number);
            Post(() => relay.Judged(verdict));
        }
        catch (Exception e)
        {
            _parts.Log.Failed(Number, e);
            Post(() => relay.End(SessionEnd.Failed));
        }
    }

    /// <summary>Ends what is due, and asks to be reminded of what may be due next.</summary>
    private void CheckTimes(long now)
    {
        if (now >= _remindedAt)
        {
            _remindedAt = long.MaxValue;
        }

        if (now >= _forcedAt)
        {
            End(_forced!);
            return;
        }

        long next = long.MaxValue;
        if (_expiresAt != long.MaxValue)
        {
            if (now >= _expiresAt)
            {
                long latest = _expiresAt + TokenPatience;
                _expiresAt = long.MaxValue;
                EndAtIdle(_expired, latest);
                if (_ended)
                {
                    return;
                }
            }
            else
            {
                next = _expiresAt;
            }
        }

        SessionLimits limits = Terms.Options.Limits;
        bool idle = _relay!.Requests.Idle && !_relay.Waiting;
        bool running = _relay.Requests.Running || _relay.Applying;
        if (!Check(limits.Idle, idle, _relay.LastReceived, now, ref next))
        {
            End(SessionEnd.Idle(limits.Idle));
        }
        else if (!Check(limits.Query, running, _relay.RunningSince, now, ref next))
        {
            End(SessionEnd.QueryTime(limits.Query));
        }
        else if (next != long.MaxValue)
        {
            next = Math.Min(next, now + SessionAlarm.Furthest);
            if (next < _remindedAt)
            {
                _remindedAt = next;
                Loop.Remind(_alarm, next);
            }
        }
    }

    // What has not begun yet cannot be due before its whole time is over, counted from now.
    private static bool Check(TimeSpan limit, bool applies, long since, long now, ref long next)
    {
        if (limit == TimeSpan.Zero)
        {
            return true;
        }

        long due = (applies ? since : now) + (long)limit.TotalMilliseconds;
        next = Math.Min(next, Math.Max(due, now + 1));
        return !applies || now < due;
    }
}
