using System.Text.Json.Serialization;

namespace Lockplane.Schema.Kinds;

/// <summary>A domain. Its check constraints are objects of their own; that it refuses null is a fact of its own.</summary>
/// <remarks>Spec: CREATE DOMAIN.</remarks>
public sealed record DomainFacts : ObjectFacts
{
    /// <summary>The type that it is of, with modifiers, as <c>format_type</c> writes it under an empty search path.</summary>
    [JsonRequired]
    public string Type { get; init; } = "";

    /// <summary>Its collation as SQL, when it is not the type's own.</summary>
    public string? Collation { get; init; }

    /// <summary>The default's expression as Postgres writes it.</summary>
    public string? Default { get; init; }

    /// <summary>Refuses null.</summary>
    public bool NotNull { get; init; }

    /// <summary>The name of the not-null constraint (17 and later), when it is not the one that Postgres gives.</summary>
    public string? NotNullName { get; init; }
}
