using System.Collections.Immutable;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Kinds;

namespace Lockplane.Schema.Plans;

/// <summary>Two catalogs side by side, and what has to be made anew although it is in both.</summary>
internal sealed partial class Difference
{
    private readonly HashSet<ObjectId> _retyped = [];
    private readonly HashSet<ObjectId> _remade = [];
    private readonly HashSet<ObjectId> _rebuilt = [];
    private readonly HashSet<ObjectId> _lostDefaults = [];

    // The tables of generated columns that are as they were, and remade since what they call goes.
    private readonly HashSet<(string? Schema, string Name)> _regenerated = [];
    private readonly Catalog _first;
    private readonly ImmutableHashSet<ObjectId> _again;
    private readonly RebuiltTypes _types;
    private readonly ILookup<Type, (ObjectId Id, ObjectFacts? Old, ObjectFacts? Made)> _pairs;
    private readonly Lazy<HashSet<(string? Schema, string Name)>> _altered;

    /// <param name="from">The first.</param>
    /// <param name="to">The second.</param>
    /// <param name="creatingRole">Who will own what is made; null when that is not known, so that every owner is said.</param>
    /// <param name="again">What is made again although it could be altered.</param>
    public Difference(Catalog from, Catalog to, string? creatingRole = null, ImmutableHashSet<ObjectId>? again = null)
    {
        _first = from;
        _again = again ?? [];
        _rebuilt.UnionWith(_again);
        Wanted = to;
        Moved = new(from, to);
        From = Moved.From;
        To = Moved.To;
        CreatingRole = creatingRole;
        _types = new(From, To);
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

    /// <summary>The first catalog, with what is moved free.</summary>
    public Catalog From { get; }

    /// <summary>The second catalog, with what is moved still free.</summary>
    public Catalog To { get; }

    /// <summary>The second catalog.</summary>
    public Catalog Wanted { get; }

    /// <summary>The tables that leave others before all else, and come to others afterwards.</summary>
    public MovedTables Moved { get; }

    /// <summary>Who owns what is made until it is said otherwise.</summary>
    public string? CreatingRole { get; }

    /// <summary>The same catalogs, and the object is dropped and made again although it could be altered.</summary>
    public Difference MakingAgain(ObjectId id) => new(_first, Wanted, CreatingRole, _again.Add(id));

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

    /// <summary>It is a part of a table, view or domain that is dropped, or the function of a range type's canonical form, and goes with it.</summary>
    public bool GoesWithAnother(ObjectId id)
    {
        if (From.Find(id)?.Facts is FunctionFacts function)
        {
            return function.DependsOn.Any(type => RangeTypeKind.IsCanonical(id, type, From) && !Stays(type));
        }

        ObjectId? owner = id.Part is null ? null : From.FindRelation(id)?.Id ?? new ObjectId("domain", id.Schema, id.Name);
        return owner is not null && From.Contains(owner) && (!To.Contains(owner) || IsRebuilt(owner));
    }

    /// <summary>The object is in both and is dropped and made again.</summary>
    public bool IsRebuilt(ObjectId id) => _rebuilt.Contains(id);

    /// <summary>The type is dropped and made again though columns have it; this is the name that the old one has meanwhile. Null when none has it.</summary>
    public ObjectId? AsideOf(ObjectId id) => _types.AsideOf(id);

    /// <summary>The column's type is made again, so that its values go over by way of text.</summary>
    public bool IsOfRebuiltType(ColumnFacts column) => _types.HasTypeOf(column);

    // Its type or its collation is made again.
    private bool HasRebuilt(ColumnFacts column) => _types.HasTypeOf(column) || _types.HasCollationOf(column);

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
}
