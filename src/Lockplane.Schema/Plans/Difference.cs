using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Kinds;

namespace Lockplane.Schema.Plans;

/// <summary>Two catalogs side by side, and what has to be made anew although it is in both.</summary>
internal sealed class Difference
{
    private readonly HashSet<ObjectId> _retyped = [];
    private readonly HashSet<ObjectId> _remade = [];
    private readonly HashSet<ObjectId> _rebuilt = [];
    private readonly HashSet<ObjectId> _lostDefaults = [];

    // The tables of generated columns that are as they were, and remade since what they call goes.
    private readonly HashSet<(string? Schema, string Name)> _regenerated = [];
    private readonly RebuiltTypes _types;
    private readonly ILookup<Type, (ObjectId Id, ObjectFacts? Old, ObjectFacts? Made)> _pairs;
    private readonly Lazy<HashSet<(string? Schema, string Name)>> _altered;

    /// <param name="from">The first.</param>
    /// <param name="to">The second.</param>
    /// <param name="creatingRole">Who will own what is made; null when that is not known, so that every owner is said.</param>
    public Difference(Catalog from, Catalog to, string? creatingRole = null)
    {
        From = from;
        To = to;
        CreatingRole = creatingRole;
        _types = new(from, to);
        _pairs = Pairs().ToLookup(pair => (pair.Old ?? pair.Made)!.GetType());
        _altered = new(() => [.. _retyped.Concat(_remade).Concat(_lostDefaults).Select(column => (column.Schema, column.Name))]);
        do
        {
            CompareTables();
            int remade;
            do
            {
                remade = _regenerated.Count;
                FindRebuilt();
            }
            while (_regenerated.Count > remade);
        }
        while (_types.Add(_rebuilt));
    }

    public Catalog From { get; }

    public Catalog To { get; }

    /// <summary>Who owns what is made until it is said otherwise.</summary>
    public string? CreatingRole { get; }

    /// <summary>Every object of the kind in either catalog, in the order of names.</summary>
    public IEnumerable<(ObjectId Id, T? Old, T? Made)> Each<T>()
        where T : ObjectFacts
    {
        IGrouping<Type, (ObjectId Id, ObjectFacts? Old, ObjectFacts? Made)>[] groups = [.. _pairs.Where(group => group.Key.IsAssignableTo(typeof(T)))];
        IEnumerable<(ObjectId Id, ObjectFacts? Old, ObjectFacts? Made)> pairs = groups.Length == 1 ? groups[0] : groups.SelectMany(group => group).OrderBy(pair => pair.Id);
        return pairs.Select(pair => (pair.Id, pair.Old as T, pair.Made as T));
    }

    // Both catalogs are in the order of names.
    private IEnumerable<(ObjectId Id, ObjectFacts? Old, ObjectFacts? Made)> Pairs()
    {
        int old = 0;
        foreach (CatalogObject made in To.Objects)
        {
            for (; old < From.Objects.Length && From.Objects[old].Id < made.Id; old++)
            {
                yield return (From.Objects[old].Id, From.Objects[old].Facts, null);
            }

            yield return old < From.Objects.Length && From.Objects[old].Id == made.Id ? (made.Id, From.Objects[old++].Facts, made.Facts) : (made.Id, null, made.Facts);
        }

        for (; old < From.Objects.Length; old++)
        {
            yield return (From.Objects[old].Id, From.Objects[old].Facts, null);
        }
    }

    /// <summary>The object is the very same in both, and what it has is not dropped, added or changed by what happens to others. Of the tables of an inheritance tree that is never said.</summary>
    public bool IsUntouched(ObjectId id) => IsSame(id) && !IsRebuilt(id) && !_altered.Value.Contains((id.Schema, id.Name))
        && !(To.Find(id)!.Facts is TableFacts table && (table.Inherits.Count > 0 || To.ChildrenOf(id).Any() || From.ChildrenOf(id).Any()));

    private bool IsSame(ObjectId id) => From.Find(id) is { } old && ReferenceEquals(old.Facts, To.Find(id)?.Facts);

    // No column of it changes, whatever else does.
    private bool IsSameTable(string? schema, string name) => _types.IsEmpty && !_regenerated.Contains((schema, name)) && IsSame(new ObjectId("table", schema, name));

    /// <summary>The object is in both catalogs and is not made again.</summary>
    public bool Stays(ObjectId id) => From.Contains(id) && To.Contains(id) && !IsRebuilt(id);

    /// <summary>The object is made, for the first time or again.</summary>
    public bool IsMade(ObjectId id) => To.Contains(id) && (!From.Contains(id) || IsRebuilt(id));

    /// <summary>The column stays and changes its type or collation.</summary>
    public bool IsRetyped(ObjectId table, string column) => _retyped.Contains(Column(table, column));

    /// <summary>The column is in both and is dropped and added, as Postgres has no way to alter it.</summary>
    public bool IsRemade(ObjectId table, string column) => _remade.Contains(Column(table, column));

    /// <summary>The column stays, and its default has to be dropped and set again since what it needs goes or changes.</summary>
    public bool LosesDefault(ObjectId table, string column) => _lostDefaults.Contains(Column(table, column));

    /// <summary>It is a part of a table, view or domain that is dropped, and goes with it.</summary>
    public bool GoesWithAnother(ObjectId id)
    {
        ObjectId? owner = id.Part is null ? null : From.FindRelation(id)?.Id ?? new ObjectId("domain", id.Schema, id.Name);
        return owner is not null && From.Contains(owner) && (!To.Contains(owner) || IsRebuilt(owner));
    }

    /// <summary>The object is in both and is dropped and made again.</summary>
    public bool IsRebuilt(ObjectId id) => _rebuilt.Contains(id);

    /// <summary>The type is dropped and made again though columns have it; this is the name that the old one has meanwhile. Null when none has it.</summary>
    public ObjectId? AsideOf(ObjectId id) => _types.AsideOf(id);

    /// <summary>The column's type is made again, so that its values go over by way of text.</summary>
    public bool IsOfRebuiltType(ColumnFacts column) => _types.Has(column.Type);

    /// <summary>The column is added when the other tables of the inheritance tree are made; all of them are.</summary>
    public bool IsLate(ObjectId table, string column) => To.LateColumns.Contains(table, column) && Relatives(table).All(IsMade);

    private HashSet<ObjectId> Relatives(ObjectId table)
    {
        HashSet<ObjectId> found = [];
        Stack<ObjectId> open = new([table]);
        while (open.TryPop(out ObjectId? next))
        {
            if (found.Add(next) && To.Find(next)?.Facts is TableFacts facts)
            {
                foreach (ObjectId other in facts.Inherits.Concat(To.ChildrenOf(next)))
                {
                    open.Push(other);
                }
            }
        }

        return found;
    }

    /// <summary>The table stays and becomes logged or unlogged.</summary>
    public bool ChangesPersistence(ObjectId table) =>
        From.Find(table)?.Facts is TableFacts old && To.Find(table)?.Facts is TableFacts made && old.Unlogged != made.Unlogged;

    /// <summary>The columns of a table that stays, in the order that Postgres leaves them in.</summary>
    public IEnumerable<ColumnFacts> ColumnsAfter(ObjectId table, TableFacts old, TableFacts made)
    {
        bool Kept(string name) => old.Find(name) is not null && made.Find(name) is not null && !IsRemade(table, name);
        return old.Columns.Where(c => Kept(c.Name)).Select(c => made.Find(c.Name)!).Concat(made.Columns.Where(c => !Kept(c.Name)));
    }

    private void CompareTables()
    {
        foreach ((ObjectId id, TableFacts? old, TableFacts? made) in Each<TableFacts>())
        {
            if (old is not null && made is not null && !(ReferenceEquals(old, made) && _types.IsEmpty))
            {
                CompareColumns(id, old, made);
            }
        }
    }

    private void CompareColumns(ObjectId id, TableFacts old, TableFacts made)
    {
        List<(ColumnFacts Old, ColumnFacts Made)> both =
            [.. made.Columns.Select(c => (old.Find(c.Name), c)).Where(pair => pair.Item1 is not null).Select(pair => (pair.Item1!, pair.c))];
        foreach ((ColumnFacts before, ColumnFacts after) in both.Where(pair => !IsGeneratedAnew(pair.Old, pair.Made)))
        {
            if (before.Type != after.Type || before.Collation != after.Collation || IsOfRebuiltType(after))
            {
                _retyped.Add(Column(id, after.Name));
            }
        }

        foreach ((ColumnFacts before, ColumnFacts after) in both)
        {
            bool readsChanged = before.Generated is not null && after.Generated is not null
                && OwnColumns(id, before).Concat(OwnColumns(id, after)).Any(used => IsRetyped(id, used) || old.Find(used) is null || made.Find(used) is null);
            if (IsGeneratedAnew(before, after) || readsChanged)
            {
                _remade.Add(Column(id, after.Name));
                _retyped.Remove(Column(id, after.Name));
            }
        }
    }

    private static IEnumerable<string> OwnColumns(ObjectId table, ColumnFacts column) => OwnColumns(table, column.DependsOn);

    private static IEnumerable<string> OwnColumns(ObjectId table, ObjectFacts facts) => OwnColumns(table, facts.DependsOn);

    private static IEnumerable<string> OwnColumns(ObjectId table, FactList<ObjectId> needs) =>
        needs.Where(needed => needed.Kind == "column" && needed.Schema == table.Schema && needed.Name == table.Name).Select(needed => needed.Part!);

    // A stored generated column can become a plain one; every other change of a generation needs the column dropped and added.
    private bool IsGeneratedAnew(ColumnFacts old, ColumnFacts made) => made.Generated is null
        ? old.Generated is { Virtual: true }
        : !made.Generated.Equals(old.Generated) || made.Type != old.Type || made.Collation != old.Collation || IsOfRebuiltType(made);

    private void FindRebuilt()
    {
        foreach ((ObjectId id, IndexFacts? old, IndexFacts? made) in Each<IndexFacts>())
        {
            if (old is not null && made is not null && !(ReferenceEquals(old, made) && IsSameTable(id.Schema, made.Table)))
            {
                ObjectId table = ObjectId.Table(id.Schema!, made.Table);
                bool touched = OwnColumns(table, made).Any(c => IsRemade(table, c) || (made.HasExpressions && IsRetyped(table, c)));

                // That of a partitioned table becomes valid by what is attached to it.
                bool failed = old.Invalid && !made.Invalid && To.Find(table)?.Facts is not TableFacts { PartitionKey: not null };
                AddIf(id, touched || failed || !ObjectKinds.Get(id.Kind).CanAlter(id, old, made));
            }
        }

        foreach ((ObjectId id, ConstraintFacts? old, ConstraintFacts? made) in Each<ConstraintFacts>())
        {
            bool isSame = ReferenceEquals(old, made) && IsSameTable(id.Schema, id.Name) && (made?.References is not { } other || IsSameTable(other.Schema, other.Table));
            if (old is not null && made is not null && !isSame)
            {
                AddIf(id, IsTouched(id, made) || !ConstraintKind.CanAlter(old, made));
            }
        }

        foreach (CatalogObject item in From.Objects.Where(o => o.Facts is not (ConstraintFacts or IndexFacts)))
        {
            ObjectFacts? made = To.Find(item.Id)?.Facts;
            AddIf(item.Id, made is not null && !ReferenceEquals(item.Facts, made) && !item.Facts.Own().Equals(made.Own())
                && (IsHeldByColumns(item.Id, item.Facts, made) || !ObjectKinds.Get(item.Id.Kind).CanAlter(item.Id, item.Facts, made) || NewEnumValues.AreUsed(From, To, item.Id, item.Facts, made)));
        }

        // What divides a table cannot change its type.
        foreach ((ObjectId id, TableFacts? old, TableFacts? made) in Each<TableFacts>())
        {
            AddIf(id, old is not null && made is not null && made.PartitionColumns.Any(name => made.Find(name) is { } column && IsOfRebuiltType(column)));
        }

        Spread();
        foreach ((ObjectId id, ConstraintFacts? old, ConstraintFacts? made) in Each<ConstraintFacts>())
        {
            AddIf(id, old?.References is not null && made?.References is not null && LosesItsKey(old.References));
        }

        FollowAttachments();

        // What is made again is not altered.
        bool IsRebuiltWhole(ObjectId column) => _rebuilt.Contains(ObjectId.Table(column.Schema!, column.Name));
        _retyped.RemoveWhere(IsRebuiltWhole);
        _remade.RemoveWhere(IsRebuiltWhole);
    }

    // What is attached goes with what it is attached to, and cannot go alone.
    private void FollowAttachments()
    {
        CatalogObject[] attached = [.. From.Objects.Where(o => Attachments.Of(o.Facts) is not null)];
        int before;
        do
        {
            before = _rebuilt.Count;
            foreach (CatalogObject item in attached)
            {
                ObjectId upper = Attachments.Of(item.Facts)!;
                ObjectId table = ObjectId.Table(item.Id.Schema!, item.Facts is IndexFacts index ? index.Table : item.Id.Name);
                AddIf(item.Id, To.Contains(item.Id) && (!To.Contains(upper) || IsRebuilt(upper)));
                AddIf(upper, To.Contains(upper) && Stays(table) && !Stays(item.Id));
            }
        }
        while (_rebuilt.Count > before);
    }

    // What needs something that goes or is made again has to be made again, too, and so on.
    private void Spread()
    {
        Queue<ObjectId> gone = new(From.Objects.Select(o => o.Id).Where(id => !To.Contains(id) || IsRebuilt(id)).Concat(GoneColumns()));
        ILookup<ObjectId, (ObjectId Id, string? Column)> users = (gone.Count == 0 ? [] : From.Objects.AsEnumerable())
            .SelectMany(o => Needs(o).Select(need => (need.Needed, o.Id, need.Column)))
            .ToLookup(need => need.Needed, need => (need.Id, need.Column));
        while (gone.TryDequeue(out ObjectId? next))
        {
            foreach ((ObjectId user, string? column) in users[next].Where(u => To.Contains(u.Id)))
            {
                if (column is not null && IsGeneratedInBoth(user, column))
                {
                    ObjectId generated = new("column", user.Schema, user.Name, column);
                    if (!IsRebuilt(user) && _remade.Add(generated))
                    {
                        _regenerated.Add((user.Schema, user.Name));
                        gone.Enqueue(generated);
                    }
                }
                else if (column is not null)
                {
                    _lostDefaults.Add(new ObjectId("column", user.Schema, user.Name, column));
                }
                else if (HasToFollow(user, next) && _rebuilt.Add(user))
                {
                    gone.Enqueue(user);
                    foreach (ObjectId part in ColumnsOf(user))
                    {
                        gone.Enqueue(part);
                    }
                }
            }
        }
    }

    private bool IsGeneratedInBoth(ObjectId table, string column) =>
        From.Find(table)?.Facts is RelationFacts old && old.Find(column)?.Generated is not null && To.Find(table)?.Facts is RelationFacts made && made.Find(column)?.Generated is not null;

    // Constraints and indexes follow the types of their columns by themselves, or are judged above; tables are altered and not made again.
    private bool HasToFollow(ObjectId user, ObjectId gone) => From.Find(user)!.Facts switch
    {
        ConstraintFacts or IndexFacts => gone.Kind != "column" || (From.FindRelation(gone)?.Id is { } relation && IsRebuilt(relation)),
        TableFacts table => table.Inherits.Contains(gone) || (table.OfType is not null && table.OfType == gone.QualifiedName),
        SequenceFacts or SchemaFacts => false,

        // What goes is in a publication no more.
        PublicationFacts => To.Contains(gone),
        _ => true,
    };

    private IEnumerable<ObjectId> GoneColumns() => From.Objects
        .Where(o => o.Facts is RelationFacts && To.Contains(o.Id) && !(IsSame(o.Id) && _types.IsEmpty && !_regenerated.Contains((o.Id.Schema, o.Id.Name)) && !IsRebuilt(o.Id)))
        .SelectMany(o => ColumnsOf(o.Id).Where(column => IsRebuilt(o.Id) || !To.Contains(column) || _retyped.Contains(column) || _remade.Contains(column)));

    private IEnumerable<ObjectId> ColumnsOf(ObjectId id) => From.Find(id)?.Facts is RelationFacts relation
        ? relation.Columns.Select(c => new ObjectId("column", id.Schema, id.Name, c.Name)) : [];

    private static IEnumerable<(ObjectId Needed, string? Column)> Needs(CatalogObject item)
    {
        IEnumerable<(ObjectId, string?)> own = item.Facts.DependsOnExtensions.Count + item.Facts.DependsOn.Count == 0 ? [] : item.Facts.DependsOn
            .Concat(item.Facts.DependsOnExtensions.Select(name => new ObjectId("extension", null, name))).Select(needed => (needed, (string?)null));
        return item.Facts is RelationFacts relation
            ? own.Concat(relation.Columns.Where(c => c.DependsOn.Count > 0).SelectMany(c => c.DependsOn.Select(needed => (needed, (string?)c.Name)))) : own;
    }

    private bool IsTouched(ObjectId id, ConstraintFacts constraint)
    {
        ObjectId table = ObjectId.Table(id.Schema!, id.Name);
        bool writesTextAnew = constraint.Type is ConstraintType.Check or ConstraintType.ForeignKey;
        bool own = constraint.Columns.Concat(constraint.Include).Any(c => IsRemade(table, c) || (writesTextAnew && IsRetyped(table, c)));
        if (own || constraint.References is null)
        {
            return own;
        }

        ObjectId other = ObjectId.Table(constraint.References.Schema, constraint.References.Table);
        return ChangesPersistence(table) || ChangesPersistence(other)
            || constraint.References.Columns.Any(c => IsRemade(other, c) || IsRetyped(other, c));
    }

    /// <summary>A key goes or is made again that a foreign key refers by: a unique index over the columns that it refers to, whichever of them Postgres chose.</summary>
    public bool LosesItsKey(ReferenceFacts references)
    {
        HashSet<string> columns = [.. references.Columns];
        ObjectId table = ObjectId.Table(references.Schema, references.Table);
        return From.KeysOf(table).Where(id => !To.Contains(id) || IsRebuilt(id)).Any(id => From.Find(id)!.Facts switch
        {
            ConstraintFacts key => columns.SetEquals(key.Columns),
            ObjectFacts index => columns.IsSubsetOf(OwnColumns(table, index)),
        });
    }

    // An attribute cannot change its type while a column has the composite type, or one that is made of it. Spec: ALTER TYPE.
    private bool IsHeldByColumns(ObjectId id, ObjectFacts old, ObjectFacts made) => old is CompositeTypeFacts before && made is CompositeTypeFacts after
        && after.Columns.Any(c => before.Find(c.Name) is { } was && (was.Type, was.Collation) != (c.Type, c.Collation))
        && From.Objects.Any(o => o.Facts is TableFacts or ForeignTableFacts or MaterializedViewFacts or DomainFacts or CompositeTypeFacts && o.Facts.DependsOn.Contains(id));

    private void AddIf(ObjectId id, bool condition)
    {
        if (condition)
        {
            _rebuilt.Add(id);
        }
    }

    private static ObjectId Column(ObjectId table, string column) => ObjectId.Column(table.Schema!, table.Name, column);
}
