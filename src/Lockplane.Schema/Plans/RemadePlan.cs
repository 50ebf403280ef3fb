using System.Text.Json;
using System.Text.Json.Nodes;
using Lockplane.Schema.Catalogs;
using Lockplane.Sql.Errors;

namespace Lockplane.Schema.Plans;

/// <summary>A plan that was read is made again from its two catalogs and compared: whoever wrote its hazards, locks or rollback by hand, and the hash to it, is found out.</summary>
public static class RemadePlan
{
    /// <summary>Refuses a plan that says of itself other than what was made again. What was wished for beyond <see cref="Plan.ToHash"/> is not asked.</summary>
    /// <exception cref="LockplaneException">LP402, with the first member that differs.</exception>
    public static void Demand(Plan plan, Plan remade)
    {
        Plan expected = PlanJson.Named(remade with { DesiredHash = plan.Unreached.IsEmpty ? remade.DesiredHash : plan.DesiredHash, Unreached = plan.Unreached });
        if (expected.PlanHash != plan.PlanHash)
        {
            throw new LockplaneException(
                ErrorCodes.ShadowDiffers,
                $"The plan is not what this version of Lockplane makes of its steps: {FirstDifference(JsonOf(plan), JsonOf(expected))} differs.",
                hint: "It was changed by hand, or another version made it: make the plan again.");
        }
    }

    private static JsonObject JsonOf(Plan plan)
    {
        JsonObject members = JsonSerializer.SerializeToNode(plan, FactsJson.Documents)!.AsObject();
        members.Remove("plan_hash");
        return members;
    }

    // As a path: steps[2].hazards, of the step with the number 2.
    private static string FirstDifference(JsonNode? said, JsonNode? made) => (said, made) switch
    {
        (JsonObject one, JsonObject other) => one.Select(member => member.Key).Concat(other.Select(member => member.Key)).Distinct().Where(key => !JsonNode.DeepEquals(one[key], other[key]))
            .Select(key => Joined(key, one[key], other[key])).First(),
        (JsonArray one, JsonArray other) when one.Count == other.Count && one.All(item => item is JsonObject) =>
            Enumerable.Range(0, one.Count).Where(i => !JsonNode.DeepEquals(one[i], other[i])).Select(i => Joined($"[{i + 1}]", one[i], other[i])).First(),
        _ => "",
    };

    private static string Joined(string name, JsonNode? said, JsonNode? made) => FirstDifference(said, made) is { Length: > 0 } inner ? (inner[0] == '[' ? name + inner : $"{name}.{inner}") : name;
}
