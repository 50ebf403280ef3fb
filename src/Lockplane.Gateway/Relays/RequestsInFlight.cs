using Lockplane.Wire;
using Lockplane.Wire.Frontend;

namespace Lockplane.Gateway.Relays;

/// <summary>Whether the server works for this session: what was sent and is not answered yet.</summary>
/// <remarks>
/// Query, Sync and FunctionCall are each answered by one ReadyForQuery, so they are counted against it. Too many only makes a session look
/// busy for longer; too few would let a cancel or an end hit a query.
/// </remarks>
internal sealed class RequestsInFlight
{
    private int _count;
    private bool _unsynced;
    private bool _copying;
    private bool _lastWasQuery;

    /// <summary>The status of the last ReadyForQuery.</summary>
    public TransactionStatus Status { get; private set; } = TransactionStatus.Idle;

    /// <summary>Whether something may run, or wait to be answered.</summary>
    public bool Running => _count > 0 || _unsynced;

    /// <summary>Whether the server will not say that it is ready before the client has sent more: a Sync, or the end of a COPY.</summary>
    public bool Unfinished => _unsynced || _copying;

    /// <summary>Whether nothing runs and no transaction is open: where a session can end.</summary>
    public bool Idle => !Running && Status == TransactionStatus.Idle;

    /// <summary>Told of every message that goes to the server.</summary>
    public void Sent(byte type)
    {
        switch (type)
        {
            case FrontendMessage.Query or FrontendMessage.Sync or FrontendMessage.FunctionCall:
                _count++;
                _unsynced = false;
                _lastWasQuery = type != FrontendMessage.Sync;
                break;
            case FrontendMessage.Parse or FrontendMessage.Bind or FrontendMessage.Describe or FrontendMessage.Execute or FrontendMessage.Close:
                _unsynced = true;
                _lastWasQuery = false;
                break;
        }
    }

    /// <summary>Told of every ReadyForQuery.</summary>
    public void Ready(TransactionStatus status)
    {
        Status = status;
        _copying = false;
        _count = Math.Max(0, _count - 1);
    }

    /// <summary>Told of CopyInResponse: while it copies, the server ignores a Sync, also one that was sent before.</summary>
    public void CopyIn()
    {
        _count = _lastWasQuery ? 1 : 0;
        _unsynced = !_lastWasQuery;
        _copying = true;
    }
}
