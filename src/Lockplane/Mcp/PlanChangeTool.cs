using System.ComponentModel;
using System.Security.Claims;
using Lockplane.Control.Plans;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Dsl;
using Lockplane.Schema.Plans;
using Microsoft.AspNetCore.Authorization;
using ModelContextProtocol.Server;

namespace Lockplane.Mcp;

/// <summary>The tool <c>plan_change</c>.</summary>
internal sealed partial class PlanChangeTool(McpCallers callers, ILogger<PlanChangeTool> log)
{
    private const int LongestSql = 256 * 1024;
    private const int LongestTitle = 200;
    private const int MostSteps = 50;
    private const int LongestText = 256;
    private const int LongestStep = 2_000;

    [McpServerTool(Name = "plan_change", Title = "Plan a schema change", ReadOnly = false, Destructive = false, Idempotent = true, OpenWorld = false, UseStructuredContent = true)]
    [Authorize(Roles = McpScopes.Plan)]
    [Description("Makes a plan for a schema change, validates it and its way back on a scratch database, and stores it under its hash. Changes nothing: apply_plan does. " +
        "Give exactly one of desired (the whole schema as it should be: what it leaves out is dropped), sql (statements to run as they are) and rollback_of (a ledger entry to undo). " +
        "For one change, sql is the simplest. INSERT, UPDATE, DELETE and MERGE need a comment in the line above that says how many rows they touch, -- lockplane: rows 1..100, and a person's approval.")]
    public async Task<PlanChangeResult> PlanChangeAsync(
        ClaimsPrincipal user,
        [Description("The manifest_hash that inspect_schema gave: the plan starts there, or is refused when the schema has changed.")] string from_hash,
        [Description("CREATE statements of the whole schema.")] string desired = "",
        [Description("One or more statements that change the schema, or rows; unqualified names are in schema public.")] string sql = "",
        [Description("The number of the last ledger entry, to undo it.")] long rollback_of = 0,
        [Description("With sql that changes rows: keep them as they were, in the database, so that rollback_of can bring them back.")] bool keep_rows = false,
        [Description("What it is for, in a few words; logged.")] string title = "",
        CancellationToken cancellation = default)
    {
        if (!ManifestHash.TryParse(from_hash, out ManifestHash? from))
        {
            throw new BadArgumentException("from_hash is not a manifest hash: sha256: and 64 digits.", "Call inspect_schema and give its manifest_hash.");
        }

        if ((desired.Length > 0 ? 1 : 0) + (sql.Length > 0 ? 1 : 0) + (rollback_of != 0 ? 1 : 0) != 1)
        {
            throw new BadArgumentException("Give exactly one of desired, sql and rollback_of.");
        }

        if (desired.Length > LongestSql || sql.Length > LongestSql || title.Length > LongestTitle)
        {
            throw new BadArgumentException($"desired and sql have at most {LongestSql} characters, title {LongestTitle}.");
        }

        (Control.Principal? principal, string _, Control.ControlPlane? control) = callers.Of(user);
        StoredPlan stored = desired.Length > 0 ? await control.PlanSchemaAsync([new SchemaFile("desired", desired)], principal, from, cancellation)
            : sql.Length > 0 ? await control.PlanSqlAsync(sql, null, principal, from, null, cancellation, keep_rows)
            : await control.PlanRollbackAsync(rollback_of, principal, from, cancellation);
        string shownTitle = PrintableText.Line(title);
        LogPlan(principal.Name, stored.Plan.PlanHash.Text, shownTitle);
        return Describe(stored);
    }

    private static PlanChangeResult Describe(StoredPlan stored)
    {
        Plan plan = stored.Plan;
        return new PlanChangeResult(
            plan.FromHash.Text,
            plan.PlanHash.Text,
            plan.ToHash.Text,
            plan.Steps.IsEmpty,
            [.. plan.Steps.Take(MostSteps).Select(Describe)],
            plan.Steps.Length,
            plan.Steps.Length > MostSteps,
            [.. plan.Unreached.Take(MostSteps).Select(fact => PrintableText.Line($"{fact.Object}: {fact.Fact}", LongestText))],
            new ShadowOutcome("passed", stored.Assessment.ReachedHash),
            plan.NeedsApproval,
            new RollbackOutcome(Word(plan.Rollback.Reversibility), [.. plan.Rollback.Loses.Take(MostSteps).Select(lost => PrintableText.Line(lost, LongestText))]),
            plan.Steps.IsEmpty ? "Nothing to do: the schema is as asked."
                : plan.NeedsApproval ? $"A person has to approve it, because of its hazards. They run: lockplane approve {plan.PlanHash.Text}; then call apply_plan."
                : "Call apply_plan with plan_hash.");
    }

    private static PlannedStep Describe(PlanStep step) => new(
        step.N,
        PrintableText.Line(step.Description, LongestText),
        PrintableText.Lines(step.Sql) is { Length: > LongestStep } sql ? sql[..(LongestStep - 3)] + "..." : PrintableText.Lines(step.Sql),
        PrintableText.Line(step.Reason, LongestText),
        [.. step.Locks.Select(@lock => PrintableText.Line($"{@lock.Relation} {@lock.Mode}", LongestText))],
        [.. step.Hazards.Select(hazard => PrintableText.Line($"{hazard.Name} {hazard.Object}", LongestText))],
        Word(step.Reversibility),
        step.Rows,
        step.Keeps is { } keeps ? PrintableText.Line(keeps.Relation, LongestText) : null);

    private static string Word(Reversibility reversibility) => reversibility switch
    {
        Reversibility.Exact => "exact",
        Reversibility.DataLost => "data-lost",
        _ => "irreversible",
    };

    [LoggerMessage(Level = LogLevel.Information, Message = "{Principal} made plan {PlanHash}, titled \"{Title}\"")]
    private partial void LogPlan(string principal, string planHash, string title);
}

/// <summary>What <c>plan_change</c> answers.</summary>
/// <param name="ManifestHash">The schema that the plan starts from: the live one.</param>
/// <param name="PlanHash">Names the plan.</param>
/// <param name="ToHash">The schema that it leads to.</param>
/// <param name="NothingToDo">The schema is as asked.</param>
/// <param name="Steps">What would be run.</param>
/// <param name="TotalSteps">How many there are.</param>
/// <param name="Truncated">Not all are listed.</param>
/// <param name="Unreached">What was asked for and cannot be brought about.</param>
/// <param name="Shadow">What the run on a scratch database showed.</param>
/// <param name="RequiresApproval">A person has to approve it first.</param>
/// <param name="Rollback">The way back.</param>
/// <param name="Next">What to do now.</param>
internal sealed record PlanChangeResult(
    string ManifestHash, string PlanHash, string ToHash, bool NothingToDo, IReadOnlyList<PlannedStep> Steps, int TotalSteps, bool Truncated,
    IReadOnlyList<string> Unreached, ShadowOutcome Shadow, bool RequiresApproval, RollbackOutcome Rollback, string Next);

/// <summary>A step: its SQL, why, its locks and hazards, whether it can be undone (exact, data-lost, irreversible), how many rows a data change must touch, and the relation whose rows are kept for the way back.</summary>
internal sealed record PlannedStep(
    int N, string Description, string Sql, string Reason, IReadOnlyList<string> Locks, IReadOnlyList<string> Hazards, string Reversibility, RowBounds? Rows, string? KeepsRowsOf);

/// <summary>The run on a scratch database, and the schema that it reached.</summary>
internal sealed record ShadowOutcome(string Status, string ManifestHash);

/// <summary>How much a rollback brings back, and what it does not.</summary>
internal sealed record RollbackOutcome(string Reversibility, IReadOnlyList<string> Loses);
