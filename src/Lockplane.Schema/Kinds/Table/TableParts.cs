using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>What stands inside CREATE TABLE and what is added afterwards.</summary>
internal static class TableParts
{
    /// <summary>The constraints that stand inside, in the order in which they are written.</summary>
    public static IEnumerable<CatalogObject> Inline(Catalog catalog, ObjectId table) => catalog.ConstraintsOf(table)
        .Where(o => IsInline(catalog, o.Id, (ConstraintFacts)o.Facts))
        .OrderBy(o => ((ConstraintFacts)o.Facts).Type);

    /// <summary>
    /// Whether CREATE TABLE can hold it: a foreign key may need a later table, NOT VALID means nothing there, and a function may need the table first. What is
    /// inherited comes by itself. Indexes of partitioned tables and partitions are attached to each other by name, so that none is made on the way.
    /// </summary>
    public static bool IsInline(Catalog catalog, ObjectId id, ConstraintFacts facts) =>
        facts.Type != ConstraintType.ForeignKey && !facts.NotValid && !facts.NotEnforced && !facts.Inherited
        && (facts.Type == ConstraintType.Check || (facts.Statistics.Count == 0 && !IsInPartitionTree(catalog, ObjectId.Table(id.Schema!, id.Name))))
        && !facts.DependsOn.Any(needed => needed.Kind == "column" && catalog.LateColumns.Contains(ObjectId.Table(needed.Schema ?? "", needed.Name), needed.Part!))
        && !StandsApart(catalog, id, facts);

    /// <summary>The constraint calls what needs the table, so neither can be made or dropped while both are there.</summary>
    public static bool StandsApart(Catalog catalog, ObjectId id, ConstraintFacts facts) => NeedsTable(catalog, ObjectId.Table(id.Schema!, id.Name), facts.DependsOn);

    private static bool IsInPartitionTree(Catalog catalog, ObjectId table) =>
        catalog.Find(table)?.Facts is TableFacts { IsPartition: true } or TableFacts { PartitionKey: not null };

    /// <summary>The default calls what needs the table, so it can only be set when both are there.</summary>
    public static bool DefaultStandsApart(Catalog catalog, ObjectId table, ColumnFacts column) =>
        column.Default is not null && NeedsTable(catalog, table, column.DependsOn);

    private static bool NeedsTable(Catalog catalog, ObjectId table, FactList<ObjectId> needs)
    {
        Stack<ObjectId> open = new(needs.Where(needed => !IsPart(needed, table)));
        HashSet<ObjectId> seen = [];
        while (open.TryPop(out ObjectId? next))
        {
            if (IsPart(next, table))
            {
                return true;
            }

            if (seen.Add(next) && catalog.Find(next) is { } item)
            {
                foreach (ObjectId needed in item.Facts.DependsOn)
                {
                    open.Push(needed);
                }
            }
        }

        return false;
    }

    private static bool IsPart(ObjectId id, ObjectId table) => id == table || (id.Kind == "column" && id.Schema == table.Schema && id.Name == table.Name);
}
