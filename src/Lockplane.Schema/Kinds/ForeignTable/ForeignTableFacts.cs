using System.Text.Json.Serialization;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>A foreign table.</summary>
/// <remarks>Spec: CREATE FOREIGN TABLE.</remarks>
public sealed record ForeignTableFacts : RelationFacts
{
    /// <summary>Its server.</summary>
    [JsonRequired]
    public string Server { get; init; } = "";

    /// <summary>Its options, in the order of their names.</summary>
    public FactList<OptionFacts> Options { get; init; }

    /// <summary>Options of columns, in the order of the columns.</summary>
    public FactList<ColumnOptionsFacts> ColumnOptions { get; init; }

    /// <summary>The tables that it inherits from, as SQL, in order; of a partition the partitioned table.</summary>
    public FactList<string> Inherits { get; init; }

    /// <summary>What it holds as a partition: <c>FOR VALUES IN (1)</c>.</summary>
    public string? PartitionBound { get; init; }
}

/// <summary>The options of a foreign table's column.</summary>
public sealed record ColumnOptionsFacts
{
    /// <summary>The column.</summary>
    [JsonRequired]
    public string Column { get; init; } = "";

    /// <summary>Its options, in the order of their names.</summary>
    [JsonRequired]
    public FactList<OptionFacts> Options { get; init; }
}
