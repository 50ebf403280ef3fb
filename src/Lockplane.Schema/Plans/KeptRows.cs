using System.Text.Json.Serialization;
using Lockplane.Schema.Catalogs;
using Lockplane.Sql;

namespace Lockplane.Schema.Plans;

/// <summary>Rows of one table that a data change touched: what is needed to keep them and to bring them back.</summary>
/// <param name="Step">The number of the step that touched them, in its own plan.</param>
/// <param name="Schema">The table's schema.</param>
/// <param name="Table">The table.</param>
/// <param name="Key">The columns of its primary key, where Postgres's own <c>=</c> compares all of them; otherwise empty, and rows are found by all of their columns.</param>
/// <param name="Columns">The columns that can be written, less <paramref name="Identity"/>.</param>
/// <param name="Identity">The columns that are GENERATED ALWAYS AS IDENTITY: INSERT can give them a value, UPDATE cannot.</param>
/// <param name="Entry">The ledger entry that kept them; absent where it is not known yet.</param>
public sealed record KeptRows(
    [property: JsonRequired] int Step,
    [property: JsonRequired] string Schema,
    [property: JsonRequired] string Table,
    [property: JsonRequired] FactList<string> Key,
    [property: JsonRequired] FactList<string> Columns,
    [property: JsonRequired] FactList<string> Identity,
    long? Entry = null)
{
    /// <summary>The table as SQL.</summary>
    [JsonIgnore]
    public string Relation => Identifiers.QuoteQualified(Schema, Table);
}
