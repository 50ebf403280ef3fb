using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Plans;

/// <summary>How to get from one catalog to another: a pure function of its inputs, named by its hash.</summary>
/// <remarks>Holds nothing observed (no clock, count or size) and no target. Written and read by <see cref="PlanJson"/>.</remarks>
public sealed record Plan
{
    /// <summary>The version of the format.</summary>
    [JsonRequired]
    public int Format { get; init; } = PlanJson.Format;

    /// <summary>The hash over all other members.</summary>
    [JsonRequired]
    public required ManifestHash PlanHash { get; init; }

    /// <summary>The catalog that it starts from.</summary>
    [JsonRequired]
    public required ManifestHash FromHash { get; init; }

    /// <summary>The catalog that it will produce.</summary>
    [JsonRequired]
    public required ManifestHash ToHash { get; init; }

    /// <summary>The catalog that was asked for; differs from <see cref="ToHash"/> only in what <see cref="Unreached"/> lists.</summary>
    [JsonRequired]
    public required ManifestHash DesiredHash { get; init; }

    /// <summary>The major version of the server that both catalogs are of.</summary>
    [JsonRequired]
    public required int ServerMajor { get; init; }

    /// <summary>What it was made with.</summary>
    [JsonRequired]
    public required PlanOptions Options { get; init; }

    /// <summary>What gets another name, in the order in which it does; absent when nothing does. So a plan that undoes this one knows what is the same object.</summary>
    public FactList<Rename>? Renames { get; init; }

    /// <summary>What is run, in order.</summary>
    [JsonRequired]
    public required ImmutableArray<PlanStep> Steps { get; init; }

    /// <summary>Facts that were asked for and that no statement brings about, such as an order of columns.</summary>
    [JsonRequired]
    public required ImmutableArray<UnreachedFact> Unreached { get; init; }

    /// <summary>The way back.</summary>
    [JsonRequired]
    public required Rollback Rollback { get; init; }

    /// <summary>Whether a person has to approve any step.</summary>
    [JsonIgnore]
    public bool NeedsApproval => Steps.Any(step => step.NeedsApproval);
}

/// <summary>One statement of a plan.</summary>
public sealed record PlanStep
{
    /// <summary>Its number, from 1.</summary>
    [JsonRequired]
    public required int N { get; init; }

    /// <summary>What it does, in a few words.</summary>
    [JsonRequired]
    public required string Description { get; init; }

    /// <summary>The statement, as it is run.</summary>
    [JsonRequired]
    public required string Sql { get; init; }

    /// <summary>The part of the plan that commits together, from 1.</summary>
    [JsonRequired]
    public required int Segment { get; init; }

    /// <summary>Runs inside a transaction.</summary>
    [JsonRequired]
    public required bool Transactional { get; init; }

    /// <summary>The catalog after it; only on the last step of a segment.</summary>
    public ManifestHash? AfterHash { get; init; }

    /// <summary>The locks that it takes on relations that were there before.</summary>
    [JsonRequired]
    public required ImmutableArray<StepLock> Locks { get; init; }

    /// <summary>The relations whose files it writes anew.</summary>
    [JsonRequired]
    public required ImmutableArray<string> Rewrites { get; init; }

    /// <summary>The relations that it reads from end to end.</summary>
    [JsonRequired]
    public required ImmutableArray<string> Scans { get; init; }

    /// <summary>What is to be known before it is run.</summary>
    [JsonRequired]
    public required ImmutableArray<StepHazard> Hazards { get; init; }

    /// <summary>How long it may wait and run.</summary>
    [JsonRequired]
    public required StepTimeouts Timeouts { get; init; }

    /// <summary>How many rows a data change must touch.</summary>
    public RowBounds? Rows { get; init; }

    /// <summary>The rows that a data change touches are kept as they were; absent when they are not.</summary>
    public KeptRows? Keeps { get; init; }

    /// <summary>The kept rows that the step brings back; <see cref="Sql"/> is <see cref="RestoringSql"/>'s of them.</summary>
    public KeptRows? Restores { get; init; }

    /// <summary>Why it is there.</summary>
    [JsonRequired]
    public required string Reason { get; init; }

    /// <summary>Whether it can be undone.</summary>
    [JsonRequired]
    public required Reversibility Reversibility { get; init; }

    /// <summary>Whether a person has to approve one of its hazards.</summary>
    [JsonIgnore]
    public bool NeedsApproval => Hazards.Any(hazard => Plans.Hazards.NeedsApproval(hazard.Name));
}

/// <summary>A lock.</summary>
/// <param name="Relation">The relation as SQL, <c>public.notes</c>.</param>
/// <param name="Mode">Postgres's name of the mode without its ending: <c>AccessExclusive</c>.</param>
public sealed record StepLock([property: JsonRequired] string Relation, [property: JsonRequired] string Mode);

/// <summary>A hazard of a step.</summary>
/// <param name="Name">One of <see cref="Hazards"/>.</param>
/// <param name="Object">What it concerns, as <see cref="ObjectId.ToString"/> prints it.</param>
public sealed record StepHazard([property: JsonRequired] string Name, [property: JsonRequired] string Object);

/// <summary>Time limits of a step.</summary>
/// <param name="LockMs">The longest wait for a lock, in milliseconds.</param>
/// <param name="StatementMs">The longest run, in milliseconds.</param>
public sealed record StepTimeouts([property: JsonRequired] int LockMs, [property: JsonRequired] int StatementMs);

/// <summary>How many rows a data change must touch.</summary>
/// <param name="Min">At least.</param>
/// <param name="Max">At most.</param>
public sealed record RowBounds([property: JsonRequired] long Min, [property: JsonRequired] long Max);

/// <summary>A fact that was asked for and is not brought about.</summary>
/// <param name="Object">The object, as <see cref="ObjectId.ToString"/> prints it.</param>
/// <param name="Fact">What of it, in words.</param>
public sealed record UnreachedFact([property: JsonRequired] string Object, [property: JsonRequired] string Fact);

/// <summary>The way back from what a plan produced.</summary>
public sealed record Rollback
{
    /// <summary>How much comes back.</summary>
    [JsonRequired]
    public required Reversibility Reversibility { get; init; }

    /// <summary>The catalog that it reaches; the plan's <see cref="Plan.FromHash"/> when <see cref="Reversibility"/> is exact.</summary>
    [JsonRequired]
    public required ManifestHash ToHash { get; init; }

    /// <summary>What is run; empty when nothing can be undone.</summary>
    [JsonRequired]
    public required ImmutableArray<PlanStep> Steps { get; init; }

    /// <summary>What does not come back, in words.</summary>
    [JsonRequired]
    public required ImmutableArray<string> Loses { get; init; }
}

/// <summary>Whether something can be undone.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Reversibility>))]
public enum Reversibility
{
    /// <summary>Everything comes back.</summary>
    [JsonStringEnumMemberName("exact")]
    Exact = 1,

    /// <summary>The structure comes back; data that is named does not.</summary>
    [JsonStringEnumMemberName("data-lost")]
    DataLost,

    /// <summary>It cannot be undone.</summary>
    [JsonStringEnumMemberName("irreversible")]
    Irreversible,
}
