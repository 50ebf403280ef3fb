using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Kinds;

namespace Lockplane.Schema.Plans;

/// <summary>Two catalogs side by side, and what has to be made anew although it is in both.</summary>
internal sealed class Difference
{
    private readonly HashSet<ObjectId> _retyped = [];
    private readonly HashSet<ObjectId> _remade = [];
    private readonly HashSet<ObjectId> _rebuilt = [];

    public Difference(Catalog from, Catalog to)
    {
        From = from;
        To = to;
        foreach ((ObjectId id, TableFacts? old, TableFacts? made) in Each<TableFacts>())
        {
            if (old is not null && made is not null)
            {
                CompareColumns(id, old, made);
            }
        }

        FindRebuilt();
    }

    public Catalog From { get; }

    public Catalog To { get; }

    /// <summary>Every object of the kind in either catalog, in the order of names.</summary>
    public IEnumerable<(ObjectId Id, T? Old, T? Made)> Each<T>()
        where T : ObjectFacts
    {
        IEnumerable<CatalogObject> onlyInTo = To.Objects.Where(o => From.Find(o.Id) is null);
        return From.Objects.Concat(onlyInTo).Where(o => o.Facts is T).OrderBy(o => o.Id)
            .Select(o => (o.Id, From.Find(o.Id)?.Facts as T, To.Find(o.Id)?.Facts as T));
    }

    /// <summary>The table is in both catalogs.</summary>
    public bool Stays(ObjectId table) => From.Contains(table) && To.Contains(table);

    /// <summary>The table is only in the second.</summary>
    public bool IsNew(ObjectId table) => !From.Contains(table);

    /// <summary>The column stays and changes its type or collation.</summary>
    public bool IsRetyped(ObjectId table, string column) => _retyped.Contains(Column(table, column));

    /// <summary>The column is in both and is dropped and added, as Postgres has no way to alter it.</summary>
    public bool IsRemade(ObjectId table, string column) => _remade.Contains(Column(table, column));

    /// <summary>The constraint or index is in both and is dropped and made again.</summary>
    public bool IsRebuilt(ObjectId id) => _rebuilt.Contains(id);

    /// <summary>The table stays and becomes logged or unlogged.</summary>
    public bool ChangesPersistence(ObjectId table) =>
        From.Find(table)?.Facts is TableFacts old && To.Find(table)?.Facts is TableFacts made && old.Unlogged != made.Unlogged;

    /// <summary>The columns of a table that stays, in the order that Postgres leaves them in.</summary>
    public IEnumerable<ColumnFacts> ColumnsAfter(ObjectId table, TableFacts old, TableFacts made)
    {
        bool Kept(string name) => old.Find(name) is not null && made.Find(name) is not null && !IsRemade(table, name);
        return old.Columns.Where(c => Kept(c.Name)).Select(c => made.Find(c.Name)!).Concat(made.Columns.Where(c => !Kept(c.Name)));
    }

    private void CompareColumns(ObjectId id, TableFacts old, TableFacts made)
    {
        List<(ColumnFacts Old, ColumnFacts Made)> both =
            [.. made.Columns.Select(c => (old.Find(c.Name), c)).Where(pair => pair.Item1 is not null).Select(pair => (pair.Item1!, pair.c))];
        foreach ((ColumnFacts before, ColumnFacts after) in both.Where(pair => !IsGeneratedAnew(pair.Old, pair.Made)))
        {
            if (before.Type != after.Type || before.Collation != after.Collation)
            {
                _retyped.Add(Column(id, after.Name));
            }
        }

        foreach ((ColumnFacts before, ColumnFacts after) in both)
        {
            bool readsChanged = before.Generated is not null && after.Generated is not null
                && before.Generated.Uses.Concat(after.Generated.Uses).Any(used => IsRetyped(id, used) || old.Find(used) is null || made.Find(used) is null);
            if (IsGeneratedAnew(before, after) || readsChanged)
            {
                _remade.Add(Column(id, after.Name));
                _retyped.Remove(Column(id, after.Name));
            }
        }
    }

    // A stored generated column can become a plain one; every other change of a generation needs the column dropped and added.
    private static bool IsGeneratedAnew(ColumnFacts old, ColumnFacts made) => made.Generated is null
        ? old.Generated is { Virtual: true }
        : !made.Generated.Equals(old.Generated) || made.Type != old.Type || made.Collation != old.Collation;

    private void FindRebuilt()
    {
        foreach ((ObjectId id, IndexFacts? old, IndexFacts? made) in Each<IndexFacts>())
        {
            if (old is not null && made is not null)
            {
                ObjectId table = ObjectId.Table(id.Schema!, made.Table);
                bool touched = made.Uses.Any(c => IsRemade(table, c) || (made.HasExpressions && IsRetyped(table, c)));
                AddIf(id, touched || !old.Equals(made));
            }
        }

        foreach ((ObjectId id, ConstraintFacts? old, ConstraintFacts? made) in Each<ConstraintFacts>())
        {
            if (old is not null && made is not null)
            {
                AddIf(id, IsTouched(id, made) || !ConstraintKind.CanAlter(old, made));
            }
        }

        foreach ((ObjectId id, ConstraintFacts? old, ConstraintFacts? made) in Each<ConstraintFacts>())
        {
            AddIf(id, old?.References is not null && made?.References is not null && LosesItsKey(old.References));
        }
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

    // A foreign key hangs on a unique index over the columns that it refers to, whichever of them Postgres chose.
    private bool LosesItsKey(ReferenceFacts references)
    {
        HashSet<string> columns = [.. references.Columns];
        bool Gone(ObjectId id) => !To.Contains(id) || IsRebuilt(id);
        return From.Objects.Any(o => o.Id.Schema == references.Schema && Gone(o.Id) && o.Facts switch
        {
            ConstraintFacts { Type: ConstraintType.PrimaryKey or ConstraintType.Unique } key =>
                o.Id.Name == references.Table && columns.SetEquals(key.Columns),
            IndexFacts { Unique: true } index => index.Table == references.Table && columns.IsSubsetOf(index.Uses),
            _ => false,
        });
    }

    private void AddIf(ObjectId id, bool condition)
    {
        if (condition)
        {
            _rebuilt.Add(id);
        }
    }

    private static ObjectId Column(ObjectId table, string column) => ObjectId.Column(table.Schema!, table.Name, column);
}
