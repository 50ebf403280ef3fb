using System.Text.Json.Serialization;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>A materialized view. Its rows, and whether it has been filled, are data and no facts.</summary>
/// <remarks>Spec: CREATE MATERIALIZED VIEW.</remarks>
public sealed record MaterializedViewFacts : RelationFacts
{
    /// <summary>The query as <c>pg_get_viewdef</c> writes it.</summary>
    [JsonRequired]
    public string Definition { get; init; } = "";

    /// <summary>The table access method, when it is not <c>heap</c>.</summary>
    public string? AccessMethod { get; init; }

    /// <summary>The tablespace, when it is not the database's.</summary>
    public string? Tablespace { get; init; }

    /// <summary>The index that CLUSTER follows.</summary>
    public string? ClusterIndex { get; init; }

    /// <summary>Storage parameters, in the order of their names.</summary>
    public FactList<StorageParameter> Storage { get; init; }
}
