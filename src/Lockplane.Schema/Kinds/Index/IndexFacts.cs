using System.Text.Json.Serialization;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>An index that no constraint made and that is finished; an invalid one is listed as unmodelled.</summary>
/// <remarks>Spec: CREATE INDEX.</remarks>
public sealed record IndexFacts : ObjectFacts
{
    /// <summary>Its table, in the same schema.</summary>
    [JsonRequired]
    public string Table { get; init; } = "";

    /// <summary>Refuses two equal keys.</summary>
    public bool Unique { get; init; }

    /// <summary>All that follows USING, as <c>pg_get_indexdef</c> writes it: <c>btree (title DESC) INCLUDE (id) WHERE (id &gt; 0)</c>.</summary>
    [JsonRequired]
    public string Definition { get; init; } = "";

    /// <summary>The columns that keys, included columns, expressions and predicate read, by name.</summary>
    public FactList<string> Uses { get; init; }

    /// <summary>Has expressions or a predicate, whose text Postgres writes anew when a column's type changes.</summary>
    public bool HasExpressions { get; init; }
}
