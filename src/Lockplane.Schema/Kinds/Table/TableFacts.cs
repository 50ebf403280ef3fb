using System.Text.Json.Serialization;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>A table: ordinary, partitioned, or a partition of another.</summary>
/// <remarks>Spec: CREATE TABLE.</remarks>
public sealed record TableFacts : RelationFacts
{
    /// <summary>Not written to the write-ahead log.</summary>
    public bool Unlogged { get; init; }

    /// <summary>The composite type that a typed table is of, as SQL.</summary>
    public string? OfType { get; init; }

    /// <summary>The tables that it inherits from, in order; of a partition the one that it is a part of.</summary>
    public FactList<ObjectId> Inherits { get; init; }

    /// <summary>What a partition holds, as SQL: <c>FOR VALUES IN (1)</c>, <c>DEFAULT</c>; null when it is no partition.</summary>
    public string? PartitionBound { get; init; }

    /// <summary>How a partitioned table is divided, as SQL: <c>RANGE (day)</c>; null when it is not partitioned.</summary>
    public string? PartitionKey { get; init; }

    /// <summary>The columns that the partition key reads, in the order of their names.</summary>
    public FactList<string> PartitionColumns { get; init; }

    /// <summary>A DETACH CONCURRENTLY of the partition was begun and not finished. No statement makes this anew.</summary>
    public bool DetachPending { get; init; }

    /// <summary>The table access method, when it is not <c>heap</c>; of a partitioned table the one that partitions take, when there is one.</summary>
    public string? AccessMethod { get; init; }

    /// <summary>The tablespace, when it is not the database's.</summary>
    public string? Tablespace { get; init; }

    /// <summary>Storage parameters by name; those of the TOAST table begin with <c>toast.</c></summary>
    public FactList<StorageParameter> Options { get; init; }

    /// <summary>What logical replication calls old rows by: <c>full</c>, <c>nothing</c> or <c>index</c>; null is the primary key.</summary>
    public string? ReplicaIdentity { get; init; }

    /// <summary>The index of REPLICA IDENTITY USING INDEX.</summary>
    public string? ReplicaIdentityIndex { get; init; }

    /// <summary>The index that CLUSTER follows.</summary>
    public string? ClusterIndex { get; init; }

    /// <summary>ENABLE ROW LEVEL SECURITY.</summary>
    public bool RowSecurity { get; init; }

    /// <summary>FORCE ROW LEVEL SECURITY: for the owner, too.</summary>
    public bool ForceRowSecurity { get; init; }

    /// <summary>It is a partition of another table.</summary>
    [JsonIgnore]
    public bool IsPartition => PartitionBound is not null;
}

/// <summary>A parameter in WITH (...) of a table or index, or an attribute option of a column.</summary>
public sealed record StorageParameter
{
    /// <summary>Its name.</summary>
    [JsonRequired]
    public string Name { get; init; } = "";

    /// <summary>Its value as it was written.</summary>
    [JsonRequired]
    public string Value { get; init; } = "";
}
