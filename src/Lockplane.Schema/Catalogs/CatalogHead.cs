using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Lockplane.Schema.Catalogs;

/// <summary>What every document of a catalog says first: a manifest, and the root of a tree.</summary>
internal abstract record CatalogHead
{
    [JsonRequired]
    public int Format { get; init; }

    [JsonRequired]
    public int ServerMajor { get; init; }

    [JsonRequired]
    public Scope Scope { get; init; } = Scope.All;

    [JsonRequired]
    public ImmutableArray<UnmodelledObject> Unmodelled { get; init; } = [];
}

/// <summary>An object's name in a document; its schema is written where the document does not say it elsewhere.</summary>
internal abstract record NamedObject
{
    [JsonRequired]
    public string Kind { get; init; } = "";

    [JsonRequired]
    public string Name { get; init; } = "";

    public string? Part { get; init; }

    public string? Signature { get; init; }

    /// <summary>The whole name.</summary>
    public ObjectId Id(string? schema) => new(Kind, schema, Name, Part, Signature);
}
