using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Kinds;
using Lockplane.Sql.Statements;

namespace Lockplane.Schema.Plans;

/// <summary>Tables whose rows go or change along with those of another, by foreign keys.</summary>
internal static class CascadedRows
{
    /// <summary>The tables, without <paramref name="table"/> itself and what inherits from it.</summary>
    /// <param name="table">The table whose rows go or change.</param>
    /// <param name="catalog">The catalog.</param>
    /// <param name="by">What is done to its rows: TRUNCATE ... CASCADE takes every table that refers to it, other statements those whose foreign key says so.</param>
    public static IEnumerable<ObjectId> Of(ObjectId table, Catalog catalog, Statement by)
    {
        bool Follows(ReferenceFacts references, bool first) => by.Kind switch
        {
            "TruncateStmt" => true,
            "ClusterStmt" or "RefreshMatViewStmt" => false,
            "InsertStmt" when by.Node("OnConflictClause") is null => false,
            "InsertStmt" or "UpdateStmt" when first => Acts(references.OnUpdate),
            "DeleteStmt" when first => Acts(references.OnDelete),
            _ => Acts(references.OnDelete) || Acts(references.OnUpdate),
        };

        ILookup<(string, string), (ReferenceFacts References, ObjectId Table)> referring = catalog.Objects
            .Where(item => item.Facts is ConstraintFacts { References: not null })
            .Select(item => (References: ((ConstraintFacts)item.Facts).References!, Table: ObjectId.Table(item.Id.Schema!, item.Id.Name)))
            .ToLookup(item => (item.References.Schema, item.References.Table));
        HashSet<ObjectId> own = [table, .. catalog.DescendantsOf(table)];
        SortedSet<ObjectId> found = [];
        Stack<ObjectId> open = new([table]);
        while (open.TryPop(out ObjectId? next))
        {
            // What refers to a table refers to its partitions, too.
            foreach (ObjectId other in catalog.DescendantsOf(next).Concat(Above(next, catalog)).Prepend(next)
                .SelectMany(part => referring[(part.Schema!, part.Name)]).Where(item => Follows(item.References, next == table)).Select(item => item.Table).Where(found.Add))
            {
                open.Push(other);
            }
        }

        return found.Except(own);
    }

    /// <summary>Whether a foreign key's action changes the rows that refer.</summary>
    public static bool Acts(string? action) => action is not (null or "NO ACTION" or "RESTRICT");

    private static IEnumerable<ObjectId> Above(ObjectId table, Catalog catalog) =>
        catalog.Find(table)?.Facts is TableFacts facts ? facts.Inherits.SelectMany(parent => Above(parent, catalog).Prepend(parent)) : [];
}
