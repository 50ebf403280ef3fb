using System.Text.Json.Serialization;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>An ordinary table. Partitioned and inherited tables are not modelled.</summary>
/// <remarks>Spec: CREATE TABLE.</remarks>
public sealed record TableFacts : ObjectFacts
{
    /// <summary>The columns in their logical order, which <c>SELECT *</c> and <c>COPY</c> depend on; gaps that dropped columns left do not count.</summary>
    [JsonRequired, JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public FactList<ColumnFacts> Columns { get; init; }

    /// <summary>Not written to the write-ahead log.</summary>
    public bool Unlogged { get; init; }

    /// <summary>The column of this name; null when there is none.</summary>
    public ColumnFacts? Find(string column) => Columns.FirstOrDefault(c => c.Name == column);
}

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

    /// <summary>The default's expression as Postgres writes it.</summary>
    public string? Default { get; init; }

    /// <summary>Refuses null.</summary>
    public bool NotNull { get; init; }

    /// <summary>The name of the not-null constraint (18 and later), when it is not the one that Postgres gives.</summary>
    public string? NotNullName { get; init; }

    /// <summary>The identity, when it is an identity column.</summary>
    public IdentityFacts? Identity { get; init; }

    /// <summary>The generation, when it is a generated column.</summary>
    public GeneratedFacts? Generated { get; init; }
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
}

/// <summary>What makes a column a generated column.</summary>
public sealed record GeneratedFacts
{
    /// <summary>The expression as Postgres writes it.</summary>
    [JsonRequired]
    public string Expression { get; init; } = "";

    /// <summary>Computed when read (18 and later); otherwise stored.</summary>
    public bool Virtual { get; init; }

    /// <summary>The columns that the expression reads, by name.</summary>
    public FactList<string> Uses { get; init; }
}
