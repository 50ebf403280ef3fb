using System.ComponentModel;
using System.Security.Claims;
using Lockplane.Control.Execution;
using Lockplane.Schema.Catalogs;
using Microsoft.AspNetCore.Authorization;
using ModelContextProtocol.Server;

namespace Lockplane.Mcp;

/// <summary>The tool <c>apply_plan</c>.</summary>
internal sealed class ApplyPlanTool(McpCallers callers, RunningApplies applies)
{
    private const int LongestWait = 20;
    private const int LongestText = 256;
    private const int MostDrift = 20;

    [McpServerTool(Name = "apply_plan", Title = "Apply a plan", ReadOnly = false, Destructive = true, Idempotent = true, OpenWorld = false, UseStructuredContent = true)]
    [Authorize(Roles = McpScopes.Apply)]
    [Description("Applies a plan that plan_change stored: in one transaction, with a ledger entry. Takes a hash, never SQL. To call it again with the same plan_hash is safe: it joins the running apply, " +
        "or answers with the finished one. A plan that destroys something, opens access or brings code in is refused (APPROVAL_REQUIRED) until a person has approved it; do not try to get around that.")]
    public async Task<ApplyPlanResult> ApplyPlanAsync(
        ClaimsPrincipal user,
        [Description("The plan_hash that plan_change gave, whole.")] string plan_hash,
        [Description("How long to wait for the end, in seconds, 0 to 20. The apply goes on after that.")] int wait_seconds = LongestWait,
        CancellationToken cancellation = default)
    {
        if (!ManifestHash.TryParse(plan_hash, out ManifestHash? hash))
        {
            throw new BadArgumentException("plan_hash is not a plan's hash: sha256: and 64 digits.", "Give the plan_hash that plan_change answered.");
        }

        if (wait_seconds is < 0 or > LongestWait)
        {
            throw new BadArgumentException($"wait_seconds is 0 to {LongestWait}.");
        }

        Task<ApplyResult> running = applies.Begin(callers.Of(user), hash.Text);
        try
        {
            // The request may end before the apply does: only the waiting is given up.
            ApplyResult result = await running.WaitAsync(TimeSpan.FromSeconds(wait_seconds), cancellation);
            return new ApplyPlanResult("succeeded", hash.Text, result.Replayed, result.OperationId, result.Seq, result.ToHash, [.. result.Drift.Take(MostDrift).Select(line => PrintableText.Line(line, LongestText))]);
        }
        catch (TimeoutException) when (!running.IsCompleted)
        {
            return new ApplyPlanResult("running", hash.Text, false, Next: "Call apply_plan again with the same plan_hash to wait for it.");
        }
    }
}

/// <summary>What <c>apply_plan</c> answers.</summary>
/// <param name="State">succeeded or running; a failure is an error.</param>
/// <param name="PlanHash">The plan.</param>
/// <param name="Replayed">It was the last thing applied already, and nothing was done.</param>
/// <param name="OperationId">Names this execution.</param>
/// <param name="Seq">The ledger entry.</param>
/// <param name="ManifestHash">The schema now.</param>
/// <param name="Drift">What somebody else changed while it was applied.</param>
/// <param name="Next">What to do now.</param>
internal sealed record ApplyPlanResult(
    string State, string PlanHash, bool Replayed, string? OperationId = null, long? Seq = null, string? ManifestHash = null, IReadOnlyList<string>? Drift = null, string? Next = null);
