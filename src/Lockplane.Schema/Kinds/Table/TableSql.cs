using System.Text;
using Lockplane.Schema.Catalogs;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

/// <summary>Writes tables and columns.</summary>
internal static class TableSql
{
    /// <summary>CREATE TABLE with its columns and those constraints that can stand in it.</summary>
    public static string Create(ObjectId id, TableFacts facts, IEnumerable<(string Name, ConstraintFacts Facts)> constraints)
    {
        string[] lines =
        [
            .. facts.Columns.Select(column => "    " + Column(id, column)),
            .. constraints.Select(constraint => "    " + ConstraintSql.Definition(constraint.Name, constraint.Facts)),
        ];
        string kind = facts.Unlogged ? "CREATE UNLOGGED TABLE" : "CREATE TABLE";
        return lines.Length == 0 ? $"{kind} {id.QualifiedName} ()" : $"{kind} {id.QualifiedName} (\n{string.Join(",\n", lines)}\n)";
    }

    /// <summary>The column as it stands in CREATE TABLE or after ADD COLUMN.</summary>
    public static string Column(ObjectId table, ColumnFacts column)
    {
        StringBuilder text = new StringBuilder(Identifiers.Quote(column.Name)).Append(' ').Append(column.Type);
        text.Append(column.Collation is null ? "" : " COLLATE " + column.Collation);
        if (column.Generated is { } generated)
        {
            text.Append(" GENERATED ALWAYS AS (").Append(generated.Expression).Append(generated.Virtual ? ") VIRTUAL" : ") STORED");
        }

        text.Append(column.Identity is null ? "" : " " + Identity(table, column.Name, column.Identity));
        text.Append(column.Default is null ? "" : " DEFAULT " + column.Default);
        if (column.NotNull)
        {
            text.Append(column.NotNullName is null ? " NOT NULL" : $" CONSTRAINT {Identifiers.Quote(column.NotNullName)} NOT NULL");
        }

        return text.ToString();
    }

    /// <summary>GENERATED ... AS IDENTITY with what differs from Postgres's own choice.</summary>
    public static string Identity(ObjectId table, string column, IdentityFacts identity)
    {
        string name = identity.Sequence == $"{table.Name}_{column}_seq" ? "" : " SEQUENCE NAME " + Identifiers.QuoteQualified(table.Schema!, identity.Sequence);
        string options = (name + SequenceSql.IdentityOptions(identity.Options)).TrimStart();
        return $"GENERATED {(identity.Always ? "ALWAYS" : "BY DEFAULT")} AS IDENTITY" + (options.Length == 0 ? "" : $" ({options})");
    }
}
