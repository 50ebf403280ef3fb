using Lockplane.Gateway.Loops;
using Lockplane.Gateway.Metrics;
using Lockplane.Gateway.Sessions;
using Lockplane.Gateway.Statements;
using Lockplane.Wire;
using Lockplane.Wire.Framing;

namespace Lockplane.Gateway.Relays;

/// <summary>Drives the two directions of one session on its loop. Nothing here waits; a peer that does not read stops only itself.</summary>
/// <remarks>
/// Bytes go from the loop's scratch straight to the other side. Only what is left over is copied: what cannot be decided yet, and what the
/// system would not take. While something is left over for one side, the other is not read, so that both are bounded.
/// </remarks>
internal sealed partial class Relay(
    ILoop loop, GatheredBytes gathered, Connection client, Connection server, ClientRelay toServer, ServerRelay toClient, RequestsInFlight requests, IRelayOwner owner)
    : IConnectionOwner, IDisposable
{
    /// <summary>What a statement is answered with that its client canceled while it waited.</summary>
    public static readonly Verdict Canceled = new(VerdictKind.Refuse, new Refusal(SqlState.QueryCanceled, "canceling statement due to user request"));

    // For fairness: the other sessions of the loop have their turn.
    private const int MostReads = 4;

    // What replaces a refused statement can be longer than it: a server that does not read must not make many of them pile up.
    private const int MostUnsent = 256 * 1024;

    private readonly ByteBuffer _fromClient = new();
    private readonly ByteBuffer _toServer = new();
    private readonly ByteBuffer _fromServer = new(1_024);
    private readonly ByteBuffer _toClient = new();
    private readonly LoopMetrics _metrics = loop.Metrics;
    private RelayClock _clock;
    private SessionEnd? _clientEnd;
    private SessionEnd? _atIdle;
    private int _counted;
    private DdlOutcome? _outcome;
    private bool _waiting;
    private bool _awaitingServer;
    private bool _canceled;
    private bool _holding;
    private bool _serverTold;
    private bool _serverDeaf;
    private bool _serverEnded;
    private SessionEnd? _end;
    private bool _over;
    private bool _told;

    /// <summary>What was not sent to the client yet.</summary>
    public ByteBuffer ToClient => _toClient;

    /// <summary>Whether a message of ours may follow what was sent to the client.</summary>
    public bool AtFrameBoundary => toClient.AtFrameBoundary;

    /// <summary>What the server works for.</summary>
    public RequestsInFlight Requests => requests;

    /// <summary>Whether the gate or the control plane is asked about a statement.</summary>
    public bool Waiting => _waiting;

    /// <summary>Whether a schema change is being applied for the client.</summary>
    public bool Applying { get; private set; }

    /// <summary>When something was last received from either side; the loop's clock.</summary>
    public long LastReceived { get; private set; } = loop.Now;

    /// <summary>When the query that runs began, or when the one before it was answered; the loop's clock.</summary>
    public long RunningSince { get; private set; } = loop.Now;

    private bool ReadsClient => _clientEnd is null && !_waiting && !_awaitingServer && !_holding && _toServer.Count == 0 && !_over;

    private bool ReadsServer => !_serverEnded && _toClient.Count == 0 && !_over;

    /// <summary>Takes the connections over, with what was received at the login and not consumed.</summary>
    public void Begin(ReadOnlySpan<byte> fromClient, ReadOnlySpan<byte> fromServer)
    {
        client.Owner = server.Owner = this;
        TakeFromServer(fromServer);
        FlushToClient();
        TakeFromClient(fromClient);
        Settle();
    }

    /// <inheritdoc/>
    public void OnReady(Connection connection, Readiness readiness)
    {
        if (connection == client)
        {
            if ((readiness & Readiness.Writable) != 0)
            {
                FlushToClient();
            }

            if ((readiness & Readiness.Readable) != 0)
            {
                ReadClient();
            }
        }
        else
        {
            if ((readiness & Readiness.Writable) != 0)
            {
                FlushToServer();
            }

            if ((readiness & Readiness.Readable) != 0)
            {
                ReadServer();
                GoOnAfterServer();
            }
        }

        Settle();
    }

    /// <inheritdoc/>
    public void OnFault(Connection connection, Exception fault) => End(SessionEnd.Failed);

    /// <summary>The gate's answer to <see cref="IRelayOwner.Judge"/>.</summary>
    public void Judged(Verdict verdict)
    {
        toServer.Judged(_canceled ? Canceled : verdict);
        GoOn();
    }

    /// <summary>The control plane's answer to <see cref="IRelayOwner.Propose"/>.</summary>
    public void Answered(string hint)
    {
        if (_canceled)
        {
            toServer.Refuse(Canceled.Refusal!);
        }
        else
        {
            toServer.Refuse(hint);
        }

        GoOn();
    }

    /// <summary>The control plane's answer to <see cref="IRelayOwner.Apply"/>. It is told to the client between two messages of the server.</summary>
    public void Applied(DdlOutcome outcome)
    {
        _outcome = outcome;
        if (AtFrameBoundary)
        {
            TellOutcome();
        }
    }

    /// <summary>
    /// Cancels the statement that waits for its verdict, if one does: it is refused when that comes, as if the server had canceled it. What
    /// the client sent before the cancel and was not received yet is received first.
    /// </summary>
    public bool TryCancelWaiting()
    {
        if (!requests.Running && ReadsClient)
        {
            ReadClient();
            Settle();
        }

        return _canceled = _waiting && !requests.Running && !_over;
    }

    /// <summary>Nothing more of the client goes to the server until <see cref="Release"/>.</summary>
    public void Hold()
    {
        _holding = true;
        Settle();
    }

    /// <summary>The client's frames go on.</summary>
    public void Release()
    {
        if (_holding)
        {
            _holding = false;
            Resume();
        }
    }

    /// <summary>Ends the session once the server has nothing to do for it and no transaction is open.</summary>
    public void EndAtIdle(SessionEnd end)
    {
        _atIdle ??= end;
        Settle();
    }

    /// <summary>Ends the relay now.</summary>
    public void End(SessionEnd end)
    {
        Finish(end);
        Settle();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _over = _told = true;
        gathered.Release(_counted);
        _counted = 0;
        _fromClient.Dispose();
        _toServer.Dispose();
        _fromServer.Dispose();
        _toClient.Dispose();
        toServer.Dispose();
        toClient.Dispose();
    }

    // Told at the end of the turn only, when none of the buffers is in use.
    private void Finish(SessionEnd end)
    {
        _end ??= end;
        _over = true;
    }

    /// <summary>After every turn: ends what is over, and asks to be told of what the next turn needs.</summary>
    private void Settle()
    {
        if (_serverEnded)
        {
            Finish(_clientEnd ?? (toServer.Terminated ? SessionEnd.ByClient : toClient.LastWasError ? SessionEnd.ByServer : SessionEnd.ServerGone));
        }
        else if (_atIdle is not null && requests.Idle && !_waiting)
        {
            Finish(_atIdle);
        }

        if (_over)
        {
            if (!_told)
            {
                _told = true;
                owner.Ended(_end!);
            }

            return;
        }

        if (_clientEnd is not null && !_serverTold && !_waiting && !_awaitingServer && !_holding && _toServer.Count == 0)
        {
            _serverTold = true;
            server.FinishSending();
        }

        client.Watch((ReadsClient ? Readiness.Readable : 0) | (_toClient.Count > 0 ? Readiness.Writable : 0));
        server.Watch((ReadsServer ? Readiness.Readable : 0) | (_toServer.Count > 0 ? Readiness.Writable : 0));
    }
}
