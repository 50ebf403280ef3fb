using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;

namespace Lockplane.Schema.Kinds;

/// <summary>In which of its forms CREATE TABLE makes a table.</summary>
internal enum TableForm
{
    /// <summary>With all of its columns.</summary>
    Alone,

    /// <summary>OF a composite type, which has the columns.</summary>
    OfType,

    /// <summary>PARTITION OF a table that is made by the same plan: the columns are its.</summary>
    PartitionOf,

    /// <summary>With all of its columns, to be attached as a partition afterwards.</summary>
    Attached,

    /// <summary>INHERITS, with the columns that it has besides.</summary>
    Inheriting,

    /// <summary>With all of its columns, to inherit afterwards.</summary>
    InheritingAfterwards,
}

/// <summary>Decides how a table is made, so that its columns stand in their order and come from where they come from.</summary>
internal static class TableForms
{
    public static TableForm Of(ObjectId id, TableFacts made, Difference difference)
    {
        if (made.OfType is not null)
        {
            return TableForm.OfType;
        }

        if (made.IsPartition)
        {
            return IsAttachedLate(made, difference) || !FitsItsParent(id, made, difference.To) ? TableForm.Attached : TableForm.PartitionOf;
        }

        return made.Inherits.Count == 0 ? TableForm.Alone : InheritsAfterwards(id, made, difference.To) ? TableForm.InheritingAfterwards : TableForm.Inheriting;
    }

    /// <summary>The table's columns are in another order than INHERITS brings them in, and all are its own: those that are not can only come by INHERITS.</summary>
    public static bool InheritsAfterwards(ObjectId id, TableFacts made, Catalog to)
    {
        string[] names = [.. Merged(id, made, to).Select(c => c.Name)];
        IEnumerable<string> own = made.Columns.Select(c => c.Name).Except(names);
        return made is { OfType: null, IsPartition: false, Inherits.Count: > 0 } && !made.Columns.Any(c => c.Inherited) && !names.Concat(own).SequenceEqual(made.Columns.Select(c => c.Name));
    }

    /// <summary>A partition of a table that is there already is attached when it is finished: Postgres would give it indexes with names of its own.</summary>
    public static bool IsAttachedLate(TableFacts made, Difference difference) => made.IsPartition && difference.Stays(made.Inherits[0]);

    /// <summary>The columns that a table gets from those that it inherits from, as INHERITS and PARTITION OF merge them.</summary>
    public static IReadOnlyList<ColumnFacts> Merged(ObjectId id, TableFacts made, Catalog to)
    {
        List<ColumnFacts> columns = [];
        foreach (ObjectId parent in made.Inherits)
        {
            foreach (ColumnFacts upper in (to.Find(parent)?.Facts as RelationFacts)?.Columns ?? default)
            {
                ColumnFacts column = Inherited(parent, upper, id, to.ServerMajor);
                int place = columns.FindIndex(c => c.Name == column.Name);
                if (place < 0)
                {
                    columns.Add(column);
                }
                else if (column.NotNull && !columns[place].NotNull)
                {
                    columns[place] = columns[place] with { NotNull = true, NotNullName = column.NotNullName, NotNullInherited = column.NotNullInherited };
                }
            }
        }

        return columns;
    }

    /// <summary>What a table gets of its parent's column. A not-null constraint keeps its name (18), which is said where it is not the usual one of the table that gets it.</summary>
    public static ColumnFacts Inherited(ObjectId parent, ColumnFacts upper, ObjectId id, int major)
    {
        bool refuses = upper.NotNull && !upper.NotNullNoInherit;
        string name = NotNullName(parent, upper);
        return upper with
        {
            Inherited = true,
            NotNull = refuses,
            NotNullName = refuses && major >= 18 && name != NotNullName(id, upper with { NotNullName = null }) ? name : null,
            NotNullInherited = refuses && major >= 18,
            NotNullNoInherit = false,
            NotNullNotValid = false,
            NotNullComment = null,
            Identity = null,
            Statistics = null,
            Options = default,
        };
    }

    /// <summary>
    /// The column to be written: with the name of its not-null constraint also where Postgres would choose that by itself, when another constraint of the schema has it, now or then, which is then chosen differently
    /// (as where LIKE copied it along with the column).
    /// </summary>
    public static ColumnFacts Named(ObjectId table, ColumnFacts column, Difference difference) =>
        column is { NotNull: true, NotNullName: null } && new[] { difference.From, difference.To }.Any(catalog => catalog.NamesConstraint(table.Schema!, NotNullName(table, column))) ? column with { NotNullName = NotNullName(table, column) } : column;

    /// <summary>The name of a not-null constraint.</summary>
    public static string NotNullName(ObjectId table, ColumnFacts column) => column.NotNullName ?? $"{table.Name}_{column.Name}_not_null";

    private static bool FitsItsParent(ObjectId id, TableFacts made, Catalog to)
    {
        IReadOnlyList<ColumnFacts> columns = Merged(id, made, to);
        return to.Find(made.Inherits[0])?.Facts is TableFacts upper
            && columns.Count == made.Columns.Count
            && columns.Zip(made.Columns).All(pair => Fits(pair.First, pair.Second))
            && (upper.Tablespace is null || upper.Tablespace == made.Tablespace)
            && (upper.AccessMethod is null || upper.AccessMethod == made.AccessMethod);
    }

    private static bool Fits(ColumnFacts upper, ColumnFacts column) =>
        upper.Name == column.Name && upper.Type == column.Type && upper.Collation == column.Collation
        && Equals(upper.Generated, column.Generated) && column.Identity is null && !column.NotNullNotValid
        && (!upper.NotNull || upper.NotNullName == column.NotNullName);
}
