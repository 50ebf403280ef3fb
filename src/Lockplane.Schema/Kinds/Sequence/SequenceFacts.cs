using System.Text.Json.Serialization;

namespace Lockplane.Schema.Kinds;

/// <summary>A sequence of its own, also one that a <c>serial</c> column made; the sequence of an identity column belongs to the column.</summary>
/// <remarks>Spec: CREATE SEQUENCE. Where it stands is data and no fact.</remarks>
public sealed record SequenceFacts : ObjectFacts
{
    /// <summary>What it counts in and how.</summary>
    [JsonRequired]
    public SequenceOptions Options { get; init; } = new();

    /// <summary>Not written to the write-ahead log.</summary>
    public bool Unlogged { get; init; }

    /// <summary>The table that it goes away with; in the same schema.</summary>
    public string? OwnedByTable { get; init; }

    /// <summary>The column of that table.</summary>
    public string? OwnedByColumn { get; init; }
}

/// <summary>The numbers of a sequence, all of them written out, zero too.</summary>
public sealed record SequenceOptions
{
    /// <summary><c>bigint</c>, <c>integer</c> or <c>smallint</c>.</summary>
    [JsonRequired]
    public string Type { get; init; } = "bigint";

    /// <summary>The first number.</summary>
    [JsonRequired, JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public long Start { get; init; } = 1;

    /// <summary>What is added each time; negative counts down.</summary>
    [JsonRequired, JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public long Increment { get; init; } = 1;

    /// <summary>The least number.</summary>
    [JsonRequired, JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public long Min { get; init; } = 1;

    /// <summary>The greatest number.</summary>
    [JsonRequired, JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public long Max { get; init; } = long.MaxValue;

    /// <summary>How many numbers a session takes at once.</summary>
    [JsonRequired, JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public long Cache { get; init; } = 1;

    /// <summary>Starts again at the other end.</summary>
    public bool Cycle { get; init; }
}
