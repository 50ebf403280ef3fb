using System.Net;
using Lockplane.Gateway.Audit;
using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Identity;
using Lockplane.Gateway.Loops;
using Lockplane.Gateway.Metrics;
using Lockplane.Gateway.Operations;
using Lockplane.Gateway.Relays;
using Lockplane.Gateway.Statements;
using Lockplane.Wire;
using Lockplane.Wire.Backend;
using Lockplane.Wire.Framing;

namespace Lockplane.Gateway.Sessions;

/// <summary>One client connection from accept to close. Lives on one loop; all but what says otherwise is for that loop's thread.</summary>
/// <remarks>
/// It is in one phase at a time, and the phase owns the connections: <see cref="ClientPhase"/>, <see cref="ServerPhase"/>, <see cref="Relay"/>,
/// <see cref="EndPhase"/>. What a phase needed goes with it, so that an idle session is small.
/// </remarks>
internal sealed partial class Session : IRelayOwner, IDisposable
{
    private readonly GatewayParts _parts;
    private readonly DateTimeOffset _since = DateTimeOffset.UtcNow;
    private readonly long _startupDeadline;
    private readonly SessionAlarm _alarm;
    private ClientPhase? _clientPhase;
    private ServerPhase? _serverPhase;
    private Relay? _relay;
    private EndPhase? _endPhase;
    private CancellationTokenSource? _overSource;
    private Admitted? _admitted;
    private bool _established;
    private bool _ended;
    private bool _gone;

    public Session(ILoop loop, GatewayParts parts, Connection client, IPEndPoint? remote)
    {
        (Loop, _parts, Client) = (loop, parts, client);
        Terms = parts.Terms;
        _alarm = new SessionAlarm(this);
        Number = parts.NextNumber();
        IPAddress? address = remote?.Address;
        Address = address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;
        FromProxy = Address is not null && Terms.Options.ProxyNetworks.Any(network => network.Contains(Address));
        _startupDeadline = loop.Now + (long)Terms.Options.StartupTimeout.TotalMilliseconds;
    }

    /// <summary>What <c>kill</c> takes.</summary>
    public long Number { get; }

    public ILoop Loop { get; }

    /// <summary>The configuration that it began under.</summary>
    public SessionTerms Terms { get; }

    public ILoginAuthority Authority => _parts.Authority;

    /// <summary>Replaced when TLS begins.</summary>
    public Connection Client { get; set; }

    /// <summary>The client's; null on a Unix socket.</summary>
    public IPAddress? Address { get; private set; }

    /// <summary>Whether a PROXY header comes first.</summary>
    public bool FromProxy { get; }

    /// <summary>Cancelled when the session is over, for what is done for it off the loop.</summary>
    public CancellationToken Over
    {
        get
        {
            _overSource ??= new CancellationTokenSource();
            if (_ended)
            {
                _overSource.Cancel();
            }

            return _overSource.Token;
        }
    }

    /// <summary>Does work on the session's loop, soon. What fails there ends this session, as what fails at an event does. From any thread.</summary>
    public void Post(Action work) => Loop.Post(() =>
    {
        try
        {
            work();
        }
        catch (Exception e)
        {
            _parts.Log.Failed(Number, e);
            End(SessionEnd.Failed);
        }
    });

    /// <summary>Begins to listen to the client.</summary>
    public void Begin()
    {
        Loop.Metrics.ConnectionOpened();
        _parts.Add(this);
        _clientPhase = new ClientPhase(this, Client);
        _clientPhase.Begin();
        Loop.Remind(_alarm, _startupDeadline);
        if (_parts.Starting.Add(this, Address ?? IPAddress.Loopback) is { } oldest)
        {
            oldest.Post(oldest.MakeRoom);
        }

        if (_parts.Draining)
        {
            // It was accepted while the listener closed.
            End(SessionEnd.Shutdown);
        }
    }

    /// <summary>Ends the session now, with last words where the client can be told.</summary>
    public void End(SessionEnd end)
    {
        if (_ended)
        {
            return;
        }

        if (_relay is not null)
        {
            if (_relay.Requests.Running && end.By is EndedBy.Operator or EndedBy.Gateway or EndedBy.Timeout or EndedBy.Token)
            {
                SendCancel();
            }

            _relay.End(end);
        }
        else
        {
            Leave(end);
        }
    }

    /// <summary>Ends the session once it is outside a transaction, at the latest at a time of the loop's clock.</summary>
    public void EndAtIdle(SessionEnd end, long latest = long.MaxValue)
    {
        if (_ended)
        {
            return;
        }

        if (_relay is null)
        {
            End(end);
            return;
        }

        if (latest < _forcedAt)
        {
            (_forced, _forcedAt) = (end, latest);
            Loop.Remind(_alarm, latest);
        }

        _relay.EndAtIdle(end);
    }

    /// <summary>After a reload: a session whose profile allowed more than it would get now ends at its next idle point.</summary>
    public void Compare(Profiles profiles)
    {
        if (_request is { } request && request.Profile.AllowsMoreThan(profiles.Find(ServerDatabase, request.User)))
        {
            EndAtIdle(SessionEnd.Reloaded);
        }
    }

    /// <summary>An operator ends the session.</summary>
    public void Kill()
    {
        if (_ended)
        {
            return;
        }

        _parts.Audit.Write(new AuditEvent
        {
            Kind = AuditKind.Kill, Session = Number, Address = Address, Role = User, Database = Database, Context = _context,
            Profile = Profile, Code = SqlState.AdminShutdown,
        });
        End(SessionEnd.Killed);
    }

    /// <summary>Closes the connection without a word, whatever it is at.</summary>
    public void Dispose()
    {
        if (!_ended)
        {
            End(SessionEnd.ByClient);
        }

        _endPhase?.Abort();
    }

    /// <summary>A newer connection needs the room of one that has not logged in.</summary>
    public void MakeRoom()
    {
        if (_clientPhase is not null && !_ended)
        {
            _parts.Metrics.Refused(SqlState.TooManyConnections);
            End(SessionEnd.Crowded);
        }
    }

    /// <summary>The client is gone, so there is nothing to say.</summary>
    public void Gone()
    {
        _parts.Log.ClosedDuringStartup(Number);
        Leave(SessionEnd.ByClient);
    }

    /// <summary>A time that was asked for has come.</summary>
    public void OnTime(long now)
    {
        if (_ended)
        {
            return;
        }

        if (_relay is not null)
        {
            CheckTimes(now);
        }
        else if (now >= _startupDeadline)
        {
            Refuse(new ProtocolException(SqlState.ProtocolViolation, $"start-up took longer than gateway.startup_timeout ({Terms.Options.StartupTimeout.TotalSeconds:0.###} s)"));
        }
    }

    /// <summary>Something of ours failed, and was reported.</summary>
    public void OnFault(Exception fault) => End(SessionEnd.Failed);

    /// <summary>For operators. From any thread; what changes meanwhile may not fit together.</summary>
    public SessionInfo Describe() => new(
        Number, State(), _request?.User ?? "", _request?.Database ?? "", Address, _context ?? SessionContext.None,
        _request?.Settings.GetValueOrDefault("application_name") ?? "", Profile, _since, Client.Tls?.Protocol);

    /// <summary>How far it is. From any thread.</summary>
    public SessionState State()
    {
        if (_ended)
        {
            return SessionState.Ending;
        }

        if (_relay is not { } relay)
        {
            return SessionState.Starting;
        }

        return relay.Requests.Running || relay.Waiting ? SessionState.Active
            : relay.Requests.Status == TransactionStatus.Idle ? SessionState.Idle : SessionState.IdleInTransaction;
    }

    /// <summary>Leaves the phase, gives everything back but the client's connection, and says the last words.</summary>
    private void Leave(SessionEnd end)
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        ByteBuffer rest = new(1_024);
        bool speaks = end.Error is not null;
        bool answer = false;
        if (_relay is not null)
        {
            rest.Write(_relay.ToClient.Unread);
            answer = rest.Count > 0;
            speaks &= _relay.AtFrameBoundary;
        }
        else if (_serverPhase is not null)
        {
            rest.Write(_serverPhase.Client.Out.Unread);
        }
        else if (_clientPhase is { CanSpeak: true } phase)
        {
            rest.Write(phase.Channel.Out.Unread);
        }
        else
        {
            speaks = false;
        }

        GiveBack();
        if (_established)
        {
            _parts.Metrics.SessionEnded(Word(end.By));
            _parts.Log.Ended(Number, _request!.User, end.By, end.Error?.SqlState ?? "");
        }

        if (speaks)
        {
            end.Error!.Write(rest);
        }

        // Who is to hear the last of it is given the time to; who left, or never spoke, is not.
        if (rest.Count == 0 && (_relay is null || end.By == EndedBy.Client))
        {
            rest.Dispose();
            Client.Close();
            Forget();
            return;
        }

        _endPhase = new EndPhase(Loop, Client, rest, Forget);
        _endPhase.Begin(answer);
    }

    private void GiveBack()
    {
        _parts.Starting.Remove(this);
        if (_admitted is not null)
        {
            _parts.Admission.Release(_admitted);
        }

        if (_issued is not null)
        {
            _parts.CancelKeys.Withdraw(_issued);
        }

        _overSource?.Cancel();
        CancelChange();
        _server?.Close();
        _clientPhase?.Dispose();
        _serverPhase?.Dispose();
        _relay?.Dispose();
    }

    private void Forget()
    {
        if (_gone)
        {
            return;
        }

        _gone = true;
        _alarm.Clear();
        Loop.Metrics.ConnectionClosed();
        _parts.Remove(this);
    }

    private static string Word(EndedBy by) => by switch
    {
        EndedBy.Client => "client",
        EndedBy.ClientViolation => "client_violation",
        EndedBy.Server => "server",
        EndedBy.ServerViolation => "server_violation",
        EndedBy.Timeout => "timeout",
        EndedBy.Token => "token",
        EndedBy.Operator => "operator",
        EndedBy.Gateway => "gateway",
        _ => "failure",
    };
}
