using System.Text.Json.Serialization;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>An operator class.</summary>
/// <remarks>Spec: CREATE OPERATOR CLASS.</remarks>
public sealed record OperatorClassFacts : ObjectFacts
{
    /// <summary>The type that it is for.</summary>
    [JsonRequired]
    public string Type { get; init; } = "";

    /// <summary>The one that an index of that type takes by itself.</summary>
    public bool Default { get; init; }

    /// <summary>Its family as SQL.</summary>
    [JsonRequired]
    public string Family { get; init; } = "";

    /// <summary>The type that is stored, where it is another.</summary>
    public string? Storage { get; init; }

    /// <summary>The operators and functions that it cannot be without; the rest are the family's. In alphabetical order.</summary>
    public FactList<string> Members { get; init; }
}
