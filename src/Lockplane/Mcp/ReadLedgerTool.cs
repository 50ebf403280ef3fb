using System.ComponentModel;
using System.Security.Claims;
using Lockplane.Control;
using Lockplane.Control.Ledgers;
using Microsoft.AspNetCore.Authorization;
using ModelContextProtocol.Server;

namespace Lockplane.Mcp;

/// <summary>The tool <c>read_ledger</c>.</summary>
internal sealed class ReadLedgerTool(McpCallers callers)
{
    private const int MostEntries = 50;
    private const int MostSteps = 20;
    private const int LongestText = 256;

    [McpServerTool(Name = "read_ledger", Title = "Read the ledger", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false, UseStructuredContent = true)]
    [Authorize(Roles = McpScopes.Ledger)]
    [Description("Lists what was applied to the database, oldest first, and says whether the ledger's chain holds and the live schema is what it says. Use after_seq to go on. Not for the schema as it is now: use inspect_schema.")]
    public async Task<ReadLedgerResult> ReadLedgerAsync(
        ClaimsPrincipal user,
        [Description("Only entries after this number; 0 for all.")] long after_seq = 0,
        [Description("How many entries, 1 to 50.")] int limit = 20,
        CancellationToken cancellation = default)
    {
        if (after_seq < 0 || limit is < 1 or > MostEntries)
        {
            throw new BadArgumentException($"after_seq is 0 or more, limit 1 to {MostEntries}.");
        }

        ControlPlane control = callers.Of(user).Control;
        IReadOnlyList<LedgerRow> rows = await control.ReadLedgerAsync(after_seq, limit + 1, cancellation);
        VerifyReport report = await control.VerifyAsync(cancellation);
        bool more = rows.Count > limit;
        return new ReadLedgerResult(
            report.ActualHash, report.Faults.IsEmpty, report.InSync, [.. rows.Take(limit).Select(Describe)], more, more ? rows[limit - 1].Seq : null);
    }

    private static LedgerItem Describe(LedgerRow row)
    {
        LedgerEntry entry = row.Entry;
        return new LedgerItem(
            entry.Seq,
            entry.Kind switch { EntryKind.Baseline => "baseline", EntryKind.Apply => "apply", EntryKind.Harden => "harden", _ => "rollback" },
            row.Hash,
            entry.ToHash,
            PrintableText.Line(entry.Proposer, LongestText),
            PrintableText.Line(entry.Applier, LongestText),
            [.. entry.Approvals.Select(approval => PrintableText.Line(approval.Approver, LongestText))],
            entry.Door,
            entry.CommittingAt,
            [.. entry.Steps.Take(MostSteps).Select(step => PrintableText.Line(step.Description, LongestText))],
            entry.Steps.Length,
            entry.Prev,
            entry.PlanHash,
            entry.FromHash);
    }
}

/// <summary>What <c>read_ledger</c> answers.</summary>
/// <param name="ManifestHash">The live schema.</param>
/// <param name="ChainOk">Every hash and signature of the whole ledger holds.</param>
/// <param name="InSync">The live schema is what the last entry says.</param>
/// <param name="Entries">This page, oldest first.</param>
/// <param name="Truncated">There are more.</param>
/// <param name="NextAfterSeq">after_seq of the next page.</param>
internal sealed record ReadLedgerResult(string ManifestHash, bool ChainOk, bool InSync, IReadOnlyList<LedgerItem> Entries, bool Truncated, long? NextAfterSeq = null);

/// <summary>A ledger entry.</summary>
internal sealed record LedgerItem(
    long Seq, string Kind, string Hash, string ToHash, string Proposer, string Applier, IReadOnlyList<string> Approvers, string Door, string CommittingAt,
    IReadOnlyList<string> Steps, int TotalSteps, string? PrevHash = null, string? PlanHash = null, string? FromHash = null);
