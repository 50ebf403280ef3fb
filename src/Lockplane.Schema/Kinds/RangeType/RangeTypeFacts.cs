using System.Text.Json.Serialization;

namespace Lockplane.Schema.Kinds;

/// <summary>A range type, with its multirange type, which has no facts besides its name.</summary>
/// <remarks>Spec: CREATE TYPE.</remarks>
public sealed record RangeTypeFacts : ObjectFacts
{
    /// <summary>The type of its bounds.</summary>
    [JsonRequired]
    public string Subtype { get; init; } = "";

    /// <summary>The btree operator class that orders the bounds, as SQL; null for the subtype's default.</summary>
    public string? OperatorClass { get; init; }

    /// <summary>The collation of the bounds as SQL, when it is not the subtype's own.</summary>
    public string? Collation { get; init; }

    /// <summary>The function that gives equal ranges one form, as SQL.</summary>
    public string? Canonical { get; init; }

    /// <summary>The function that measures how far bounds are apart, as SQL.</summary>
    public string? SubtypeDiff { get; init; }

    /// <summary>The name of the multirange type as SQL, with its schema.</summary>
    [JsonRequired]
    public string Multirange { get; init; } = "";
}
