using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>A user mapping. Name: the server; part: the user, or <c>public</c>.</summary>
/// <remarks>Spec: CREATE USER MAPPING.</remarks>
public sealed record UserMappingFacts : ObjectFacts
{
    /// <summary>
    /// Its options, where the reading role may see them. Since most may not, they are written and neither hashed nor compared: the hash does not depend on who reads.
    /// </summary>
    public FactList<OptionFacts> Options { get; init; }

    /// <inheritdoc/>
    public override ObjectFacts Hashed() => this with { Options = default };
}
