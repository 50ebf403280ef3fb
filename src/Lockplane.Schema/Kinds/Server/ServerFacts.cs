using System.Text.Json.Serialization;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>A foreign server.</summary>
/// <remarks>Spec: CREATE SERVER.</remarks>
public sealed record ServerFacts : ObjectFacts
{
    /// <summary>Its foreign-data wrapper.</summary>
    [JsonRequired]
    public string Wrapper { get; init; } = "";

    /// <summary>TYPE.</summary>
    public string? Type { get; init; }

    /// <summary>VERSION.</summary>
    public string? Version { get; init; }

    /// <summary>Its options, in the order of their names.</summary>
    public FactList<OptionFacts> Options { get; init; }
}
