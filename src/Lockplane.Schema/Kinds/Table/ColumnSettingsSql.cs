using System.Globalization;
using Lockplane.Schema.Catalogs;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

/// <summary>Writes how columns of materialized views and foreign tables are stored and measured.</summary>
internal static class ColumnSettingsSql
{
    /// <summary>The statements that turn one column into the other in this; a way of storing can be given and not taken away.</summary>
    public static IEnumerable<string> Changes(string word, ObjectId id, ColumnFacts old, ColumnFacts made)
    {
        List<string> changes = [.. TableSql.Changes(old.Options, made.Options)];
        if (old.Storage != made.Storage)
        {
            changes.Add("SET STORAGE " + made.Storage!.ToUpperInvariant());
        }

        if (old.Compression != made.Compression)
        {
            changes.Add("SET COMPRESSION " + (made.Compression ?? "default"));
        }

        if (old.Statistics != made.Statistics)
        {
            changes.Add("SET STATISTICS " + (made.Statistics ?? -1).ToString(CultureInfo.InvariantCulture));
        }

        return changes.Select(change => $"ALTER {word} {id.QualifiedName} ALTER COLUMN {Identifiers.Quote(made.Name)} {change}");
    }
}
