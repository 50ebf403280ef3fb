using System.Text.Json;
using System.Text.Json.Nodes;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Plans;

/// <summary>A plan as canonical JSON.</summary>
public static class PlanJson
{
    /// <summary>The version of the format.</summary>
    public const int Format = 1;

    /// <summary>The largest plan that is read, in bytes.</summary>
    public const int LongestBytes = 64 * 1024 * 1024;

    /// <summary>The canonical bytes of a plan.</summary>
    public static byte[] Write(Plan plan) => FactsJson.WriteDocument(plan);

    /// <summary>Reads a plan and checks that it is what its hash says. White space and the order of members do not matter.</summary>
    /// <exception cref="FormatException">Not a plan of this format: not JSON, a member is unknown, repeated or missing, or the hash is of another content.</exception>
    public static Plan Read(ReadOnlySpan<byte> json)
    {
        if (json.Length > LongestBytes)
        {
            throw new FormatException($"A plan has at most {LongestBytes} bytes; this one has {json.Length}.");
        }

        Plan plan;
        try
        {
            plan = JsonSerializer.Deserialize<Plan>(json, FactsJson.Documents) ?? throw new JsonException("null is no plan");
        }
        catch (JsonException error)
        {
            throw new FormatException($"This is no plan: {error.Message}", error);
        }

        if (plan.Format != Format)
        {
            throw new FormatException($"The plan's format is {plan.Format}; this version reads {Format}.");
        }

        for (int i = 0; i < plan.Steps.Length; i++)
        {
            if (plan.Steps[i].N != i + 1)
            {
                throw new FormatException($"Step {i + 1} of the plan has the number {plan.Steps[i].N}.");
            }
        }

        ManifestHash hash = HashOf(plan);
        return hash == plan.PlanHash ? plan : throw new FormatException($"The plan says that its hash is {plan.PlanHash}; its content hashes to {hash}.");
    }

    /// <summary>The same plan, named by the hash of its content.</summary>
    internal static Plan Named(Plan plan) => plan with { PlanHash = HashOf(plan) };

    private static ManifestHash HashOf(Plan plan)
    {
        JsonObject members = JsonSerializer.SerializeToNode(plan, FactsJson.Documents)!.AsObject();
        members.Remove("plan_hash");
        return CanonicalHash.Of(HashDomain.Plan, CanonicalJson.Write(JsonSerializer.SerializeToElement(members)));
    }
}
