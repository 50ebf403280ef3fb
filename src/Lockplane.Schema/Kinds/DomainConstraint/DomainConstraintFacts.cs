using System.Text.Json.Serialization;

namespace Lockplane.Schema.Kinds;

/// <summary>A check constraint of a domain.</summary>
/// <remarks>Spec: CREATE DOMAIN, ALTER DOMAIN.</remarks>
public sealed record DomainConstraintFacts : ObjectFacts
{
    /// <summary>The expression over <c>VALUE</c>, as Postgres writes it.</summary>
    [JsonRequired]
    public string Expression { get; init; } = "";

    /// <summary>Values from before it were not checked.</summary>
    public bool NotValid { get; init; }
}
