using System.Collections.Immutable;
using System.Text.Json;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Control.Shadows;

/// <summary>What was observed about a plan on a shadow. A document of its own, no part of the plan or its hash.</summary>
/// <param name="PlanHash">The plan.</param>
/// <param name="AssessedAt">When, in UTC by this process's clock.</param>
/// <param name="ServerVersion">The shadow server's version.</param>
/// <param name="Steps">The plan's steps as they ran.</param>
/// <param name="ReachedHash">The catalog after them; the plan's <c>to_hash</c>, or the plan would not have been accepted.</param>
/// <param name="RollbackHash">The catalog after the rollback's steps; absent when the plan has no rollback.</param>
public sealed record Assessment(
    string PlanHash,
    string AssessedAt,
    string ServerVersion,
    ImmutableArray<StepObservation> Steps,
    string ReachedHash,
    string? RollbackHash)
{
    /// <summary>The canonical bytes.</summary>
    public byte[] ToJson() => CanonicalJson.Write(JsonSerializer.SerializeToElement(this, ControlJson.Default.Assessment));

    internal ManifestHash Hash => CanonicalHash.Of(HashDomain.Object, ToJson());

    internal static Assessment Parse(string json) => JsonSerializer.Deserialize(json, ControlJson.Default.Assessment)!;
}

/// <summary>One step on the shadow.</summary>
/// <param name="N">The step's number.</param>
/// <param name="DurationMs">How long it took on an empty database, in milliseconds.</param>
public sealed record StepObservation(int N, long DurationMs);
