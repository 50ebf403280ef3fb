using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>A foreign-data wrapper that no extension brought.</summary>
/// <remarks>Spec: CREATE FOREIGN DATA WRAPPER.</remarks>
public sealed record ForeignDataWrapperFacts : ObjectFacts
{
    /// <summary>Its handler as SQL.</summary>
    public string? Handler { get; init; }

    /// <summary>Its validator as SQL.</summary>
    public string? Validator { get; init; }

    /// <summary>Its options, in the order of their names.</summary>
    public FactList<OptionFacts> Options { get; init; }
}
