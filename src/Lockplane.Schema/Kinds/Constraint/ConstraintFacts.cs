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
}

/// <summary>A constraint of a table. The index behind a primary key or a unique constraint belongs to it and is no object of its own.</summary>
/// <remarks>Spec: CREATE TABLE, ALTER TABLE. Exclusion, temporal and domain constraints are not modelled.</remarks>
public sealed record ConstraintFacts : ObjectFacts
{
    /// <summary>What it says.</summary>
    [JsonRequired]
    public ConstraintType Type { get; init; }

    /// <summary>The key's columns in order; for a check the columns that it reads, by name.</summary>
    public FactList<string> Columns { get; init; }

    /// <summary>Columns that are kept in the index besides.</summary>
    public FactList<string> Include { get; init; }

    /// <summary>Two nulls are the same to a unique constraint.</summary>
    public bool NullsNotDistinct { get; init; }

    /// <summary>A check's expression as Postgres writes it.</summary>
    public string? Expression { get; init; }

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
