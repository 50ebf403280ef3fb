using Lockplane.Control.Ledgers;
using Lockplane.Control.Plans;
using Lockplane.Schema.Catalogs;
using Lockplane.Sql.Errors;
using Npgsql;

namespace Lockplane.Control.Approvals;

/// <summary>Whether a plan may be applied now: one that destroys something needs an approval bound to its hash and to the catalog.</summary>
internal sealed class ApprovalGate(NpgsqlConnection connection, ControlOptions options)
{
    /// <summary>An approval that is in the table.</summary>
    internal sealed record Approval(long Id, string FromHash, string Approver, DateTime ApprovedAt, DateTime ExpiresAt, bool Expired, long? UsedSeq);

    private readonly Ledger _functions = new(connection);

    /// <summary>Records an approval.</summary>
    /// <exception cref="LockplaneException">LP304 when this principal may not approve this plan.</exception>
    internal async Task<DateTime> ApproveAsync(StoredPlan stored, Principal approver, CancellationToken cancellation)
    {
        if (approver.IsAgent)
        {
            throw new LockplaneException(ErrorCodes.DeniedByPolicy, $"{approver.Name} is a program and may not approve.", hint: "A person approves: lockplane approve " + stored.Plan.PlanHash.Text);
        }

        if (options.Approval == ApprovalMode.FourEyes && approver.Name == stored.Proposer)
        {
            throw new LockplaneException(
                ErrorCodes.DeniedByPolicy,
                $"{approver.Name} proposed this plan; somebody else has to approve it.",
                hint: "Approve with another login, or set approval.mode = \"owner\" where one person may do both.");
        }

        await using NpgsqlCommand command = _functions.Call(
            "SELECT lockplane.put_approval($1, $2, $3, $4)", stored.Plan.PlanHash.Text, stored.Plan.FromHash.Text, approver.Name, options.ApprovalMinutes);
        return (DateTime)(await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false))!;
    }

    /// <summary>The approval that lets the plan be applied; null when it needs none.</summary>
    /// <exception cref="LockplaneException">LP302 when there is none, LP303 when there is none that still holds.</exception>
    internal async Task<Approval?> DemandAsync(StoredPlan stored, CancellationToken cancellation)
    {
        if (!stored.Plan.IsDestructive)
        {
            return null;
        }

        List<Approval> approvals = await ReadAsync(stored.Plan.PlanHash, cancellation).ConfigureAwait(false);
        string ask = $"A person runs: lockplane approve {stored.Plan.PlanHash.Text}";
        if (approvals.Count == 0)
        {
            string what = string.Join("; ", stored.Plan.Steps.Where(s => s.IsDestructive).Select(s => s.Description).Take(5));
            throw new LockplaneException(ErrorCodes.ApprovalRequired, "The plan destroys something and nobody has approved it.", what, ask);
        }

        return approvals.FindLast(a => !a.Expired && a.UsedSeq is null && a.FromHash == stored.Plan.FromHash.Text)
            ?? throw new LockplaneException(
                ErrorCodes.ApprovalVoid,
                approvals[^1].UsedSeq is long seq ? $"The approval by {approvals[^1].Approver} was used by ledger entry {seq}." : $"The approval by {approvals[^1].Approver} expired at {approvals[^1].ExpiresAt:u}.",
                hint: ask);
    }

    private async Task<List<Approval>> ReadAsync(ManifestHash plan, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = _functions.Call(
            "SELECT id, from_hash, approver, approved_at, expires_at, expired, used_seq FROM lockplane.read_approvals($1)", plan.Text);
        await using NpgsqlDataReader rows = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        List<Approval> approvals = [];
        while (await rows.ReadAsync(cancellation).ConfigureAwait(false))
        {
            approvals.Add(new Approval(
                rows.GetInt64(0), rows.GetString(1), rows.GetString(2), rows.GetDateTime(3), rows.GetDateTime(4), rows.GetBoolean(5), rows.IsDBNull(6) ? null : rows.GetInt64(6)));
        }

        return approvals;
    }
}
