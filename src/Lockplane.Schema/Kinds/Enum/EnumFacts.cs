using System.Text.Json.Serialization;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>An enumerated type.</summary>
/// <remarks>Spec: CREATE TYPE.</remarks>
public sealed record EnumFacts : ObjectFacts
{
    /// <summary>Its values in their order, which comparisons follow.</summary>
    [JsonRequired, JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public FactList<string> Values { get; init; }
}
