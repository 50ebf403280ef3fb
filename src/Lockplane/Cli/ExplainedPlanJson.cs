using System.Text.Json.Nodes;
using Lockplane.Schema.Plans;

namespace Lockplane.Cli;

/// <summary>A plan with all that is known of it, as canonical JSON.</summary>
internal static class ExplainedPlanJson
{
    /// <summary>The bytes. What only a stored plan has is absent for one from a file.</summary>
    public static byte[] Write(ShownPlan shown)
    {
        Plan plan = shown.Plan;
        PlanSummary summary = new(plan);
        return CanonicalText.Of(new JsonObject
        {
            ["plan"] = JsonNode.Parse(PlanJson.Write(plan)),
            ["assessment"] = shown.Assessment is null ? null : JsonNode.Parse(shown.Assessment.ToJson()),
            ["needs_approval"] = plan.NeedsApproval,
            ["judged"] = new JsonArray([.. PlanText.Judged(plan).Select(name => (JsonNode)name)]),
            ["hazard_meanings"] = new JsonObject(summary.KnownHazards.Select(hazard => KeyValuePair.Create(hazard.Name, (JsonNode?)hazard.Meaning))),
            ["summary"] = new JsonObject { ["create"] = summary.Creates, ["alter"] = summary.Alters, ["drop"] = summary.Drops, ["drop_and_make_again"] = summary.Remakes },
            ["locks"] = new JsonArray([.. summary.Locks.Select(ToJson)]),
            ["diffs"] = new JsonArray([.. summary.Steps.Where(step => step.Differs).Select(ToJson)]),
            ["proposer"] = shown.Stored?.Proposer,
            ["door"] = shown.Stored?.Door,
            ["applied_seq"] = shown.Stored?.AppliedSeq,
            ["rollback_of"] = shown.Stored?.RollbackOf,
        });
    }

    private static JsonObject ToJson(LockedRelations locks) => new() { ["mode"] = locks.Mode, ["relations"] = new JsonArray([.. locks.Relations.Select(name => (JsonNode)name)]) };

    private static JsonObject ToJson(ShownStep step) => new() { ["n"] = step.Step.N, ["lines"] = new JsonArray([.. step.Lines.Select(line => (JsonNode)$"{line.Mark}{line.Text}")]) };
}
