using System.Collections.Immutable;
using Lockplane.Schema.Kinds;

namespace Lockplane.Schema.Catalogs;

/// <summary>The schema of a database as a value: what is modelled as records, what is not by name.</summary>
/// <remarks>
/// Immutable; every list is in the order of its elements' names, each once. Two catalogs are the same when their
/// <see cref="ManifestHash"/> is: <see cref="Environment"/>, <see cref="Ignored"/>, <see cref="Unreadable"/> and
/// <see cref="Requirements"/> are no part of it.
/// </remarks>
public sealed class Catalog
{
    private readonly Dictionary<ObjectId, CatalogObject> _byId;

    /// <summary>A catalog of these parts, in any order.</summary>
    /// <exception cref="ArgumentException">Two objects have the same name.</exception>
    public Catalog(
        int serverMajor,
        Scope scope,
        IEnumerable<CatalogObject> objects,
        IEnumerable<UnmodelledObject>? unmodelled = null,
        IEnumerable<ObjectId>? unreadable = null,
        IEnumerable<ObjectId>? ignored = null,
        IEnumerable<Requirement>? requirements = null,
        IEnumerable<KeyValuePair<string, string>>? environment = null)
    {
        ServerMajor = serverMajor;
        Scope = scope.Normalised();
        Objects = [.. objects.OrderBy(o => o.Id)];
        _byId = new Dictionary<ObjectId, CatalogObject>(Objects.Length);
        foreach (CatalogObject item in Objects)
        {
            if (!_byId.TryAdd(item.Id, item))
            {
                throw new ArgumentException($"There are two of {item.Id}.", nameof(objects));
            }
        }

        Unmodelled = Ordered(unmodelled);
        Unreadable = Ordered(unreadable);
        Ignored = Ordered(ignored);
        Requirements = Ordered(requirements);
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

    /// <summary>What modelled objects need that a shadow built from this catalog does not have (LP103 when not empty).</summary>
    public ImmutableArray<Requirement> Requirements { get; }

    /// <summary>Versions of the server, its extensions and collations: recorded, not hashed.</summary>
    public ImmutableSortedDictionary<string, string> Environment { get; }

    /// <summary>The object of this name; null when there is none.</summary>
    public CatalogObject? Find(ObjectId id) => _byId.GetValueOrDefault(id);

    /// <summary>Whether there is a modelled object, or a column of a modelled table, of this name.</summary>
    public bool Contains(ObjectId id) => id.Kind == "column"
        ? id.Schema is not null && Find(ObjectId.Table(id.Schema, id.Name))?.Facts is TableFacts table && table.Columns.Any(c => c.Name == id.Part)
        : _byId.ContainsKey(id);

    /// <summary>The same catalog with other objects.</summary>
    public Catalog WithObjects(IEnumerable<CatalogObject> objects) =>
        new(ServerMajor, Scope, objects, Unmodelled, Unreadable, Ignored, Requirements, Environment);

    /// <summary>The same catalog with another list of what is not modelled.</summary>
    public Catalog WithUnmodelled(IEnumerable<UnmodelledObject> unmodelled) =>
        new(ServerMajor, Scope, Objects, unmodelled, Unreadable, Ignored, Requirements, Environment);

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
            ServerMajor, source.Scope, Objects, WithoutOrphans(kept.Concat(made), source), source.Unreadable, source.Ignored,
            Requirements, source.Environment);
    }

    /// <summary>
    /// This catalog (what is wanted, or what steps lead to) with what the live catalog <paramref name="source"/> has unmodelled,
    /// less what hung on objects that are gone.
    /// </summary>
    public Catalog WithUnmodelledOf(Catalog source) => new(
        ServerMajor, source.Scope, Objects, WithoutOrphans(source.Unmodelled, source), source.Unreadable, source.Ignored, Requirements, source.Environment);

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
