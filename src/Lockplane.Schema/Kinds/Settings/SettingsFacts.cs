using System.Text.Json.Serialization;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>What sessions in this database begin with: of all roles, or of one.</summary>
/// <remarks>
/// Spec: ALTER DATABASE ... SET, ALTER ROLE ... IN DATABASE ... SET. Name: <c>database</c> for all roles, or the role, with the signature <c> IN DATABASE</c>.
/// What a role's sessions begin with in every database is not the database's.
/// </remarks>
public sealed record SettingsFacts : ObjectFacts
{
    /// <summary>In the order of their names.</summary>
    [JsonRequired]
    public FactList<OptionFacts> Settings { get; init; }
}
