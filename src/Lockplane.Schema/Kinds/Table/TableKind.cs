using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

internal sealed class TableKind : ObjectKind
{
    public override string Name => "table";

    public override Type FactsType => typeof(TableFacts);

    public override string? GrantWord => "TABLE";

    public override Phase PhaseOf(ObjectFacts facts) => Phase.CreateTables;

    // What a table inherits from and how it is divided is said when it is made; what divides it cannot change its type.
    public override bool CanAlter(ObjectId id, ObjectFacts old, ObjectFacts made)
    {
        (TableFacts before, TableFacts after) = ((TableFacts)old, (TableFacts)made);
        return Shape(before) == Shape(after) && (after.OfType is null || KeepsOrder(before, after)) && after.PartitionColumns.All(c => (before.Find(c)?.Type, before.Find(c)?.Collation) == (after.Find(c)?.Type, after.Find(c)?.Collation));
    }

    public override IEnumerable<StepDraft> Steps(Difference difference) =>
        difference.Each<TableFacts>().SelectMany(t => Steps(t.Id, t.Old, t.Made, difference), (t, draft) => draft with { Subject = draft.Subject ?? t.Id })
            .Concat(Late(difference));

    // What such columns are to be besides is said when all are there.
    private static IEnumerable<StepDraft> Late(Difference difference)
    {
        (ObjectId Table, ColumnFacts Column)[] columns = [.. difference.To.LateColumns.InOrder().Where(c => difference.IsLate(c.Table, c.Column.Name))];
        IEnumerable<StepDraft> added = columns.Select(c => new StepDraft(
            Phase.AlterTables, $"add {ObjectId.Column(c.Table.Schema!, c.Table.Name, c.Column.Name)}",
            $"ALTER TABLE {c.Table.QualifiedName} ADD COLUMN {TableSql.Column(c.Table, TableForms.Named(c.Table, c.Column, difference), difference.To.ServerMajor)}", "it stands behind the columns of tables that inherit from this one")
        {
            After = [c.Table, .. difference.To.DescendantsOf(c.Table), .. c.Column.DependsOn],
        });
        IEnumerable<StepDraft> altered = columns.Length == 0 ? [] : difference.Each<TableFacts>()
            .Where(t => t.Made is not null && difference.IsMade(t.Id)).SelectMany(t => new TableCreation(t.Id, t.Made!, difference).AfterLateColumns());
        return added.Concat(altered).Select(draft => draft with { Subject = LateColumns.Subject });
    }

    private static (string?, string?, FactList<ObjectId>) Shape(TableFacts facts) => (facts.PartitionBound, facts.PartitionKey, facts.Inherits);

    // A table can become one OF a type whose attributes stand as its columns do then.
    private static bool KeepsOrder(TableFacts old, TableFacts made) => old.OfType == made.OfType
        || old.Columns.Where(c => made.Find(c.Name) is not null).Concat(made.Columns.Where(c => old.Find(c.Name) is null)).Select(c => c.Name).SequenceEqual(made.Columns.Select(c => c.Name));

    private static IEnumerable<StepDraft> Steps(ObjectId id, TableFacts? old, TableFacts? made, Difference difference)
    {
        bool rebuilt = difference.IsRebuilt(id);
        if (old is not null && (made is null || rebuilt))
        {
            foreach (StepDraft draft in LetGo(id, old, difference.From))
            {
                yield return draft;
            }

            // A foreign key to the partitioned table holds on to its partitions.
            if (old.IsPartition && difference.Stays(old.Inherits[0]) && IsReferredTo(old.Inherits[0], difference.From))
            {
                ObjectId parent = old.Inherits[0];
                yield return new StepDraft(Phase.DropTables, $"detach {id}", $"ALTER TABLE {parent.QualifiedName} DETACH PARTITION {id.QualifiedName}", "a foreign key refers to it by its parent")
                    .Locking(parent, LockModes.AccessExclusive).Locking(id, LockModes.AccessExclusive).With(Hazards.CanFail, id);
            }

            yield return Drop(id, old, rebuilt, difference);
        }

        if (made is null)
        {
            yield break;
        }

        TableFacts? kept = rebuilt ? null : old;
        TableSteps steps = new(id, kept, made, difference);
        IEnumerable<StepDraft> all = kept is null
            ? new TableCreation(id, made, difference).All() : difference.IsUntouched(id) ? [] : new ColumnSteps(id, kept, made, difference).All().Concat(steps.Typing()).Concat(steps.Storage());
        foreach (StepDraft draft in all.Concat(steps.Marks()))
        {
            yield return draft;
        }

        if (difference.Moved.Joining(id) is { } joins)
        {
            yield return joins;
        }
    }

    // A function that takes the table's rows goes before the table, and a default that calls it before the function.
    private static IEnumerable<StepDraft> LetGo(ObjectId id, TableFacts old, Catalog from) => old.Columns
        .Where(column => TableParts.DefaultStandsApart(from, id, column))
        .Select(column => (column, name: ObjectId.Column(id.Schema!, id.Name, column.Name)))
        .Select(c => new StepDraft(
            Phase.LoosenTables, $"drop default of {c.name}", $"ALTER TABLE {id.QualifiedName} ALTER COLUMN {Identifiers.Quote(c.column.Name)} DROP DEFAULT",
            "it calls what needs the table") { Subject = c.name });

    /// <summary>A foreign key refers to the table, or to one that it is a partition of.</summary>
    public static bool IsReferredTo(ObjectId table, Catalog catalog) =>
        catalog.Objects.Any(o => o.Facts is ConstraintFacts { References: { } other } && other.Schema == table.Schema && other.Table == table.Name)
        || (catalog.Find(table)?.Facts is TableFacts { IsPartition: true } facts && IsReferredTo(facts.Inherits[0], catalog));

    private static StepDraft Drop(ObjectId id, TableFacts old, bool rebuilt, Difference difference)
    {
        StepDraft draft = new StepDraft(
            Phase.DropTables, $"drop {id}", $"DROP TABLE {id.QualifiedName}", rebuilt ? "Postgres cannot alter what differs, so it is made again" : $"{id} is there and not wanted")
            .Locking(id, LockModes.AccessExclusive).With(Hazards.DropsData, id).With(Hazards.BreaksClients, id).Losing($"the rows of {id}");

        // Its partitions may stay, with rows that have numbers of it.
        draft = (old.PartitionKey is null ? [] : old.Columns.Where(column => column.Identity is not null))
            .Aggregate(draft, (all, column) => all.Losing($"the position of the identity of {ObjectId.Column(id.Schema!, id.Name, column.Name)}"));
        return !old.IsPartition ? draft : MovedTables.DefaultsOf(old.Inherits[0], difference.From)
            .Aggregate(draft.Locking(old.Inherits[0], LockModes.AccessExclusive), (step, other) => step.Locking(other, LockModes.AccessExclusive));
    }
}
