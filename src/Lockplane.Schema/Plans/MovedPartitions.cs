using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Kinds;

namespace Lockplane.Schema.Plans;

/// <summary>Tables that stay and become a partition, are one no more, or one of another table or with other bounds: they are detached first and attached last, so that their rows stay.</summary>
/// <remarks>Spec: ALTER TABLE, ATTACH PARTITION and DETACH PARTITION.</remarks>
internal sealed class MovedPartitions
{
    private readonly Dictionary<ObjectId, (TableFacts Old, TableFacts Made)> _moved = [];

    private readonly Catalog _wanted;

    /// <param name="from">The catalog before.</param>
    /// <param name="to">The catalog afterwards.</param>
    public MovedPartitions(Catalog from, Catalog to)
    {
        (From, To, _wanted) = (from, to, to);
        foreach (CatalogObject item in from.Objects)
        {
            if (item.Facts is TableFacts old && to.Find(item.Id)?.Facts is TableFacts made && Differs(old, made) && CanMove(item.Id, old, made))
            {
                _moved.Add(item.Id, (old, made));
            }
        }

        if (_moved.Count > 0)
        {
            (From, To) = (Detached(from), Detached(to));
        }
    }

    /// <summary>The catalog when all of them are detached.</summary>
    public Catalog From { get; }

    /// <summary>The catalog before any of them is attached.</summary>
    public Catalog To { get; }

    /// <summary>The statements that come first of all.</summary>
    public IEnumerable<StepDraft> Detaching() => _moved.Where(table => table.Value.Old.IsPartition).OrderBy(table => table.Key).Select(table =>
    {
        ObjectId parent = table.Value.Old.Inherits[0];
        StepDraft detach = new StepDraft(
            Phase.DropViews, $"detach {table.Key}", $"ALTER TABLE {parent.QualifiedName} DETACH PARTITION {table.Key.QualifiedName}",
            table.Value.Made.IsPartition ? "it is to hold other rows, or those of another table" : $"it is to be no partition of {parent}")
        {
            Subject = table.Key,
        }.Locking(parent, LockModes.AccessExclusive).Locking(table.Key, LockModes.AccessExclusive).With(Hazards.BreaksClients, parent);

        // Rows that others refer to by the partitioned table cannot leave it.
        return TableKind.IsReferredTo(parent, From) ? detach.With(Hazards.CanFail, table.Key) : detach;
    });

    /// <summary>The statement that attaches the table again; null when it is not one of these, or is to be no partition.</summary>
    public StepDraft? Attaching(ObjectId table)
    {
        if (!_moved.TryGetValue(table, out (TableFacts Old, TableFacts Made) moved) || !moved.Made.IsPartition)
        {
            return null;
        }

        ObjectId parent = moved.Made.Inherits[0];
        StepDraft attach = new StepDraft(
            Phase.AddForeignKeys, $"attach {table}", $"ALTER TABLE {parent.QualifiedName} ATTACH PARTITION {table.QualifiedName} {moved.Made.PartitionBound}", $"it is to be a partition of {parent}")
        {
            Subject = Attachment(table),
            After = [table, parent, .. PartsBefore(table), .. PartsBefore(parent)],
        }.Locking(parent, LockModes.ShareUpdateExclusive).Locking(table, LockModes.AccessExclusive, scans: true).With(Hazards.CanFail, table);

        // Its rows are read by the grants and policies of the partitioned table then.
        attach = ParentOf(moved.Old) == parent ? attach : attach.With(Hazards.ChangesAccess, parent);

        // The rows that are the table's now must not be in the default partition.
        IEnumerable<ObjectId> defaults = To.ChildrenOf(parent).Where(child => To.Find(child)?.Facts is TableFacts { PartitionBound: "DEFAULT" });
        return defaults.Aggregate(attach, (draft, other) => draft.Locking(other, LockModes.AccessExclusive, scans: true));
    }

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
        bool isRival = _moved.TryGetValue(table, out (TableFacts Old, TableFacts Made) moved) && moved.Made.IsPartition && _wanted.Find(id)?.Facts is IndexFacts { AttachedTo: null }
            && _wanted.PartsOf(table).Any(part => _wanted.Find(part)?.Facts is IndexFacts { AttachedTo: not null } other
                && (other.Definition, other.Predicate, other.Unique) == (index.Definition, index.Predicate, index.Unique));
        return isRival ? Attachment(table) : null;
    }

    /// <summary>What comes after the table's rows are where they are to be: foreign keys of it and to it.</summary>
    public IEnumerable<ObjectId> AttachmentsBelow(ObjectId table) =>
        _moved.Where(moved => moved.Value.Made.IsPartition).Select(moved => moved.Value.Made.Inherits[0] == table ? moved.Key : null).OfType<ObjectId>().Order().Select(Attachment);

    private static ObjectId Attachment(ObjectId table) => table with { Kind = "attachment" };

    private bool Differs(TableFacts old, TableFacts made) => !ReferenceEquals(old, made)
        ? (ParentOf(old), old.PartitionBound) != (ParentOf(made), made.PartitionBound) || (ParentOf(old) is { } parent && IsMadeAnew(parent))
        : ParentOf(old) is { } same && IsMadeAnew(same);

    private static ObjectId? ParentOf(TableFacts table) => table.IsPartition ? table.Inherits[0] : null;

    private bool IsMadeAnew(ObjectId parent) =>
        !(From.Find(parent)?.Facts is TableFacts old && To.Find(parent)?.Facts is TableFacts made && ObjectKinds.Get(parent.Kind).CanAlter(parent, Alone(old), Alone(made)));

    // The state of a trigger that comes from the partitioned table could be set only afterwards.
    private bool CanMove(ObjectId id, TableFacts old, TableFacts made) =>
        (old.IsPartition || old.Inherits.Count == 0) && (made.IsPartition || made.Inherits.Count == 0) && !old.DetachPending && !made.DetachPending
        && ObjectKinds.Get(id.Kind).CanAlter(id, Alone(old), Alone(made))
        && !To.DescendantsOf(id).Append(id).Any(table => To.Objects.Any(o => o.Facts is TriggerFacts { FromParent: true } && IsOf(o.Id, table)));

    private static bool IsOf(ObjectId part, ObjectId table) => part.Schema == table.Schema && part.Name == table.Name;

    private static TableFacts Alone(TableFacts table) => table.IsPartition ? table with { PartitionBound = null, Inherits = default } : table;

    // The partitioned table gets it when its partitions are there.
    private bool IsYetToCome(ConstraintFacts constraint) => constraint is { Type: ConstraintType.ForeignKey, AttachedTo: { } upper }
        && _wanted.Contains(upper) && (!From.Contains(upper) || IsMadeAnew(ObjectId.Table(upper.Schema!, upper.Name)));

    // Triggers that come from the partitioned table go; all else that came from it is the table's own. Spec: ALTER TABLE, DETACH PARTITION.
    private Catalog Detached(Catalog catalog)
    {
        HashSet<ObjectId> tables = [.. _moved.Keys.Where(id => catalog.Find(id)?.Facts is TableFacts { IsPartition: true })];
        return catalog.WithObjects(catalog.Objects.Where(item => !IsFromAbove(item)).Select(item => item with { Facts = Own(item) }));

        bool IsFromAbove(CatalogObject item) => item.Facts is TriggerFacts { FromParent: true } && tables.Any(table =>
            catalog.DescendantsOf(table).Append(table).Any(below => IsOf(item.Id, below))
            && catalog.Find(item.Id with { Schema = table.Schema, Name = table.Name })?.Facts is not TriggerFacts { FromParent: false });

        ObjectFacts Own(CatalogObject item) => item.Facts switch
        {
            TableFacts table when tables.Contains(item.Id) => Alone(table) with
            {
                DependsOn = table.DependsOn.Where(needed => needed != table.Inherits[0]).ToFactList(),
                Columns = table.Columns.Select(column => column with { Inherited = false, NotNullInherited = false, Identity = catalog.ServerMajor >= 17 ? null : column.Identity }).ToFactList(),
            },
            ConstraintFacts constraint when tables.Contains(ObjectId.Table(item.Id.Schema!, item.Id.Name)) => constraint with { Inherited = false, AttachedTo = catalog == _wanted && IsYetToCome(constraint) ? constraint.AttachedTo : null },
            IndexFacts index when tables.Contains(ObjectId.Table(item.Id.Schema!, index.Table)) => index with { AttachedTo = null },
            _ => item.Facts,
        };
    }
}
