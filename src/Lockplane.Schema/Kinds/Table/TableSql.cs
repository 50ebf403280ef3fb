using System.Text;
using System.Text.RegularExpressions;
using Lockplane.Schema.Catalogs;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

/// <summary>Writes tables and columns.</summary>
internal static partial class TableSql
{
    // STORAGE stands in CREATE TABLE from this version on.
    private const int InlineStorage = 16;

    /// <summary>CREATE TABLE with these lines between its parentheses.</summary>
    public static string Create(ObjectId id, TableFacts facts, TableForm form, IReadOnlyList<string> lines)
    {
        StringBuilder text = new StringBuilder(facts.Unlogged ? "CREATE UNLOGGED TABLE " : "CREATE TABLE ").Append(id.QualifiedName);
        text.Append(form switch
        {
            TableForm.OfType => " OF " + facts.OfType,
            TableForm.PartitionOf => " PARTITION OF " + facts.Inherits[0].QualifiedName,
            _ => "",
        });
        bool needsList = form is not (TableForm.OfType or TableForm.PartitionOf);
        text.Append(lines.Count > 0 ? $" (\n{string.Join(",\n", lines.Select(line => "    " + line))}\n)" : needsList ? " ()" : "");
        text.Append(form == TableForm.PartitionOf ? " " + facts.PartitionBound : "");
        text.Append(form == TableForm.Inheriting ? $" INHERITS ({string.Join(", ", facts.Inherits.Select(parent => parent.QualifiedName))})" : "");
        text.Append(facts.PartitionKey is null ? "" : " PARTITION BY " + facts.PartitionKey);
        text.Append(facts.AccessMethod is null ? "" : " USING " + Identifiers.Quote(facts.AccessMethod));
        return text.Append(With(facts.Options)).Append(facts.Tablespace is null ? "" : " TABLESPACE " + Identifiers.Quote(facts.Tablespace)).ToString();
    }

    /// <summary>The column as it stands in CREATE TABLE or after ADD COLUMN.</summary>
    public static string Column(ObjectId table, ColumnFacts column, int major)
    {
        StringBuilder text = new StringBuilder(Identifiers.Quote(column.Name)).Append(' ').Append(column.Type);
        text.Append(column.Storage is null || major < InlineStorage ? "" : " STORAGE " + column.Storage.ToUpperInvariant());
        text.Append(column.Compression is null ? "" : " COMPRESSION " + column.Compression);
        text.Append(column.Collation is null ? "" : " COLLATE " + column.Collation);
        if (column.Generated is { } generated)
        {
            text.Append(" GENERATED ALWAYS AS (").Append(generated.Expression).Append(generated.Virtual ? ") VIRTUAL" : ") STORED");
        }

        text.Append(column.Identity is null ? "" : " " + Identity(table, column.Name, column.Identity));
        return text.Append(column.Default is null ? "" : " DEFAULT " + column.Default).Append(NotNull(column)).ToString();
    }

    /// <summary>What <see cref="Column"/> leaves to be said afterwards is not in it.</summary>
    public static ColumnFacts AsWritten(TableFacts table, ColumnFacts column, int major) => column with
    {
        Storage = major < InlineStorage ? null : column.Storage,
        Statistics = null,
        Options = default,
        NotNull = column.NotNull && !column.NotNullNotValid,
        NotNullNotValid = false,
        NotNullComment = null,
        Identity = column.Identity is null ? null : column.Identity with { Unlogged = table.Unlogged, Comment = null, Privileges = null, SecurityLabels = default },
    };

    /// <summary>The column of a typed table or a partition, with what it has of its own; empty when it has nothing.</summary>
    public static string OwnOptions(ColumnFacts column, ColumnFacts? upper)
    {
        string own = (column.Default is null || column.Default == upper?.Default ? "" : " DEFAULT " + column.Default)
            + (upper is null && column.Generated is { } g ? $" GENERATED ALWAYS AS ({g.Expression}) {(g.Virtual ? "VIRTUAL" : "STORED")}" : "")
            + (upper is { NotNull: true } ? "" : NotNull(column));
        return own.Length == 0 ? "" : Identifiers.Quote(column.Name) + (upper is null ? " WITH OPTIONS" : "") + own;
    }

    /// <summary>GENERATED ... AS IDENTITY with what differs from Postgres's own choice.</summary>
    public static string Identity(ObjectId table, string column, IdentityFacts identity)
    {
        string name = identity.Sequence == $"{table.Name}_{column}_seq" ? "" : " SEQUENCE NAME " + Identifiers.QuoteQualified(table.Schema!, identity.Sequence);
        string options = (name + SequenceSql.IdentityOptions(identity.Options)).TrimStart();
        return $"GENERATED {(identity.Always ? "ALWAYS" : "BY DEFAULT")} AS IDENTITY" + (options.Length == 0 ? "" : $" ({options})");
    }

    /// <summary>The not-null constraint of a column, with a space before it; empty where CREATE TABLE cannot have it.</summary>
    public static string NotNull(ColumnFacts column) => !column.NotNull || column.NotNullNotValid
        ? ""
        : (column.NotNullName is null ? " NOT NULL" : $" CONSTRAINT {Identifiers.Quote(column.NotNullName)} NOT NULL") + (column.NotNullNoInherit ? " NO INHERIT" : "");

    /// <summary>WITH and the parameters, with a space before it; empty when there are none.</summary>
    public static string With(FactList<StorageParameter> options) => options.Count == 0 ? "" : $" WITH ({Options(options)})";

    /// <summary>Parameters as they stand in parentheses.</summary>
    public static string Options(IEnumerable<StorageParameter> options) => string.Join(", ", options.Select(o => $"{Name(o)} = {(Plain().IsMatch(o.Value) ? o.Value : Identifiers.QuoteLiteral(o.Value))}"));

    /// <summary>SET and RESET of what differs, each of its own.</summary>
    public static IEnumerable<string> Changes(FactList<StorageParameter> old, FactList<StorageParameter> made)
    {
        if (old == made)
        {
            return [];
        }

        StorageParameter[] gone = [.. old.Where(o => made.All(m => m.Name != o.Name))];
        StorageParameter[] given = [.. made.Except(old)];
        return [.. gone.Length == 0 ? Array.Empty<string>() : [$"RESET ({string.Join(", ", gone.Select(Name))})"], .. given.Length == 0 ? Array.Empty<string>() : [$"SET ({Options(given)})"]];
    }

    private static string Name(StorageParameter option) => string.Join('.', option.Name.Split('.', 2).Select(Identifiers.Quote));

    [GeneratedRegex("^([0-9]+|on|off|true|false)$")]
    private static partial Regex Plain();
}
