using System.Collections.Immutable;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Kinds;

namespace Lockplane.Schema.Plans;

/// <summary>What of a wanted catalog statements can make: some facts are only the outcome of how a database came to be.</summary>
internal static class Reachable
{
    /// <summary>The wanted catalog without what no statement makes, and what that is.</summary>
    public static (Catalog Catalog, ImmutableArray<UnreachedFact> Unreached) Of(Catalog from, Catalog wanted)
    {
        ImmutableArray<UnreachedFact>.Builder unreached = ImmutableArray.CreateBuilder<UnreachedFact>();
        List<CatalogObject> objects = new(wanted.Objects.Length);
        foreach (CatalogObject item in wanted.Objects)
        {
            ObjectFacts? facts = item.Facts switch
            {
                // Nor do facts that are as they were.
                _ when ReferenceEquals(from.Find(item.Id), item) => item.Facts,
                IndexFacts { Invalid: true } index => Index(item.Id, index, from, wanted, unreached),
                TableFacts table => Table(item.Id, table, from, wanted, unreached),
                _ => item.Facts,
            };
            if (facts is not null)
            {
                objects.Add(ReferenceEquals(facts, item.Facts) ? item : item with { Facts = facts });
            }
        }

        return unreached.Count == 0 ? (wanted, []) : (wanted.WithObjects(objects), unreached.ToImmutable());
    }

    // An index whose building failed cannot be made to be so; one that is valid stays valid. Null: it is not made.
    private static IndexFacts? Index(ObjectId id, IndexFacts made, Catalog from, Catalog wanted, ImmutableArray<UnreachedFact>.Builder unreached)
    {
        if (wanted.Find(ObjectId.Table(id.Schema!, made.Table))?.Facts is TableFacts { PartitionKey: not null } || from.Find(id)?.Facts is IndexFacts { Invalid: true })
        {
            return made;
        }

        bool isThere = from.Contains(id);
        unreached.Add(new UnreachedFact(id.ToString(), isThere ? "that it is not valid" : "the index, which is not valid: its building failed"));
        return isThere ? made with { Invalid = false } : null;
    }

    private static TableFacts Table(ObjectId id, TableFacts made, Catalog from, Catalog wanted, ImmutableArray<UnreachedFact>.Builder unreached)
    {
        TableFacts? old = from.Find(id)?.Facts is TableFacts before && ObjectKinds.Get(id.Kind).CanAlter(id, before, made) ? before : null;
        if (made.DetachPending != (old?.DetachPending ?? false))
        {
            unreached.Add(new UnreachedFact(id.ToString(), "whether its detaching is unfinished"));
            made = made with { DetachPending = !made.DetachPending };
        }

        if (old is null)
        {
            return made;
        }

        List<ColumnFacts> columns = [];
        foreach (ColumnFacts column in made.Columns)
        {
            ColumnFacts reached = old.Find(column.Name) is { } was ? Column(was, column, made, from, wanted) : Added(column, old, made, from, wanted);
            columns.Add(reached);
            if (reached != column)
            {
                unreached.Add(new UnreachedFact(new ObjectId("column", id.Schema, id.Name, column.Name).ToString(), "what it has from the table that this one inherits from"));
            }
        }

        return made with { Columns = columns.ToFactList() };
    }

    // A column that a parent that stays is given comes here by that.
    private static ColumnFacts Added(ColumnFacts column, TableFacts old, TableFacts table, Catalog from, Catalog wanted)
    {
        bool comes = !table.IsPartition && table.Inherits.Any(parent => old.Inherits.Contains(parent)
            && from.Find(parent)?.Facts is TableFacts before && before.Find(column.Name) is null && (wanted.Find(parent)?.Facts as TableFacts)?.Find(column.Name) is not null);
        return comes ? column with { Inherited = true } : column;
    }

    // Where a column and its not-null constraint came from stays, and an inherited constraint keeps its name.
    private static ColumnFacts Column(ColumnFacts was, ColumnFacts column, TableFacts table, Catalog from, Catalog wanted)
    {
        ColumnFacts? Upper(Catalog catalog, ObjectId parent) => (catalog.Find(parent)?.Facts as TableFacts)?.Find(column.Name);
        bool lost = table.Inherits.Any(parent => Upper(from, parent) is { NotNull: true } && Upper(wanted, parent) is { NotNull: false });
        bool keepsNotNull = was.NotNull && column.NotNull && !lost;
        bool inherits = keepsNotNull && was.NotNullName != column.NotNullName && table.Inherits.Any(parent =>
            Upper(wanted, parent) is { NotNull: true } made && (Upper(from, parent) is not { NotNull: true } old || old.NotNullName == made.NotNullName));
        return column with
        {
            Inherited = was.Inherited,
            NotNullInherited = keepsNotNull ? was.NotNullInherited : column.NotNullInherited,
            NotNullName = inherits ? was.NotNullName : column.NotNullName,
        };
    }
}
