using System.Collections.Immutable;
using Lockplane.Schema.Kinds;
using Lockplane.Schema.Plans;

namespace Lockplane.Schema.Catalogs;

/// <summary>The schema of a database as a value: what is modelled as records, what is not by name.</summary>
/// <remarks>
/// Immutable; every list is in the order of its elements' names, each once. Two catalogs are the same when their
/// <see cref="ManifestHash"/> is: <see cref="Environment"/>, <see cref="Ignored"/> and <see cref="Unreadable"/> are
/// no part of it.
/// </remarks>
public sealed class Catalog
{
    private readonly Dictionary<ObjectId, CatalogObject> _byId;
    private readonly Lazy<ManifestHash> _hash;
    private readonly Lazy<Dictionary<(string Schema, string Name), CatalogObject>> _relations;
    private readonly Lazy<ILookup<(string Schema, string Table), CatalogObject>> _constraints;
    private readonly Lazy<ILookup<(string Schema, string Table), ObjectId>> _keys;
    private readonly Lazy<ILookup<(string Schema, string Table), ObjectId>> _indexes;
    private readonly Lazy<ILookup<ObjectId, ObjectId>> _children;
    private readonly Lazy<ILookup<ObjectId, ObjectId>> _attached;
    private readonly Lazy<LateColumns> _lateColumns;
    private readonly Lazy<HashSet<(string Schema, string Name)>> _constraintNames;
    private readonly Lazy<ILookup<string, CatalogObject>> _kinds;
    private readonly Lazy<Dictionary<string, CatalogObject>> _lockable;

    /// <summary>A catalog of these parts, in any order.</summary>
    /// <exception cref="ArgumentException">Two objects have the same name.</exception>
    public Catalog(
        int serverMajor,
        Scope scope,
        IEnumerable<CatalogObject> objects,
        IEnumerable<UnmodelledObject>? unmodelled = null,
        IEnumerable<ObjectId>? unreadable = null,
        IEnumerable<ObjectId>? ignored = null,
        IEnumerable<KeyValuePair<string, string>>? environment = null)
    {
        ServerMajor = serverMajor;
        Scope = scope.Normalised();
        ImmutableArray<CatalogObject> given = [.. objects];

        // As they mostly are: made from another catalog.
        Objects = given.Zip(given.Skip(1)).All(pair => pair.First.Id < pair.Second.Id) ? given : [.. given.OrderBy(o => o.Id)];
        _byId = new Dictionary<ObjectId, CatalogObject>(Objects.Length);
        foreach (CatalogObject item in Objects)
        {
            if (!_byId.TryAdd(item.Id, item))
            {
                throw new ArgumentException($"There are two of {item.Id}.", nameof(objects));
            }
        }

        // Tables, views and composite types share one space of names.
        _relations = new(() => Objects.Where(o => o.Facts is RelationFacts).ToDictionary(o => (o.Id.Schema!, o.Id.Name)));
        _constraints = new(() => Objects.Where(o => o.Facts is ConstraintFacts).ToLookup(o => (o.Id.Schema!, o.Id.Name)));
        _keys = new(() => Objects
            .Where(o => o.Facts is ConstraintFacts { Type: ConstraintType.PrimaryKey or ConstraintType.Unique } or IndexFacts { Unique: true })
            .ToLookup(o => (o.Id.Schema!, o.Facts is IndexFacts index ? index.Table : o.Id.Name), o => o.Id));
        _hash = new(() => ManifestTree.RootOf(this));
        _kinds = new(() => Objects.ToLookup(o => o.Id.Kind, StringComparer.Ordinal));
        _lockable = new(() => Objects.Where(o => o.Facts is (RelationFacts and not CompositeTypeFacts) or SequenceFacts).DistinctBy(o => o.Id.QualifiedName).ToDictionary(o => o.Id.QualifiedName, StringComparer.Ordinal));
        _indexes = new(() => Objects.Where(o => o.Facts is IndexFacts).ToLookup(o => (o.Id.Schema!, ((IndexFacts)o.Facts).Table), o => o.Id));
        _children = new(() => Objects.Where(o => o.Facts is TableFacts)
            .SelectMany(o => ((TableFacts)o.Facts).Inherits.Select(parent => (Parent: parent, Child: o.Id))).ToLookup(pair => pair.Parent, pair => pair.Child));
        _lateColumns = new(() => new LateColumns(this));
        _constraintNames = new(() => [.. Objects.SelectMany(o => (o.Facts switch
        {
            ConstraintFacts or DomainConstraintFacts => [o.Id.Part],
            RelationFacts relation => relation.Columns.Select(column => column.NotNullName),
            DomainFacts domain => [domain.NotNullName],
            _ => (IEnumerable<string?>)[],
        }).OfType<string>().Select(name => (o.Id.Schema!, name)))]);
        _attached = new(() => Objects.Select(o => (Upper: Attachments.Of(o.Facts), o.Id)).Where(pair => pair.Upper is not null).ToLookup(pair => pair.Upper!, pair => pair.Id));
        Unmodelled = Ordered(unmodelled);
        Unreadable = Ordered(unreadable);
        Ignored = Ordered(ignored);
        Environment = (environment ?? []).ToImmutableSortedDictionary(Utf8Order.Instance);
    }

    /// <summary>The major version of the server that the facts were read from, such as 18. Facts of two majors are never compared.</summary>
    public int ServerMajor { get; }

    /// <summary>The part of the database that is described.</summary>
    public Scope Scope { get; }

    /// <summary>The modelled objects.</summary>
    public ImmutableArray<CatalogObject> Objects { get; }

    /// <summary>What the database has besides, by name.</summary>
    public ImmutableArray<UnmodelledObject> Unmodelled { get; }

    /// <summary>What the reading role may not see; apply refuses while there is any.</summary>
    public ImmutableArray<ObjectId> Unreadable { get; }

    /// <summary>What the scope leaves out.</summary>
    public ImmutableArray<ObjectId> Ignored { get; }

    /// <summary>What objects and columns need that a shadow built from this catalog does not have (LP103 when not empty): it is not modelled, or the scope leaves it out.</summary>
    public IEnumerable<Requirement> Requirements => Objects.SelectMany(Needs).Where(r => !Contains(r.Needs) && !(r.Needs.Kind == "column" && HasRelation(r.Needs)));

    /// <summary>Versions of the server, its extensions and collations: recorded, not hashed.</summary>
    public ImmutableSortedDictionary<string, string> Environment { get; }

    /// <summary>The manifest hash, computed once.</summary>
    internal ManifestHash Hash => _hash.Value;

    /// <summary>The object of this name; null when there is none.</summary>
    public CatalogObject? Find(ObjectId id) => _byId.GetValueOrDefault(id);

    /// <summary>The objects of a kind, in the order of their names.</summary>
    internal IEnumerable<CatalogObject> OfKind(string kind) => _kinds.Value[kind];

    /// <summary>The table, view or sequence of this name as SQL, <c>public.notes</c>: what a statement locks by a name; null when there is none.</summary>
    internal CatalogObject? FindLockable(string qualifiedName) => _lockable.Value.GetValueOrDefault(qualifiedName);

    /// <summary>Whether there is a modelled object, or a column of a modelled table or view, of this name.</summary>
    public bool Contains(ObjectId id) => id.Kind == "column"
        ? FindRelation(id)?.Facts is RelationFacts relation && relation.Find(id.Part!) is not null
        : _byId.ContainsKey(id);

    /// <summary>What has the column: a table, a view, a composite type; null when nothing has its name.</summary>
    public CatalogObject? FindRelation(ObjectId column) =>
        _relations.Value.GetValueOrDefault((column.Schema ?? "", column.Name));

    /// <summary>The constraints of a table, in the order of their names.</summary>
    public IEnumerable<CatalogObject> ConstraintsOf(ObjectId table) => _constraints.Value[(table.Schema ?? "", table.Name)];

    /// <summary>The primary keys, unique constraints and unique indexes of a table: what a foreign key can refer to.</summary>
    public IEnumerable<ObjectId> KeysOf(ObjectId table) => _keys.Value[(table.Schema ?? "", table.Name)];

    /// <summary>A constraint of the schema has this name, and not because Postgres chooses it by itself for a column that refuses null.</summary>
    internal bool NamesConstraint(string schema, string name) => _constraintNames.Value.Contains((schema, name));

    /// <summary>The constraints and indexes of a table.</summary>
    internal IEnumerable<ObjectId> PartsOf(ObjectId table) => ConstraintsOf(table).Select(o => o.Id).Concat(_indexes.Value[(table.Schema ?? "", table.Name)]);

    /// <summary>The tables that inherit from a table, or are its partitions.</summary>
    internal IEnumerable<ObjectId> ChildrenOf(ObjectId table) => _children.Value[table];

    /// <summary>Those, and those that inherit from them, and so on.</summary>
    internal IEnumerable<ObjectId> DescendantsOf(ObjectId table) => ChildrenOf(table).SelectMany(child => DescendantsOf(child).Prepend(child)).Distinct();

    /// <summary>The columns that its tables were given when others inherited from them already.</summary>
    internal LateColumns LateColumns => _lateColumns.Value;

    /// <summary>The constraints and indexes of partitions that stand for this one.</summary>
    internal IEnumerable<ObjectId> AttachedTo(ObjectId upper) => _attached.Value[upper];

    /// <summary>The same catalog with other objects.</summary>
    public Catalog WithObjects(IEnumerable<CatalogObject> objects) =>
        new(ServerMajor, Scope, objects, Unmodelled, Unreadable, Ignored, Environment);

    /// <summary>The same catalog, in which the objects that are equal to those of another are the very same, so that nothing has to be compared again.</summary>
    internal Catalog SharedWith(Catalog other)
    {
        bool shares = false;
        CatalogObject Shared(CatalogObject item)
        {
            if (other.Find(item.Id) is not { } same || ReferenceEquals(same, item) || !same.Facts.Equals(item.Facts))
            {
                return item;
            }

            shares = true;
            return same;
        }

        CatalogObject[] objects = [.. Objects.Select(Shared)];
        return shares ? WithObjects(objects) : this;
    }

    /// <summary>The same catalog with another list of what is not modelled.</summary>
    public Catalog WithUnmodelled(IEnumerable<UnmodelledObject> unmodelled) =>
        new(ServerMajor, Scope, Objects, unmodelled, Unreadable, Ignored, Environment);

    /// <summary>
    /// The catalog that the live database will have, where this one is what a shadow has after statements were run on it: a
    /// shadow is built from a manifest and so lacks what is not modelled.
    /// </summary>
    /// <param name="source">The live database's catalog, which the shadow was built from.</param>
    /// <param name="built">The shadow's catalog right after it was built.</param>
    public Catalog WithUnmodelledFrom(Catalog source, Catalog built)
    {
        IEnumerable<UnmodelledObject> kept = source.Unmodelled.Except(built.Unmodelled.Except(Unmodelled));
        IEnumerable<UnmodelledObject> made = Unmodelled.Except(built.Unmodelled);
        return new Catalog(
            ServerMajor, source.Scope, Objects, WithoutOrphans(kept.Concat(made), source), source.Unreadable, source.Ignored, source.Environment);
    }

    /// <summary>
    /// This catalog (what is wanted, or what steps lead to) with what the live catalog <paramref name="source"/> has unmodelled,
    /// less what hung on objects that are gone.
    /// </summary>
    public Catalog WithUnmodelledOf(Catalog source) => new(
        ServerMajor, source.Scope, Objects, WithoutOrphans(source.Unmodelled, source), source.Unreadable, source.Ignored, source.Environment);

    private bool HasRelation(ObjectId column) => FindRelation(column) is not null;

    private static IEnumerable<Requirement> Needs(CatalogObject item)
    {
        IEnumerable<Requirement> own = item.Facts.DependsOn.Select(needed => new Requirement(item.Id, needed));
        return item.Facts is not RelationFacts relation
            ? own
            : own.Concat(relation.Columns.SelectMany(c => c.DependsOn.Select(needed => new Requirement(new ObjectId("column", item.Id.Schema, item.Id.Name, c.Name), needed))));
    }

    // What hangs on an object goes with it, and so on: a comment on a view's column goes with the view, the view with its schema.
    private List<UnmodelledObject> WithoutOrphans(IEnumerable<UnmodelledObject> unmodelled, Catalog source)
    {
        List<UnmodelledObject> left = [.. unmodelled];
        HashSet<ObjectId> gone = [];
        int before;
        do
        {
            before = left.Count;
            foreach (UnmodelledObject orphan in left.Where(u => u.On is not null && (gone.Contains(u.On) || (source.Contains(u.On) && !Contains(u.On)))))
            {
                gone.Add(new ObjectId(orphan.Kind, orphan.Schema, orphan.Name));
            }

            left.RemoveAll(u => u.On is not null && (gone.Contains(u.On) || (source.Contains(u.On) && !Contains(u.On))));
        }
        while (left.Count < before);

        return left;
    }

    private static ImmutableArray<T> Ordered<T>(IEnumerable<T>? items)
        where T : IComparable<T> => [.. (items ?? []).Distinct().Order()];
}
