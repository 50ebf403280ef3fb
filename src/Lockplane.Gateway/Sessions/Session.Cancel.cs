using System.Net;
using Lockplane.Gateway.Metrics;
using Lockplane.Gateway.Servers;
using Lockplane.Wire.Frontend;

namespace Lockplane.Gateway.Sessions;

/// <summary>Cancel requests: those that come on this connection, and those that are meant for this session.</summary>
internal sealed partial class Session
{
    private List<Action<CancelOutcome>>? _cancels;

    /// <summary>The connection is no session's: it asks for a query of another to be cancelled. It is closed when that is done.</summary>
    public void Cancelling(CancelRequest request)
    {
        Client.Watch(Loops.Readiness.None);
        IPAddress address = Address ?? IPAddress.Loopback;
        bool limited = _parts.UnknownKeys.Ignores(address, Environment.TickCount64);
        bool ours = _parts.CancelKeys.IsOurs(request);

        // Whoever has a long key did not guess it, whatever others at this address send.
        if (ours && (!limited || request.Key.Length > CancelKeys.ShortKeyBytes) && _parts.CancelKeys.Find(request) is { } target)
        {
            target.Post(() => target.CancelQuery(outcome => Post(() => CancelDone(outcome))));
        }
        else if (limited)
        {
            CancelDone(CancelOutcome.RateLimited);
        }
        else if (!ours && _parts.Peers is not null)
        {
            _ = PassOnAsync(request);
        }
        else
        {
            _parts.UnknownKeys.Add(address, Environment.TickCount64);
            CancelDone(CancelOutcome.UnknownKey);
        }
    }

    /// <summary>Cancels what this session runs; what its client sends next waits until the server has taken the request.</summary>
    /// <param name="done">Told once, on this session's loop.</param>
    public void CancelQuery(Action<CancelOutcome> done)
    {
        if (_relay is not null && _relay.TryCancelWaiting())
        {
            CancelChange();
            done(CancelOutcome.Sent);
            return;
        }

        if (_ended || _relay is null || !_relay.Requests.Running || _serverKey is null)
        {
            done(CancelOutcome.Idle);
            return;
        }

        if (_cancels is not null)
        {
            _cancels.Add(done);
            return;
        }

        _cancels = [done];
        _relay.Hold();
        new ServerCancel(Loop, Terms.Options.Server, Terms.Server, _serverKey, sent =>
        {
            List<Action<CancelOutcome>> waiting = _cancels!;
            _cancels = null;
            if (!_ended)
            {
                _relay.Release();
            }

            foreach (Action<CancelOutcome> told in waiting)
            {
                told(sent ? CancelOutcome.Sent : CancelOutcome.Failed);
            }
        }).Send(_serverAddress!);
    }

    // The session ends and its query must not go on; nobody waits for it.
    private void SendCancel()
    {
        if (_serverKey is not null && _cancels is null)
        {
            new ServerCancel(Loop, Terms.Options.Server, Terms.Server, _serverKey, static _ => { }).Send(_serverAddress!);
        }
    }

    private async Task PassOnAsync(CancelRequest request)
    {
        bool passed = false;
        try
        {
            passed = await _parts.Peers!.PassOnAsync(CancelKeys.ProcessOf(request), request, Over).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _parts.Log.CancelNotPassedOn(Number, e);
        }

        Post(() =>
        {
            if (!passed)
            {
                _parts.UnknownKeys.Add(Address ?? IPAddress.Loopback, Environment.TickCount64);
            }

            CancelDone(passed ? CancelOutcome.PassedOn : CancelOutcome.UnknownKey);
        });
    }

    private void CancelDone(CancelOutcome outcome)
    {
        _parts.Metrics.Cancelled(outcome);
        _parts.Log.Cancel(Address, outcome);
        Leave(SessionEnd.ByClient);
    }
}
