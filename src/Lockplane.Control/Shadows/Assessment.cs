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
    /// <summary>Who made or validated the plan: another version may make another.</summary>
    public string? Engine { get; init; }

    /// <summary>What the target was like when somebody asked; absent when nobody did.</summary>
    public TargetObservation? Target { get; init; }

    /// <summary>The canonical bytes.</summary>
    public byte[] ToJson() => CanonicalJson.Write(JsonSerializer.SerializeToElement(this, ControlJson.Default.Assessment));

    internal ManifestHash Hash => CanonicalHash.Of(HashDomain.Object, ToJson());

    internal static Assessment Parse(string json) => JsonSerializer.Deserialize(json, ControlJson.Default.Assessment) ?? throw new JsonException("null is no assessment.");
}

/// <summary>What was seen of a plan's tables on the target. Nothing was changed, and no step was run.</summary>
/// <param name="ObservedAt">When, in UTC by the server's clock.</param>
/// <param name="Estimates">The data changes, and how many rows the server's planner expects each to touch.</param>
/// <param name="Relations">The tables and materialized views that the plan drops, rewrites, reads or changes rows of.</param>
public sealed record TargetObservation(string ObservedAt, ImmutableArray<RowEstimate> Estimates, ImmutableArray<RelationSize> Relations);

/// <summary>How many rows a data change would touch, by EXPLAIN.</summary>
/// <param name="N">The step's number.</param>
/// <param name="Rows">The planner's estimate; absent when there is none.</param>
/// <param name="Reason">Why there is none.</param>
public sealed record RowEstimate(int N, long? Rows, string? Reason);

/// <summary>How large a relation is.</summary>
/// <param name="Relation">Its name as SQL.</param>
/// <param name="Rows">How many rows it has; absent when it was never analysed and is too large to be counted in passing.</param>
/// <param name="Counted">They were counted; otherwise it is what the last ANALYZE estimated.</param>
/// <param name="Bytes">What it takes on disk with its indexes and TOAST, in bytes.</param>
public sealed record RelationSize(string Relation, long? Rows, bool Counted, long Bytes);

/// <summary>One step on the shadow.</summary>
/// <param name="N">The step's number.</param>
/// <param name="DurationMs">How long it took on an empty database, in milliseconds.</param>
public sealed record StepObservation(int N, long DurationMs);
