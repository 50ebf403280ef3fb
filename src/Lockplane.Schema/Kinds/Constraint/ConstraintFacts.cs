using System.Text.Json.Serialization;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>What a constraint says.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ConstraintType>))]
public enum ConstraintType
{
    /// <summary>PRIMARY KEY.</summary>
    [JsonStringEnumMemberName("primary key")]
    PrimaryKey = 1,

    /// <summary>UNIQUE.</summary>
    [JsonStringEnumMemberName("unique")]
    Unique,

    /// <summary>CHECK.</summary>
    [JsonStringEnumMemberName("check")]
    Check,

    /// <summary>FOREIGN KEY.</summary>
    [JsonStringEnumMemberName("foreign key")]
    ForeignKey,

    /// <summary>EXCLUDE.</summary>
    [JsonStringEnumMemberName("exclusion")]
    Exclusion,
}

/// <summary>A constraint of a table. The index behind a primary key or a unique constraint belongs to it and is no object of its own.</summary>
/// <remarks>Spec: CREATE TABLE, ALTER TABLE. Not-null constraints are facts of their columns.</remarks>
public sealed record ConstraintFacts : ObjectFacts
{
    /// <summary>What it says.</summary>
    [JsonRequired]
    public ConstraintType Type { get; init; }

    /// <summary>The key's columns in order; for a check the columns that it reads, by name.</summary>
    public FactList<string> Columns { get; init; }

    /// <summary>Columns that are kept in the index besides.</summary>
    public FactList<string> Include { get; init; }

    /// <summary>The last column is a period: WITHOUT OVERLAPS of a key, PERIOD of a foreign key (18 and later).</summary>
    public bool Period { get; init; }

    /// <summary>Two nulls are the same to a unique constraint.</summary>
    public bool NullsNotDistinct { get; init; }

    /// <summary>A check's expression as Postgres writes it.</summary>
    public string? Expression { get; init; }

    /// <summary>What an exclusion constraint excludes.</summary>
    public ExclusionFacts? Exclusion { get; init; }

    /// <summary>Storage parameters of the index behind it, by name.</summary>
    public FactList<StorageParameter> Options { get; init; }

    /// <summary>The tablespace of the index behind it, when it is not the database's.</summary>
    public string? Tablespace { get; init; }

    /// <summary>Statistics targets of the index behind it.</summary>
    public FactList<IndexStatistics> Statistics { get; init; }

    /// <summary>The index behind it is not complete: a partition has none that is attached to it.</summary>
    public bool IndexInvalid { get; init; }

    /// <summary>The constraint or index of the partitioned table that this one of a partition stands for.</summary>
    public ObjectId? AttachedTo { get; init; }

    /// <summary>A check that comes from a table that this one inherits from, and goes with it.</summary>
    public bool Inherited { get; init; }

    /// <summary>A check that does not pass to inheriting tables.</summary>
    public bool NoInherit { get; init; }

    /// <summary>What a foreign key points at.</summary>
    public ReferenceFacts? References { get; init; }

    /// <summary>Can be checked at commit.</summary>
    public bool Deferrable { get; init; }

    /// <summary>Is checked at commit unless the transaction says otherwise.</summary>
    public bool InitiallyDeferred { get; init; }

    /// <summary>Rows from before it were not checked.</summary>
    public bool NotValid { get; init; }

    /// <summary>Written down but not checked (18 and later).</summary>
    public bool NotEnforced { get; init; }
}

/// <summary>What an exclusion constraint excludes.</summary>
public sealed record ExclusionFacts
{
    /// <summary>Method, elements with their operators, and included columns, as SQL: <c>USING gist (room WITH =, during WITH &amp;&amp;)</c>.</summary>
    [JsonRequired]
    public string Definition { get; init; } = "";

    /// <summary>The rows that it is for.</summary>
    public string? Predicate { get; init; }
}

/// <summary>The other side of a foreign key, and what happens when it changes.</summary>
public sealed record ReferenceFacts
{
    /// <summary>The schema of the table that is referred to.</summary>
    [JsonRequired]
    public string Schema { get; init; } = "";

    /// <summary>The table that is referred to.</summary>
    [JsonRequired]
    public string Table { get; init; } = "";

    /// <summary>Its columns, in the order of the key's.</summary>
    [JsonRequired]
    public FactList<string> Columns { get; init; }

    /// <summary>MATCH FULL; otherwise MATCH SIMPLE.</summary>
    public bool MatchFull { get; init; }

    /// <summary>What an update does as SQL: <c>CASCADE</c>; null is NO ACTION.</summary>
    public string? OnUpdate { get; init; }

    /// <summary>What a delete does as SQL: <c>SET NULL</c>; null is NO ACTION.</summary>
    public string? OnDelete { get; init; }

    /// <summary>The only columns that SET NULL or SET DEFAULT changes on delete; empty is all.</summary>
    public FactList<string> OnDeleteColumns { get; init; }
}
