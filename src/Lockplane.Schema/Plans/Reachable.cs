using System.Collections.Immutable;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Kinds;

namespace Lockplane.Schema.Plans;

/// <summary>What of a wanted catalog statements can make: some facts are only the outcome of how a database came to be.</summary>
internal static class Reachable
{
    private const string FromParent = "the inherited state";

    /// <summary>The wanted catalog without what no statement makes, and what that is.</summary>
    public static (Catalog Catalog, ImmutableArray<UnreachedFact> Unreached) Of(Catalog from, Catalog wanted)
    {
        ImmutableArray<UnreachedFact>.Builder unreached = ImmutableArray.CreateBuilder<UnreachedFact>();
        MovedTables moved = new(from, wanted);
        List<CatalogObject> objects = new(wanted.Objects.Length);
        foreach (CatalogObject item in wanted.Objects)
        {
            ObjectFacts? facts = item.Facts switch
            {
                // Facts that are as they were are reached, but for what comes anew from the tables that a table inherits from.
                _ when ReferenceEquals(from.Find(item.Id), item) && !(item.Facts is TableFacts or ConstraintFacts && moved.Inherits(ObjectId.Table(item.Id.Schema!, item.Id.Name))) => item.Facts,
                IndexFacts { Invalid: true } index => Index(item.Id, index, from, wanted, unreached),
                TableFacts table => Table(item.Id, table, moved, unreached),
                ConstraintFacts { Inherited: true } check when IsItsOwn(item.Id, from, moved) => Constraint(item.Id, check, unreached),
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

    // A check that was there before the table came to inherit it is its own, too, and cannot be dropped then.
    private static bool IsItsOwn(ObjectId check, Catalog from, MovedTables moved)
    {
        ObjectId table = ObjectId.Table(check.Schema!, check.Name);
        if (moved.Inherits(table))
        {
            return moved.To.Find(check)!.Facts is ConstraintFacts { Inherited: false };
        }

        return moved.To.Find(table)?.Facts is TableFacts made && !(from.Find(table)?.Facts is TableFacts old && ObjectKinds.Get(table.Kind).CanAlter(table, old, made))
            ? TableForms.InheritsAfterwards(table, made, moved.To)
            : from.Find(check)?.Facts is ConstraintFacts { Inherited: false } && from.Find(table)?.Facts is TableFacts facts
                && facts.Inherits.Any(parent => from.Contains(check.On(parent)) && moved.To.Contains(check.On(parent)));
    }

    private static ConstraintFacts Constraint(ObjectId id, ConstraintFacts made, ImmutableArray<UnreachedFact>.Builder unreached)
    {
        unreached.Add(new UnreachedFact(id.ToString(), FromParent));
        return made with { Inherited = false };
    }

    private static TableFacts Table(ObjectId id, TableFacts wanted, MovedTables moved, ImmutableArray<UnreachedFact>.Builder unreached)
    {
        TableFacts made = wanted.IsPartition ? wanted : (TableFacts)moved.To.Find(id)!.Facts;
        TableFacts? old = moved.From.Find(id)?.Facts is TableFacts before && ObjectKinds.Get(id.Kind).CanAlter(id, before, made) ? before : null;
        if (wanted.DetachPending != (old?.DetachPending ?? false))
        {
            unreached.Add(new UnreachedFact(id.ToString(), "whether its detaching is unfinished"));
            wanted = wanted with { DetachPending = !wanted.DetachPending };
        }

        if (old is null && !TableForms.InheritsAfterwards(id, made, moved.To))
        {
            return wanted;
        }

        List<ColumnFacts> columns = [];
        foreach (ColumnFacts column in made.Columns)
        {
            ColumnFacts reached = old is null ? column with { NotNullInherited = false }
                : old.Find(column.Name) is { } was ? Column(id, was, column, made, moved.From, moved.To) : Added(column, old, made, moved.From, moved.To);
            columns.Add(reached);
            if (reached != wanted.Find(column.Name))
            {
                unreached.Add(new UnreachedFact(new ObjectId("column", id.Schema, id.Name, column.Name).ToString(), FromParent));
            }
        }

        return wanted with { Columns = columns.ToFactList() };
    }

    // A column that a parent that stays is given comes here by that.
    private static ColumnFacts Added(ColumnFacts column, TableFacts old, TableFacts table, Catalog from, Catalog wanted)
    {
        bool comes = !table.IsPartition && table.Inherits.Any(parent => old.Inherits.Contains(parent)
            && from.Find(parent)?.Facts is TableFacts before && before.Find(column.Name) is null && (wanted.Find(parent)?.Facts as TableFacts)?.Find(column.Name) is not null);
        return comes ? column with { Inherited = true } : column;
    }

    // Where a column and its not-null constraint came from stays, and an inherited constraint keeps its name.
    private static ColumnFacts Column(ObjectId id, ColumnFacts was, ColumnFacts column, TableFacts table, Catalog from, Catalog wanted)
    {
        ColumnFacts? Upper(Catalog catalog, ObjectId parent) => (catalog.Find(parent)?.Facts as TableFacts)?.Find(column.Name);
        bool lost = table.Inherits.Any(parent => Upper(from, parent) is { NotNull: true } && Upper(wanted, parent) is { NotNull: false });
        bool keepsNotNull = was.NotNull && column.NotNull && !lost;
        bool inherits = keepsNotNull && was.NotNullName != column.NotNullName && table.Inherits.Any(parent =>
            Upper(wanted, parent) is { NotNull: true } made && (Upper(from, parent) is not { NotNull: true } old || old.NotNullName == made.NotNullName));

        // That of a parent comes here by its own name.
        ColumnFacts? given = was.NotNull || !column.NotNull
            ? null : table.Inherits.Select(parent => Upper(wanted, parent) is { } upper ? TableForms.Inherited(parent, upper, id, wanted.ServerMajor) : null).FirstOrDefault(upper => upper is { NotNull: true });
        return column with
        {
            Inherited = was.Inherited,
            NotNullInherited = keepsNotNull ? was.NotNullInherited : column.NotNullInherited,
            NotNullName = inherits ? was.NotNullName : given is null ? column.NotNullName : given.NotNullName,
        };
    }
}
