using System.Text.Json.Serialization;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Plans;

/// <summary>An object that gets another name.</summary>
/// <param name="From">What it is called when its turn comes.</param>
/// <param name="To">What it is called then.</param>
public sealed record Rename([property: JsonRequired] ObjectId From, [property: JsonRequired] ObjectId To)
{
    /// <summary>It is an attribute of a composite type.</summary>
    public bool IsAttribute { get; init; }

    /// <summary>Where a schema file says so; no part of a plan.</summary>
    [JsonIgnore]
    public string Place { get; init; } = "";
}
