using System.Text.Json.Serialization;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>An index that no constraint made, of a table or a materialized view.</summary>
/// <remarks>Spec: CREATE INDEX.</remarks>
public sealed record IndexFacts : ObjectFacts
{
    /// <summary>Its table, in the same schema.</summary>
    [JsonRequired]
    public string Table { get; init; } = "";

    /// <summary>Refuses two equal keys.</summary>
    public bool Unique { get; init; }

    /// <summary>Method, columns and what is included, as <c>pg_get_indexdef</c> writes them after USING: <c>btree (title DESC) INCLUDE (id)</c>.</summary>
    [JsonRequired]
    public string Definition { get; init; } = "";

    /// <summary>The rows that a partial index is for.</summary>
    public string? Predicate { get; init; }

    /// <summary>Has expressions or a predicate, whose text Postgres writes anew when a column's type changes.</summary>
    public bool HasExpressions { get; init; }

    /// <summary>Storage parameters by name.</summary>
    public FactList<StorageParameter> Options { get; init; }

    /// <summary>The tablespace, when it is not the database's.</summary>
    public string? Tablespace { get; init; }

    /// <summary>Statistics targets of columns that are expressions.</summary>
    public FactList<IndexStatistics> Statistics { get; init; }

    /// <summary>
    /// Not complete, so that no query uses it: its building failed, which no statement makes anew; or, on a partitioned table, a partition has none that is attached to it.
    /// </summary>
    public bool Invalid { get; init; }

    /// <summary>The index or constraint of the partitioned table that this one of a partition stands for.</summary>
    public ObjectId? AttachedTo { get; init; }
}

/// <summary>The statistics target of a column of an index.</summary>
public sealed record IndexStatistics
{
    /// <summary>The number of the column, from 1.</summary>
    [JsonRequired]
    public int Column { get; init; }

    /// <summary>The target.</summary>
    [JsonRequired, JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public int Target { get; init; }
}
