using System.Text;
using Lockplane.Gateway.Audit;
using Lockplane.Gateway.Relays;
using Lockplane.Gateway.Statements;
using Lockplane.Sql.Errors;
using Lockplane.Wire;

namespace Lockplane.Gateway.Sessions;

/// <summary>Schema changes of the session: planned or applied by the control plane off the loop, while only this session waits.</summary>
internal sealed partial class Session
{
    // Not Over: what is cancelled through it may connect to the server to say so, which no loop must wait for.
    private CancellationTokenSource? _change;

    /// <inheritdoc/>
    public void Propose(string sql) => _ = ProposeAsync(_relay!, RequestOf(sql), BeginChange());

    /// <inheritdoc/>
    public void Apply(string sql) => _ = ApplyAsync(_relay!, RequestOf(sql), BeginChange());

    private DdlRequest RequestOf(string sql) => new(ServerDatabase, User, _request!.Settings.GetValueOrDefault("search_path"), sql);

    private CancellationToken BeginChange() => (_change = new CancellationTokenSource()).Token;

    // On other threads, and waited for by nobody.
    private void CancelChange() => _ = _change?.CancelAsync();

    /// <summary>The hint for a schema change: the plan that was made for it, how to come to one, or why there is none.</summary>
    private async Task ProposeAsync(Relay relay, DdlRequest request, CancellationToken cancellation)
    {
        await Task.Yield();
        string hint;
        try
        {
            using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            deadline.CancelAfter(Terms.Options.PlanWait);
            DdlAnswer answer = await _parts.Ddl.ProposeAsync(request, deadline.Token).WaitAsync(deadline.Token).ConfigureAwait(false);
            hint = answer.PlanHash is { } hash ? $"lockplane apply {hash}" : $"No plan was opened: {answer.Reason}";
        }
        catch (OperationCanceledException)
        {
            hint = PlanCommand.HintFor(request);
        }
        catch (Exception e)
        {
            _parts.Log.PlanFailed(Number, User, e);
            hint = "No plan was opened: the control plane failed; see the gateway's log.";
        }

        Post(() => relay.Answered(hint));
    }

    private async Task ApplyAsync(Relay relay, DdlRequest request, CancellationToken cancellation)
    {
        await Task.Yield();
        DdlOutcome outcome;
        try
        {
            // Not given up before it says what became of the change: the client is told the truth.
            outcome = await _parts.Ddl.ApplyAsync(request, cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            outcome = new DdlOutcome(null, Relay.Canceled.Refusal);
        }
        catch (Exception e)
        {
            _parts.Log.ApplyFailed(Number, User, e);
            outcome = new DdlOutcome(null, new Refusal(SqlState.InternalError, "the control plane failed; whether the change was applied is not known", Hint: "Run `lockplane verify`, and see the gateway's log."));
        }

        // Also when the client is gone meanwhile.
        if (outcome.Applied is { Seq: { } seq, Replayed: false } applied)
        {
            byte[] text = Encoding.UTF8.GetBytes(request.Sql);
            _parts.Log.Applied(Number, User, seq);
            _parts.Audit.Write(new AuditEvent
            {
                Kind = AuditKind.Apply, Session = Number, Address = Address, Role = User, Database = Database, Context = _context, Profile = Profile, Plan = applied.PlanHash, Seq = seq,
                EntryHash = applied.EntryHash, Statement = text.AsMemory(0, Math.Min(text.Length, AuditEvent.MostStatementBytes)), StatementBytes = text.Length > AuditEvent.MostStatementBytes ? text.Length : 0,
            });
        }

        Post(() => relay.Applied(outcome));
    }
}
