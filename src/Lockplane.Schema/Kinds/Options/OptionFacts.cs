using System.Text.Json.Serialization;

namespace Lockplane.Schema.Kinds;

/// <summary>A setting or option with its value; a secret's value is never read.</summary>
/// <remarks>A secret is what has password, secret, token or key in its name, and of a user mapping everything but user names.</remarks>
public sealed record OptionFacts
{
    /// <summary>Its name.</summary>
    [JsonRequired]
    public string Name { get; init; } = "";

    /// <summary>Its value as Postgres stores it; null for a secret.</summary>
    public string? Value { get; init; }

    /// <summary>There is a value that is nobody's business: not hashed, and written as a placeholder.</summary>
    public bool Secret { get; init; }
}
