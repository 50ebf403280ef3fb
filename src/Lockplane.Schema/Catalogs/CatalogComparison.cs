using System.Collections.Immutable;

namespace Lockplane.Schema.Catalogs;

/// <summary>What differs between two catalogs: for people, and for messages about drift.</summary>
/// <param name="Added">Only in the second.</param>
/// <param name="Removed">Only in the first.</param>
/// <param name="Changed">In both, with different facts, and which.</param>
/// <param name="UnmodelledAdded">Not modelled and only in the second.</param>
/// <param name="UnmodelledRemoved">Not modelled and only in the first.</param>
public sealed record CatalogComparison(
    ImmutableArray<ObjectId> Added,
    ImmutableArray<ObjectId> Removed,
    ImmutableArray<ObjectDifference> Changed,
    ImmutableArray<UnmodelledObject> UnmodelledAdded,
    ImmutableArray<UnmodelledObject> UnmodelledRemoved)
{
    /// <summary>Nothing differs by name or facts. The hashes can differ still, by server major or scope.</summary>
    public bool IsEmpty => Added.Length + Removed.Length + Changed.Length + UnmodelledAdded.Length + UnmodelledRemoved.Length == 0;

    /// <summary>Compares <paramref name="before"/> with <paramref name="after"/>.</summary>
    public static CatalogComparison Of(Catalog before, Catalog after) => new(
        [.. after.Objects.Where(o => before.Find(o.Id) is null).Select(o => o.Id)],
        [.. before.Objects.Where(o => after.Find(o.Id) is null).Select(o => o.Id)],
        [
            .. after.Objects
                .Select(o => (o.Id, Old: before.Find(o.Id)?.Facts.Hashed(), Facts: o.Facts.Hashed()))
                .Where(o => o.Old is not null && !o.Old.Equals(o.Facts))
                .Select(o => new ObjectDifference(o.Id, FactDifference.Of(o.Old!, o.Facts))),
        ],
        [.. after.Unmodelled.Except(before.Unmodelled)],
        [.. before.Unmodelled.Except(after.Unmodelled)]);

    /// <summary>One line for each difference: <c>+ table public.notes</c>, <c>- ...</c>, <c>~ table public.notes columns.title.type: text -> integer</c>.</summary>
    public IEnumerable<string> Lines() =>
    [
        .. Added.Select(id => $"+ {id}"),
        .. Removed.Select(id => $"- {id}"),
        .. Changed.SelectMany(change => change.Facts.Select(fact => $"~ {change.Id} {fact}")),
        .. UnmodelledAdded.Select(item => $"+ {item}"),
        .. UnmodelledRemoved.Select(item => $"- {item}"),
    ];
}

/// <summary>How the facts of an object differ.</summary>
/// <param name="Id">The object.</param>
/// <param name="Facts">At least one.</param>
public sealed record ObjectDifference(ObjectId Id, ImmutableArray<FactDifference> Facts);
