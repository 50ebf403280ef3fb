using System.Collections.Frozen;
using System.Globalization;
using Lockplane.Gateway.Statements;
using Lockplane.Sql.Errors;
using Lockplane.Wire;
using Lockplane.Wire.Backend;
using Lockplane.Wire.Framing;

namespace Lockplane.Gateway.Relays;

/// <summary>Schema changes: refused with a plan, or under profile migrator applied and answered in the server's place.</summary>
internal sealed partial class ClientRelay
{
    private static readonly Refusal SchemaChangeRefusal = new(ErrorCodes.DdlRefused.Code, "Schema changes are not run through the gateway.");

    // To do them again is not to do nothing, though the schema stays as it is.
    private static readonly FrozenSet<string> ChangesMoreThanTheSchema = FrozenSet.Create(
        StringComparer.Ordinal, "TRUNCATE TABLE", "REFRESH MATERIALIZED VIEW", "REINDEX", "CLUSTER", "ALTER SEQUENCE");

    private AppliedChange? _applied;
    private bool _changes;

    /// <summary>The statement that changes the schema, after <see cref="ClientAction.Propose"/> and <see cref="ClientAction.Apply"/>.</summary>
    public string Change { get; private set; } = "";

    /// <summary>What goes to the client after <see cref="ClientAction.Answer"/>; the driver consumes it.</summary>
    public ByteBuffer Answer { get; } = new(512);

    /// <summary>Gives the answer to <see cref="ClientAction.Propose"/>: the next step refuses the statement with this hint.</summary>
    public void Refuse(string hint) => Refuse((_held?.Refusal ?? SchemaChangeRefusal) with { Hint = hint });

    /// <summary>Gives the answer to <see cref="ClientAction.Propose"/> or <see cref="ClientAction.Apply"/>: the next step refuses the statement so.</summary>
    public void Refuse(Refusal refusal)
    {
        _held = new Verdict(VerdictKind.Refuse, refusal with { Subject = refusal.Subject ?? _held?.Refusal?.Subject });
        _changes = true;
        Change = "";
    }

    /// <summary>Gives the answer to <see cref="ClientAction.Apply"/>: the next step answers the client.</summary>
    public void Applied(AppliedChange applied)
    {
        if (applied.Replayed && _held?.CommandTag is { } tag && ChangesMoreThanTheSchema.Contains(tag))
        {
            Refuse(ChangeRefusals.NotAgain);
            return;
        }

        _applied = applied;
        Change = "";
    }

    /// <summary>Whether the change at the front can be applied now. Everything else of this profile is Postgres's own.</summary>
    private ClientAction DecideChange(ReadOnlySpan<byte> frames)
    {
        if (_applied is not null)
        {
            return ClientAction.Answer;
        }

        if (requests is { Running: true, Unfinished: false })
        {
            // Messages before it that are whole, such as what a pool resets a connection with: their end tells whether a transaction is open.
            return ClientAction.AwaitServer;
        }

        Refusal? refusal = requests.Running ? ChangeRefusals.InPipeline
            : requests.Status != TransactionStatus.Idle ? ChangeRefusals.InTransaction
            : !_held!.IsAlone ? ChangeRefusals.WithOthers
            : _held.CommandTag is null ? ChangeRefusals.InOtherStatement : null;
        ChangeUnit unit = refusal is null ? ChangeUnit.Read(frames) : default;
        refusal ??= unit.Refusal;
        if (refusal is not null)
        {
            Refuse(refusal);
            return ClientAction.Replace;
        }

        return unit.Length > 0 ? ClientAction.Apply : ClientAction.Read;
    }

    private ClientStep AnswerChange(ReadOnlySpan<byte> frames)
    {
        int length = ChangeUnit.Read(frames).Length;
        ChangeUnit.Answer(Answer, frames[..length], _held!.CommandTag!, NoticeOf(_applied!));
        metrics.Judged(VerdictKind.Ddl);
        (_held, _applied) = (null, null);
        return new ClientStep(ClientAction.Answer, length);
    }

    private static ErrorFields NoticeOf(AppliedChange applied) =>
        applied.Warning is { } warning ? new ErrorFields(SqlState.Warning, warning, Hint: "Run `lockplane verify`.")
        : applied.Replayed ? new ErrorFields(SqlState.SuccessfulCompletion, string.Create(CultureInfo.InvariantCulture, $"the same statement was the last that was applied, as ledger entry {applied.Seq}; it was not run again"))
        : applied.Seq is not { } seq ? new ErrorFields(SqlState.SuccessfulCompletion, "the schema is as the statement wants it already; nothing was done")
        : new ErrorFields(SqlState.SuccessfulCompletion, string.Create(CultureInfo.InvariantCulture, $"applied as ledger entry {seq}"),
            Hint: string.Create(CultureInfo.InvariantCulture, $"To undo it: lockplane rollback {seq}"));
}
