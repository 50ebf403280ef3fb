using System.Text.Json.Serialization;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>A column of a table.</summary>
public sealed record ColumnFacts
{
    /// <summary>Its name.</summary>
    [JsonRequired]
    public string Name { get; init; } = "";

    /// <summary>Its type with modifiers, as <c>format_type</c> writes it under an empty search path: <c>character varying(20)</c>.</summary>
    [JsonRequired]
    public string Type { get; init; } = "";

    /// <summary>Its collation as SQL, when it is not the type's own: <c>pg_catalog."C"</c>.</summary>
    public string? Collation { get; init; }

    /// <summary>It comes from a table that this one inherits from, and goes with it; not said of partitions, whose columns all do.</summary>
    public bool Inherited { get; init; }

    /// <summary>The default's expression as Postgres writes it.</summary>
    public string? Default { get; init; }

    /// <summary>Refuses null.</summary>
    public bool NotNull { get; init; }

    /// <summary>The name of the not-null constraint (18 and later), when it is not the one that Postgres gives.</summary>
    public string? NotNullName { get; init; }

    /// <summary>The not-null constraint does not hold for rows from before it (18 and later).</summary>
    public bool NotNullNotValid { get; init; }

    /// <summary>The not-null constraint does not pass to inheriting tables (18 and later).</summary>
    public bool NotNullNoInherit { get; init; }

    /// <summary>The not-null constraint comes from a table that this one inherits from, and goes with it (18 and later; not said of partitions).</summary>
    public bool NotNullInherited { get; init; }

    /// <summary>COMMENT ON CONSTRAINT of the not-null constraint.</summary>
    public string? NotNullComment { get; init; }

    /// <summary>The identity, when it is an identity column.</summary>
    public IdentityFacts? Identity { get; init; }

    /// <summary>The generation, when it is a generated column.</summary>
    public GeneratedFacts? Generated { get; init; }

    /// <summary>How large values are stored, when it is not the type's own way: <c>external</c>.</summary>
    public string? Storage { get; init; }

    /// <summary>How large values are compressed: <c>lz4</c>; null is as the server's setting says.</summary>
    public string? Compression { get; init; }

    /// <summary>SET STATISTICS.</summary>
    public int? Statistics { get; init; }

    /// <summary>Attribute options, such as <c>n_distinct</c>, by name.</summary>
    public FactList<StorageParameter> Options { get; init; }

    /// <summary>COMMENT ON COLUMN.</summary>
    public string? Comment { get; init; }

    /// <summary>Privileges on this column alone.</summary>
    public PrivilegeFacts? Privileges { get; init; }

    /// <summary>SECURITY LABEL ON COLUMN.</summary>
    public FactList<SecurityLabelFacts> SecurityLabels { get; init; }

    /// <summary>The objects and columns that its default or its generation reads.</summary>
    public FactList<ObjectId> DependsOn { get; init; }
}

/// <summary>What makes a column an identity column. Its sequence belongs to the column and is no object of its own.</summary>
public sealed record IdentityFacts
{
    /// <summary>GENERATED ALWAYS; otherwise BY DEFAULT.</summary>
    public bool Always { get; init; }

    /// <summary>The sequence's name, in the table's schema.</summary>
    [JsonRequired]
    public string Sequence { get; init; } = "";

    /// <summary>How it counts.</summary>
    [JsonRequired]
    public SequenceOptions Options { get; init; } = new();

    /// <summary>The sequence is not written to the write-ahead log.</summary>
    public bool Unlogged { get; init; }

    /// <summary>COMMENT ON SEQUENCE.</summary>
    public string? Comment { get; init; }

    /// <summary>SECURITY LABEL ON SEQUENCE.</summary>
    public FactList<SecurityLabelFacts> SecurityLabels { get; init; }

    /// <summary>Privileges on the sequence.</summary>
    public PrivilegeFacts? Privileges { get; init; }
}

/// <summary>What makes a column a generated column.</summary>
public sealed record GeneratedFacts
{
    /// <summary>The expression as Postgres writes it.</summary>
    [JsonRequired]
    public string Expression { get; init; } = "";

    /// <summary>Computed when read (18 and later); otherwise stored.</summary>
    public bool Virtual { get; init; }
}
