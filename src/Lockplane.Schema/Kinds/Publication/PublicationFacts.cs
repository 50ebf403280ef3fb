using System.Text.Json.Serialization;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>A publication of logical replication.</summary>
/// <remarks>Spec: CREATE PUBLICATION.</remarks>
public sealed record PublicationFacts : ObjectFacts
{
    /// <summary>FOR ALL TABLES.</summary>
    public bool AllTables { get; init; }

    /// <summary>What is published, as in the option: <c>insert, update</c>.</summary>
    public string? Publish { get; init; }

    /// <summary>Changes of partitions are published as those of the table at the root.</summary>
    public bool ViaPartitionRoot { get; init; }

    /// <summary><c>stored</c> where generated columns are published (18 and later).</summary>
    public string? GeneratedColumns { get; init; }

    /// <summary>The tables, in the order of their names.</summary>
    public FactList<PublishedTableFacts> Tables { get; init; }

    /// <summary>The schemas whose tables are all published.</summary>
    public FactList<string> Schemas { get; init; }
}

/// <summary>A table of a publication.</summary>
public sealed record PublishedTableFacts
{
    /// <summary>The table as SQL.</summary>
    [JsonRequired]
    public string Table { get; init; } = "";

    /// <summary>The columns that are published, in the table's order; empty for all.</summary>
    public FactList<string> Columns { get; init; }

    /// <summary>The condition on rows, as Postgres writes it.</summary>
    public string? Where { get; init; }
}
