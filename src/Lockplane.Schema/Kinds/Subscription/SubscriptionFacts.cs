using System.Text.Json.Serialization;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>A subscription of logical replication. Whether it is running is no fact, as it is none of pg_dump's: it is made without a connection and disabled.</summary>
/// <remarks>Spec: CREATE SUBSCRIPTION.</remarks>
public sealed record SubscriptionFacts : ObjectFacts
{
    /// <summary>That there is a connection string, which is secret.</summary>
    public SecretFacts? Connection { get; init; }

    /// <summary>The publications that it reads, in alphabetical order.</summary>
    [JsonRequired]
    public FactList<string> Publications { get; init; }

    /// <summary>Its options, in the order of their names.</summary>
    public FactList<OptionFacts> Options { get; init; }
}

/// <summary>A value that is never read.</summary>
public sealed record SecretFacts
{
    /// <summary>Always true.</summary>
    [JsonRequired]
    public bool Secret { get; init; }
}
