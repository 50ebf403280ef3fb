using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Kinds;

namespace Lockplane.Schema.Plans;

/// <content>What has to be made anew: what Postgres cannot alter, and what needs something that goes or is made again.</content>
internal sealed partial class Difference
{
    private void CompareTables()
    {
        foreach ((ObjectId id, TableFacts? old, TableFacts? made) in Each<TableFacts>())
        {
            if (old is not null && made is not null && !(ReferenceEquals(old, made) && _types.IsEmpty))
            {
                CompareColumns(id, old, made);
            }
        }

        // What reads an attribute holds it as what reads a column does. Spec: ALTER TYPE.
        foreach ((ObjectId id, CompositeTypeFacts? old, CompositeTypeFacts? made) in Each<CompositeTypeFacts>().Where(type => type is { Old: not null, Made: not null }))
        {
            _retyped.UnionWith(made!.Columns.Where(c => old!.Find(c.Name) is { } was && (was.Type, was.Collation) != (c.Type, c.Collation)).Select(c => Column(id, c.Name)));
        }
    }

    private void CompareColumns(ObjectId id, TableFacts old, TableFacts made)
    {
        List<(ColumnFacts Old, ColumnFacts Made)> both =
            [.. made.Columns.Select(c => (old.Find(c.Name), c)).Where(pair => pair.Item1 is not null).Select(pair => (pair.Item1!, pair.c))];
        foreach ((ColumnFacts before, ColumnFacts after) in both.Where(pair => !IsGeneratedAnew(pair.Old, pair.Made)))
        {
            if (before.Type != after.Type || before.Collation != after.Collation || HasRebuilt(after))
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
        : !made.Generated.Equals(old.Generated) || made.Type != old.Type || made.Collation != old.Collation || HasRebuilt(made);

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
                AddIf(id, touched || failed || Moved.AttachmentBefore(id, made) is not null || !ObjectKinds.Get(id.Kind).CanAlter(id, old, made));
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
            AddIf(item.Id, made is not null && !ReferenceEquals(item.Facts, made) && (item.Facts.Own().Equals(made.Own()) ? IsReadAnew(item.Facts, made)
                : IsHeldByColumns(item.Id, item.Facts, made) || !ObjectKinds.Get(item.Id.Kind).CanAlter(item.Id, item.Facts, made) || NewEnumValues.AreUsed(From, To, item.Id, item.Facts, made)));
        }

        // What divides a table cannot change its type.
        foreach ((ObjectId id, TableFacts? old, TableFacts? made) in Each<TableFacts>())
        {
            AddIf(id, old is not null && made is not null && made.PartitionColumns.Any(name => made.Find(name) is { } column && HasRebuilt(column)));
        }

        Spread();
        foreach ((ObjectId id, ConstraintFacts? old, ConstraintFacts? made) in Each<ConstraintFacts>())
        {
            AddIf(id, old?.References is not null && made?.References is not null && (LosesItsKey(old.References) || Moved.IsKeyToLeft(id, old)));
        }

        FollowAttachments();

        // What is made again is not altered.
        bool IsRebuiltWhole(ObjectId column) => _rebuilt.Contains(ObjectId.Table(column.Schema!, column.Name));
        _retyped.RemoveWhere(IsRebuiltWhole);
        _remade.RemoveWhere(IsRebuiltWhole);
    }

    // Of equal text, and Postgres has read other things out of it: another cast, or another function of the name.
    private static bool IsReadAnew(ObjectFacts old, ObjectFacts made) => old is ViewFacts or MaterializedViewFacts or RuleFacts or PolicyFacts or FunctionFacts or StatisticsFacts
        && !old.DependsOn.Equals(made.DependsOn);

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
        TableFacts table => table.Inherits.Contains(gone) || (table.OfType == gone.QualifiedName && (To.Find(user)?.Facts as TableFacts)?.OfType == table.OfType),
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
