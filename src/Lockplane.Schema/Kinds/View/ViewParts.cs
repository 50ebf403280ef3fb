using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>Views that need themselves by way of a function: one that returns the view's rows and that the view calls.</summary>
internal static class ViewParts
{
    /// <summary>The rule that is such a view's query: it is made after the view and dropped before it.</summary>
    public static ObjectId Query(ObjectId view) => new("rule", view.Schema, view.Name, "_RETURN");

    /// <summary>The view that this is the query of; null when it is no such rule.</summary>
    public static ObjectId? ViewOf(ObjectId id) => id is { Kind: "rule", Part: "_RETURN" } ? new ObjectId("view", id.Schema, id.Name) : null;

    /// <summary>The view needs itself.</summary>
    public static bool IsInCircle(Catalog catalog, ObjectId view) => catalog.Find(view) is { Facts: ViewFacts facts } && facts.DependsOn.Any(needed => Reaches(catalog, needed, view));

    /// <summary>What the view itself needs, without its query where that stands apart.</summary>
    public static IEnumerable<ObjectId> Needs(Catalog catalog, ObjectId view) => catalog.Find(view)!.Facts.DependsOn.Where(needed => !Reaches(catalog, needed, view));

    private static bool Reaches(Catalog catalog, ObjectId start, ObjectId view)
    {
        Stack<ObjectId> open = new([start]);
        HashSet<ObjectId> seen = [];
        while (open.TryPop(out ObjectId? next))
        {
            if (next == view || (next.Kind == "column" && next.Schema == view.Schema && next.Name == view.Name))
            {
                return true;
            }

            ObjectId? item = next.Kind == "column" ? catalog.FindRelation(next)?.Id : next;
            if (item is not null && seen.Add(item) && catalog.Find(item) is { } found)
            {
                foreach (ObjectId needed in found.Facts.DependsOn)
                {
                    open.Push(needed);
                }
            }
        }

        return false;
    }

    /// <summary>The tables that a relation stands for: itself, or those that a view reads, by other views, too.</summary>
    public static IEnumerable<ObjectId> TablesBehind(Catalog catalog, ObjectId relation)
    {
        HashSet<ObjectId> seen = [];
        Stack<ObjectId> open = new([relation]);
        while (open.TryPop(out ObjectId? id))
        {
            if (!seen.Add(id))
            {
                continue;
            }

            if (catalog.Find(id)?.Facts is not ViewFacts view)
            {
                yield return id;
                continue;
            }

            foreach (ObjectId next in view.DependsOn.Select(needed => needed.Kind == "column" ? catalog.FindRelation(needed)?.Id : catalog.Find(needed)?.Facts is RelationFacts ? needed : null).OfType<ObjectId>())
            {
                open.Push(next);
            }
        }
    }
}
