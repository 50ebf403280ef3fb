using Lockplane.Control.Ledgers;
using Lockplane.Control.Plans;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql.Errors;
using Npgsql;

namespace Lockplane.Control.Approvals;

/// <summary>Whether a plan may be applied now: one that destroys something, opens access or brings code in needs an approval bound to its hash and to the catalog.</summary>
/// <remarks>The process signs what it records: a plan's own statements run with the apply role's rights, which may call the function that writes approvals.</remarks>
internal sealed class ApprovalGate(NpgsqlConnection connection, SigningKey key, ControlOptions options)
{
    /// <summary>An approval that is in the table.</summary>
    internal sealed record Approval(long Id, string Approver, DateTime ApprovedAt, DateTime ExpiresAt, bool Expired, long? UsedSeq, string Signature);

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

        string databaseId = (await _functions.ReadHeadAsync(cancellation).ConfigureAwait(false)).DatabaseId;
        DateTime now = await ServerClock.ReadTimeAsync(connection, cancellation).ConfigureAwait(false);
        DateTime expires = now.AddMinutes(options.ApprovalMinutes);
        string signature = key.Sign(SignedText(databaseId, stored.Plan, approver.Name, now, expires));
        await _functions.CallAsync(
            "lockplane.put_approval($1, $2, $3, $4, $5, $6)", cancellation, stored.Plan.PlanHash.Text, stored.Plan.FromHash.Text, approver.Name, now, expires, signature).ConfigureAwait(false);
        return expires;
    }

    /// <summary>The approval that lets the plan be applied; null when it needs none.</summary>
    /// <exception cref="LockplaneException">LP302 when there is none, LP303 when there is none that still holds.</exception>
    internal async Task<Approval?> DemandAsync(StoredPlan stored, CancellationToken cancellation)
    {
        if (!stored.Plan.NeedsApproval)
        {
            return null;
        }

        string databaseId = (await _functions.ReadHeadAsync(cancellation).ConfigureAwait(false)).DatabaseId;
        List<Approval> approvals = await ReadAsync(stored.Plan.PlanHash, cancellation).ConfigureAwait(false);
        approvals.RemoveAll(a => key.Fault(SignedText(databaseId, stored.Plan, a.Approver, a.ApprovedAt, a.ExpiresAt), a.Signature) is not null);
        string ask = $"A person runs: lockplane approve {stored.Plan.PlanHash.Text}";
        if (approvals.Count == 0)
        {
            string what = string.Join("; ", stored.Plan.Steps.Where(s => s.NeedsApproval).Select(s => s.Description).Take(5));
            throw new LockplaneException(ErrorCodes.ApprovalRequired, "The plan needs an approval and nobody has given one.", what, ask);
        }

        return approvals.FindLast(a => !a.Expired && a.UsedSeq is null)
            ?? throw new LockplaneException(
                ErrorCodes.ApprovalVoid,
                approvals[^1].UsedSeq is long seq ? $"The approval by {approvals[^1].Approver} was used by ledger entry {seq}." : $"The approval by {approvals[^1].Approver} expired at {approvals[^1].ExpiresAt:u}.",
                hint: ask);
    }

    private static string SignedText(string databaseId, Plan plan, string approver, DateTime approvedAt, DateTime expiresAt) => string.Join(
        '\n', "lockplane/approval/1", databaseId, plan.PlanHash.Text, plan.FromHash.Text, approver, ServerClock.Format(approvedAt), ServerClock.Format(expiresAt));

    private async Task<List<Approval>> ReadAsync(ManifestHash plan, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = _functions.Call(
            "SELECT id, approver, approved_at, expires_at, expired, used_seq, signature FROM lockplane.read_approvals($1)", plan.Text);
        await using NpgsqlDataReader rows = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        List<Approval> approvals = [];
        while (await rows.ReadAsync(cancellation).ConfigureAwait(false))
        {
            approvals.Add(new Approval(
                rows.GetInt64(0), rows.GetString(1), rows.GetDateTime(2), rows.GetDateTime(3), rows.GetBoolean(4), rows.IsDBNull(5) ? null : rows.GetInt64(5), rows.GetString(6)));
        }

        return approvals;
    }
}
