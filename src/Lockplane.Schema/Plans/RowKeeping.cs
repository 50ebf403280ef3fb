using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Dsl;
using Lockplane.Schema.Kinds;
using Lockplane.Sql.Errors;

namespace Lockplane.Schema.Plans;

/// <summary>Which rows can be kept and brought back: those of plain tables that the plan leaves as they are, and where nothing but the statement itself changes rows.</summary>
internal static class RowKeeping
{
    /// <summary>The relation whose rows a data change touches, found as Postgres would find it; null when the catalog has none.</summary>
    public static CatalogObject? FindRelation(Catalog catalog, DataChange change, FactList<string>? path) => FindRelation(catalog, change.Schema, change.Table, path);

    /// <summary>The relation that a name stands for in a search path.</summary>
    public static CatalogObject? FindRelation(Catalog catalog, string? schema, string name, FactList<string>? path)
    {
        IEnumerable<string> schemas = schema is null ? path ?? [] : [schema];
        return schemas.Select(place => catalog.FindRelation(ObjectId.Column(place, name, ""))).FirstOrDefault(found => found is { Facts: not CompositeTypeFacts });
    }

    /// <summary>What it takes to keep and restore the rows that a data change touches.</summary>
    /// <param name="step">The number of its step.</param>
    /// <param name="change">The data change.</param>
    /// <param name="from">The catalog before the plan.</param>
    /// <param name="to">The catalog after it.</param>
    /// <param name="path">The search path of the plan.</param>
    /// <exception cref="LockplaneException">LP203: they could not be restored without fail.</exception>
    public static KeptRows Of(int step, DataChange change, Catalog from, Catalog to, FactList<string>? path)
    {
        CatalogObject? found = FindRelation(from, change, path);
        string? fault = found is not { Facts: TableFacts table } ? "it is no table"
            : FaultOf(table, found.Id, from) ?? FaultOfOthers(found.Id, from)
            ?? (Around(found.Id, from).SequenceEqual(Around(found.Id, to)) ? null : "the plan changes it, or what refers to it, in other steps");
        return fault is null ? Of(step, found!.Id, from) : throw new LockplaneException(
            ErrorCodes.Dependency,
            $"Step {step}: the rows of {found?.Id.ToString() ?? change.Table} cannot be kept: {fault}.",
            hint: "Plan it without --keep-rows, in a plan of its own.");
    }

    /// <summary>What it takes to restore rows that a step of an applied plan kept, by the table as it is; null when it is not there, or has no primary key any more.</summary>
    public static KeptRows? Again(KeptRows kept, Catalog now) =>
        now.Find(ObjectId.Table(kept.Schema, kept.Table)) is { Facts: TableFacts } table && PrimaryKeyOf(table.Id, now) is not null ? Of(kept.Step, table.Id, now) : null;

    private static KeptRows Of(int step, ObjectId id, Catalog catalog)
    {
        TableFacts table = (TableFacts)catalog.Find(id)!.Facts;
        FactList<string> key = PrimaryKeyOf(id, catalog)?.Columns ?? [];
        ColumnFacts[] written = [.. table.Columns.Where(column => column.Generated is null)];
        return new KeptRows(
            step,
            id.Schema!,
            id.Name,
            // Types of others are written with their schema; their = need not be the one of the key.
            key.All(name => table.Find(name) is { } column && !column.Type.Contains('.', StringComparison.Ordinal)) ? key : [],
            [.. written.Where(column => column.Identity is not { Always: true }).Select(column => column.Name)],
            [.. written.Where(column => column.Identity is { Always: true }).Select(column => column.Name)]);
    }

    private static ConstraintFacts? PrimaryKeyOf(ObjectId table, Catalog catalog) =>
        catalog.ConstraintsOf(table).Select(item => (ConstraintFacts)item.Facts).FirstOrDefault(facts => facts.Type == ConstraintType.PrimaryKey);

    private static string? FaultOf(TableFacts table, ObjectId id, Catalog catalog) =>
        PrimaryKeyOf(id, catalog) is null ? "it has no primary key"
        : table.PartitionKey is not null || table.IsPartition ? "it is partitioned, or a partition"
        : table.Inherits.Count > 0 || catalog.ChildrenOf(id).Any() ? "it inherits, or is inherited from"
        : catalog.Objects.FirstOrDefault(item => item.Facts is TriggerFacts or RuleFacts && item.Id.IsPartOf(id)) is { } code ? $"{code.Id} may change other rows, or these again"
        : catalog.ConstraintsOf(id).FirstOrDefault(item => item.Facts is ConstraintFacts { InitiallyDeferred: true }) is { } late ? $"{late.Id} is checked at the end of the transaction"
        : null;

    private static string? FaultOfOthers(ObjectId id, Catalog catalog)
    {
        foreach (CatalogObject item in References(id, catalog))
        {
            ConstraintFacts facts = (ConstraintFacts)item.Facts;
            if (facts.InitiallyDeferred)
            {
                return $"{item.Id} is checked at the end of the transaction";
            }

            if (CascadedRows.Acts(facts.References!.OnDelete) || CascadedRows.Acts(facts.References.OnUpdate))
            {
                return $"{item.Id} changes rows of another table along with them";
            }
        }

        return null;
    }

    private static IEnumerable<CatalogObject> References(ObjectId id, Catalog catalog) =>
        catalog.Objects.Where(item => item.Facts is ConstraintFacts { References: { } references } && references.Schema == id.Schema && references.Table == id.Name);

    // The table, what is part of it, and the foreign keys that point at it.
    private static IEnumerable<CatalogObject> Around(ObjectId id, Catalog catalog) =>
        catalog.Objects.Where(item => item.Id == id || item.Id.IsPartOf(id) || (item.Facts is IndexFacts index && item.Id.Schema == id.Schema && index.Table == id.Name)).Concat(References(id, catalog));
}
