using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Kinds;

namespace Lockplane.Schema.Plans;

/// <summary>
/// Tables that stay and become a partition, are one no more, or one of another table or with other bounds; and those that stay and inherit from other tables than before: they are freed of the one first and come
/// to the other last, so that their rows stay.
/// </summary>
/// <remarks>Spec: ALTER TABLE, ATTACH PARTITION, DETACH PARTITION, INHERIT, NO INHERIT.</remarks>
internal sealed class MovedTables
{
    private readonly SortedDictionary<ObjectId, Move> _moves = [];

    private readonly Catalog _wanted;

    /// <param name="from">The catalog before.</param>
    /// <param name="to">The catalog afterwards.</param>
    public MovedTables(Catalog from, Catalog to)
    {
        (From, To, _wanted) = (from, to, to);
        foreach (CatalogObject item in from.Objects)
        {
            if (item.Facts is TableFacts old && to.Find(item.Id)?.Facts is TableFacts made && MoveOf(old, made) is { } move && CanMove(item.Id, old, made))
            {
                _moves.Add(item.Id, move);
            }
        }

        if (_moves.Count > 0)
        {
            (From, To) = (Freed(from), Freed(to));
        }
    }

    /// <summary>The catalog when all of them are free.</summary>
    public Catalog From { get; }

    /// <summary>The catalog before any of them comes to another table.</summary>
    public Catalog To { get; }

    /// <summary>The table is one of these, and is to inherit from tables that it does not inherit from until then; not said of partitions.</summary>
    public bool Inherits(ObjectId table) => _moves.TryGetValue(table, out Move? move) && !move.Made.IsPartition && move.Joins.Any();

    /// <summary>The statements by which they leave, before all others, but for those that drop foreign keys to what they leave: rows that others refer to by the partitioned table cannot leave it.</summary>
    public IEnumerable<StepDraft> Leaving(IReadOnlyList<StepDraft> others)
    {
        StepDraft[] keys = [.. others.Where(draft => draft.Phase == Phase.DropForeignKeys && draft.Subject is { } key && From.Find(key)?.Facts is ConstraintFacts facts && IsKeyToLeft(key, facts))];
        return [.. keys, .. Leaving(), .. others.Except(keys, ReferenceEqualityComparer.Instance).OfType<StepDraft>()];
    }

    /// <summary>A foreign key that refers to rows by a partitioned table that they leave. One of a partitioned table that its own partitions leave is not meant: it goes and comes with them.</summary>
    public bool IsKeyToLeft(ObjectId key, ConstraintFacts facts) => facts is { References: { } other, AttachedTo: null } && LeavesBelow(ObjectId.Table(other.Schema, other.Table))
        && !_moves.ContainsKey(ObjectId.Table(key.Schema!, key.Name)) && !LeavesBelow(ObjectId.Table(key.Schema!, key.Name));

    private bool LeavesBelow(ObjectId table) => _moves.Any(move => move.Value.Old.IsPartition && move.Value.Leaves.Any() && IsBelow(move.Value.Old.Inherits[0], table));

    private bool IsBelow(ObjectId table, ObjectId upper) => table == upper || (From.Find(table)?.Facts is TableFacts { IsPartition: true } facts && IsBelow(facts.Inherits[0], upper));

    private IEnumerable<StepDraft> Leaving() => _moves.Where(move => move.Value.Leaves.Any()).Select(move => move.Value.Old.IsPartition ? Detaching(move.Key, move.Value) : NoInherit(move.Key, move.Value));

    /// <summary>The statement by which the table comes to those that it is to be a partition of or to inherit from; null when there are none to come to.</summary>
    public StepDraft? Joining(ObjectId table) => !_moves.TryGetValue(table, out Move? move) || !move.Joins.Any() ? null : move.Made.IsPartition ? Attaching(table, move) : Inherit(table, move);

    private StepDraft Detaching(ObjectId table, Move move)
    {
        ObjectId parent = move.Old.Inherits[0];
        StepDraft detach = new StepDraft(
            Phase.DropViews, $"detach {table}", $"ALTER TABLE {parent.QualifiedName} DETACH PARTITION {table.QualifiedName}",
            move.Made.IsPartition ? "it is to hold other rows, or those of another table" : $"it is to be no partition of {parent}")
        {
            Subject = table,
        }.Locking(parent, LockModes.AccessExclusive).Locking(table, LockModes.AccessExclusive).With(Hazards.BreaksClients, parent);
        detach = DefaultsOf(parent, From).Aggregate(detach, (draft, other) => draft.Locking(other, LockModes.AccessExclusive));
        return TableKind.IsReferredTo(parent, From) ? detach.With(Hazards.CanFail, table) : detach;
    }

    private static StepDraft NoInherit(ObjectId table, Move move) => move.Leaves.Aggregate(
        new StepDraft(
            Phase.DropViews, $"let {table} inherit no more", $"ALTER TABLE {table.QualifiedName} {string.Join(", ", move.Leaves.Select(parent => $"NO INHERIT {parent.QualifiedName}"))}", "what it inherits from differs")
        {
            Subject = table,
        }.Locking(table, LockModes.AccessExclusive),
        (draft, parent) => draft.Locking(parent, LockModes.AccessShare).With(Hazards.BreaksClients, parent));

    private StepDraft Inherit(ObjectId table, Move move) => move.Joins.Aggregate(
        new StepDraft(
            Phase.AddForeignKeys, $"let {table} inherit", $"ALTER TABLE {table.QualifiedName} {string.Join(", ", move.Joins.Select(parent => $"INHERIT {parent.QualifiedName}"))}", "what it inherits from differs")
        {
            Subject = Attachment(table),
            After = [table, .. PartsBefore(table), .. move.Joins.SelectMany(parent => PartsBefore(parent).Prepend(parent))],
        }.Locking(table, LockModes.AccessExclusive),

        // Its rows are read by the grants and policies of the other, too.
        (draft, parent) => (move.Old.Inherits.Contains(parent) ? draft : draft.With(Hazards.ChangesAccess, parent)).Locking(parent, LockModes.ShareUpdateExclusive));

    private StepDraft Attaching(ObjectId table, Move move)
    {
        ObjectId parent = move.Made.Inherits[0];
        StepDraft attach = new StepDraft(
            Phase.AddForeignKeys, $"attach {table}", $"ALTER TABLE {parent.QualifiedName} ATTACH PARTITION {table.QualifiedName} {move.Made.PartitionBound}", $"it is to be a partition of {parent}")
        {
            Subject = Attachment(table),
            After = [table, parent, .. PartsBefore(table), .. PartsBefore(parent)],
        }.Locking(parent, LockModes.ShareUpdateExclusive).Locking(table, LockModes.AccessExclusive, scans: true).With(Hazards.CanFail, table).Calling(To, CalledFunctions.OfPartitionKeys(To, parent));

        // Its rows are read by the grants and policies of the partitioned table then.
        attach = move.Old.IsPartition && move.Old.Inherits[0] == parent ? attach : attach.With(Hazards.ChangesAccess, parent);
        return BesideDefault(attach, parent, From, To);
    }

    /// <summary>What attaches a partition scans the default one: rows that are the new one's now must not be there.</summary>
    public static StepDraft BesideDefault(StepDraft attach, ObjectId parent, Catalog from, Catalog to) => DefaultsOf(parent, to).Where(from.Contains)
        .Aggregate(attach, (draft, other) => draft.Locking(other, LockModes.AccessExclusive, scans: true).With(Hazards.CanFail, other).Calling(to, CalledFunctions.OfPartitionKeys(to, parent)));

    /// <summary>The default partition of a partitioned table, if it has one: what others hold decides what it may.</summary>
    public static IEnumerable<ObjectId> DefaultsOf(ObjectId parent, Catalog catalog) =>
        catalog.ChildrenOf(parent).Where(child => catalog.Find(child)?.Facts is TableFacts { PartitionBound: "DEFAULT" });

    /// <summary>The statements after which the table is where it is to be, with those above it.</summary>
    public IEnumerable<ObjectId> AttachmentsAbove(ObjectId table) => _wanted.Find(table)?.Facts is TableFacts { IsPartition: true } facts
        ? AttachmentsAbove(facts.Inherits[0]).Concat(_moves.ContainsKey(table) ? [Attachment(table)] : []) : [];

    // A foreign key that the partitioned table is given comes afterwards, and makes or takes up that of the partition.
    private IEnumerable<ObjectId> PartsBefore(ObjectId table) => To.PartsOf(table).Where(part => To.Find(part)!.Facts switch
    {
        ConstraintFacts { Type: ConstraintType.ForeignKey } key => key.AttachedTo is null && To.Find(table)!.Facts is TableFacts { PartitionKey: null },
        IndexFacts index => AttachmentBefore(part, index) is null,
        _ => true,
    });

    /// <summary>What an index comes after that ATTACH PARTITION could take for one that is to stand for the partitioned table's; null for every other.</summary>
    public ObjectId? AttachmentBefore(ObjectId id, IndexFacts index)
    {
        ObjectId table = ObjectId.Table(id.Schema!, index.Table);
        bool isRival = _moves.TryGetValue(table, out Move? move) && move.Made.IsPartition && _wanted.Find(id)?.Facts is IndexFacts { AttachedTo: null }
            && _wanted.PartsOf(table).Any(part => _wanted.Find(part)?.Facts is IndexFacts { AttachedTo: not null } other
                && (other.Definition, other.Predicate, other.Unique) == (index.Definition, index.Predicate, index.Unique));
        return isRival ? Attachment(table) : null;
    }

    /// <summary>What comes after the table's rows are where they are to be: foreign keys of it and to it.</summary>
    public IEnumerable<ObjectId> AttachmentsBelow(ObjectId table) =>
        _moves.Where(move => move.Value.Made.IsPartition && move.Value.Made.Inherits[0] == table).Select(move => Attachment(move.Key));

    private static ObjectId Attachment(ObjectId table) => table with { Kind = "attachment" };

    // Null: it stays where it is.
    private Move? MoveOf(TableFacts old, TableFacts made)
    {
        int kept = 0;
        bool stays = old.PartitionBound == made.PartitionBound;
        for (int i = 0; stays && kept < made.Inherits.Count; i++)
        {
            // What comes anew stands behind what it had.
            stays = i < old.Inherits.Count && !IsMadeAnew(made.Inherits[kept]);
            kept += stays && old.Inherits[i] == made.Inherits[kept] ? 1 : 0;
        }

        Move move = new(old, made, kept);
        return move.Leaves.Any() || move.Joins.Any() ? move : null;
    }

    private bool IsMadeAnew(ObjectId parent) =>
        !(From.Find(parent)?.Facts is { } old && To.Find(parent)?.Facts is { } made && ObjectKinds.Get(parent.Kind).CanAlter(parent, Alone(old), Alone(made)));

    private static bool CanMove(ObjectId id, TableFacts old, TableFacts made) => !old.DetachPending && !made.DetachPending && ObjectKinds.Get(id.Kind).CanAlter(id, Alone(old), Alone(made));

    private static ObjectFacts Alone(ObjectFacts facts) => facts is TableFacts table ? table with { PartitionBound = null, Inherits = default } : facts;

    // The partitioned table gets it when its partitions are there.
    private bool IsYetToCome(ConstraintFacts constraint) => constraint is { Type: ConstraintType.ForeignKey, AttachedTo: { } upper }
        && _wanted.Contains(upper) && (!From.Contains(upper) || IsMadeAnew(ObjectId.Table(upper.Schema!, upper.Name)));

    // Triggers that come from the partitioned table go, and come again with it, after which their states are set; all else that came from it is the table's own. Spec: ALTER TABLE, DETACH PARTITION.
    private Catalog Freed(Catalog catalog)
    {
        Dictionary<ObjectId, TableFacts> tables = _moves.Where(move => catalog.Find(move.Key)?.Facts is TableFacts table && table.Inherits.Count > move.Value.Kept.Count())
            .ToDictionary(move => move.Key, move => Free((TableFacts)catalog.Find(move.Key)!.Facts, [.. move.Value.Kept], catalog));
        return catalog.WithObjects(catalog.Objects.Where(item => !IsFromAbove(item)).Select(item => item with { Facts = Own(item) }));

        bool IsFromAbove(CatalogObject item) => catalog != _wanted && item.Facts is TriggerFacts { FromParent: true } && tables.Keys.Any(table =>
            catalog.DescendantsOf(table).Append(table).Any(below => item.Id.IsPartOf(below))
            && catalog.Find(item.Id.On(table))?.Facts is not TriggerFacts { FromParent: false });

        ObjectFacts Own(CatalogObject item) => item.Facts switch
        {
            TableFacts => tables.GetValueOrDefault(item.Id) ?? item.Facts,
            ConstraintFacts constraint when tables.TryGetValue(ObjectId.Table(item.Id.Schema!, item.Id.Name), out TableFacts? table) => constraint with
            {
                Inherited = constraint.Inherited && table.Inherits.Any(parent => catalog.Contains(item.Id.On(parent))),
                AttachedTo = catalog == _wanted && IsYetToCome(constraint) ? constraint.AttachedTo : null,
            },
            IndexFacts index when tables.ContainsKey(ObjectId.Table(item.Id.Schema!, index.Table)) => index with { AttachedTo = null },
            _ => item.Facts,
        };
    }

    // The table when it inherits from some only.
    private static TableFacts Free(TableFacts table, ObjectId[] parents, Catalog catalog)
    {
        ColumnFacts Free(ColumnFacts column)
        {
            ColumnFacts[] uppers = [.. parents.Select(parent => (catalog.Find(parent)?.Facts as RelationFacts)?.Find(column.Name)).OfType<ColumnFacts>()];
            return column with
            {
                Inherited = column.Inherited && uppers.Length > 0,
                NotNullInherited = column.NotNullInherited && uppers.Any(upper => upper is { NotNull: true, NotNullNoInherit: false }),
                Identity = table.IsPartition && catalog.ServerMajor >= 17 ? null : column.Identity,
            };
        }

        return table with
        {
            PartitionBound = null,
            Inherits = parents.ToFactList(),
            DependsOn = table.DependsOn.Where(needed => !table.Inherits.Contains(needed) || parents.Contains(needed)).ToFactList(),
            Columns = table.Columns.Select(Free).ToFactList(),
        };
    }

    // KeptCount: how many of the tables that it is to inherit from it inherits from all the time; they stand first.
    private sealed record Move(TableFacts Old, TableFacts Made, int KeptCount)
    {
        public IEnumerable<ObjectId> Kept => Made.Inherits.Take(KeptCount);

        public IEnumerable<ObjectId> Leaves => Old.Inherits.Except(Kept);

        public IEnumerable<ObjectId> Joins => Made.Inherits.Skip(KeptCount);
    }
}
