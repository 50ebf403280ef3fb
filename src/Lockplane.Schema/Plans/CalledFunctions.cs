using System.Collections.Frozen;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Dsl;
using Lockplane.Schema.Kinds;
using Lockplane.Sql.Statements;

namespace Lockplane.Schema.Plans;

/// <summary>Which of the database's own functions run while a plan is applied, with the rights of who applies: not by what a statement says, which can name them in many ways, but by what the catalog has.</summary>
internal static class CalledFunctions
{
    // Statements that evaluate what they hold; of others that stand alone the effect on the catalog tells.
    private static readonly FrozenSet<string> Evaluating = FrozenSet.Create(
        StringComparer.Ordinal, "CreateTableAsStmt", "SelectStmt", "RefreshMatViewStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "TruncateStmt", "ClusterStmt", "ReindexStmt", "AlterTableStmt", "CreateStmt", "DefineStmt");

    private static readonly FrozenSet<string> Querying = FrozenSet.Create(
        StringComparer.Ordinal, "CreateTableAsStmt", "SelectStmt", "RefreshMatViewStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "ViewStmt");

    // Every relation has them. Spec: System Columns.
    private static readonly FrozenSet<string> SystemColumns = FrozenSet.Create(StringComparer.Ordinal, "ctid", "xmin", "xmax", "cmin", "cmax", "tableoid");

    // What a view reads by these runs a text, or reaches elsewhere.
    private static readonly FrozenSet<string> RunningTexts = FrozenSet.Create(StringComparer.Ordinal, "dblink", "tablefunc", "xml2");

    /// <summary>The step evaluates something that needs these: it has the hazard for each function among them, or behind them.</summary>
    public static StepDraft Calling(this StepDraft draft, Catalog catalog, IEnumerable<ObjectId> needs) =>
        Reached(catalog, needs).Aggregate(draft, (step, function) => step.With(Hazards.CallsFunctions, function));

    /// <summary>The step with what the indexes call of the relations that it writes anew.</summary>
    public static StepDraft Rebuilding(StepDraft draft, Catalog catalog) => draft.Rewrites.IsEmpty ? draft : draft.Calling(catalog, draft.Rewrites
        .Select(catalog.FindLockable).OfType<CatalogObject>().SelectMany(item => catalog.PartsOf(item.Id)).SelectMany(part => catalog.Find(part)!.Facts switch
        {
            IndexFacts or ConstraintFacts { Type: not (ConstraintType.Check or ConstraintType.ForeignKey) } => catalog.Find(part)!.Facts.DependsOn,
            _ => [],
        }));

    /// <summary>What it takes to say which partition a row belongs to.</summary>
    public static IEnumerable<ObjectId> OfPartitionKeys(Catalog catalog, ObjectId table) => catalog.Find(table)?.Facts is not TableFacts facts ? []
        : (facts.PartitionKey is null ? [] : facts.DependsOn.Where(needed => needed.Kind is "function" or "operator class")).Concat(facts.IsPartition ? OfPartitionKeys(catalog, facts.Inherits[0]) : []);

    /// <summary>What a statement of a person can call, the rows that it changes included. A name that two things have is taken for the one that is called.</summary>
    /// <param name="statement">The statement.</param>
    /// <param name="before">The statements of its plan that come before it.</param>
    /// <param name="alone">It is the only one of its plan: then what it leaves in the catalog tells what it has called for that.</param>
    /// <param name="changed">The relations whose rows it changes or writes anew, and those that change along.</param>
    /// <param name="catalogs">Before the plan and after it.</param>
    public static IEnumerable<ObjectId> Of(JudgedStatement statement, IEnumerable<JudgedStatement> before, bool alone, IReadOnlyCollection<ObjectId> changed, params Catalog[] catalogs)
    {
        Statement facts = statement.Facts;
        if (alone && !Evaluating.Contains(facts.Kind))
        {
            return [];
        }

        // What another statement makes or names anew stands in neither catalog under that name.
        ObjectId[] unknown = Evaluating.Contains(facts.Kind) || facts.Kind is "IndexStmt" or "AlterDomainStmt"
            ? [.. before.Where(other => Hides(other, Querying.Contains(facts.Kind))).Select(other => new ObjectId("function", null, $"that {other.Description} names")).Distinct()] : [];
        return catalogs.SelectMany(catalog => Reached(catalog, catalog.Objects.Where(item => IsNamed(item, statement, alone)).SelectMany(Called).Concat(OfRows(catalog, changed, statement)).Concat(OfPolicies(catalog, facts))))
            .Concat(OfAttributes(facts, catalogs)).Concat(unknown).Distinct().Order();
    }

    private static bool Hides(JudgedStatement other, bool fromQuery) => other.Facts.Kind switch
    {
        "DefineStmt" or "CreateCastStmt" or "CreateOpClassStmt" or "AlterOpFamilyStmt" => true,
        "RenameStmt" or "AlterObjectSchemaStmt" => other.Rename?.Type switch
        {
            "OBJECT_TABLE" or "OBJECT_VIEW" => fromQuery,
            "OBJECT_COLUMN" or "OBJECT_ATTRIBUTE" or "OBJECT_TABCONSTRAINT" or "OBJECT_DOMCONSTRAINT" or "OBJECT_TRIGGER" or "OBJECT_POLICY" or "OBJECT_RULE" or "OBJECT_INDEX" or "OBJECT_SEQUENCE" or "OBJECT_MATVIEW" or "OBJECT_FOREIGN_TABLE" => false,
            _ => true,
        },
        _ => false,
    };

    private static IEnumerable<ObjectId> OfAttributes(Statement facts, Catalog[] catalogs)
    {
        string[] open = [.. facts.Attributes.Select(attribute => attribute.Name).Where(name => !SystemColumns.Contains(name) && !CallRules.IsHarmless(name))];
        if (open.Length == 0)
        {
            return [];
        }

        HashSet<string> columns = [.. catalogs.SelectMany(catalog => catalog.Objects).Select(item => item.Facts).OfType<RelationFacts>().SelectMany(relation => relation.Columns).Select(column => column.Name)];
        return open.Where(name => !columns.Contains(name)).Select(name => new ObjectId("function", null, name));
    }

    // Casts and the checks of domains are taken without being named.
    private static bool IsNamed(CatalogObject item, JudgedStatement statement, bool alone)
    {
        Statement facts = statement.Facts;
        bool evaluates = Querying.Contains(facts.Kind) || !alone || facts.Node("PartitionBoundSpec") is not null;
        return item.Id.Kind switch
        {
            "function" or "procedure" or "aggregate" => facts.Calls.Any(call => call.Form != CallForm.Grammar && call.Name == item.Id.Name && call.Schema != "pg_catalog")
                || facts.Attributes.Any(attribute => attribute.Name == item.Id.Name),
            "operator" => facts.Operators.Any(used => used.Name == item.Id.Name && used.Schema != "pg_catalog"),
            "cast" => (evaluates && facts.Kind is not "CreateStmt" and not "AlterTableStmt") || facts.Node("PartitionBoundSpec") is not null || statement.Hazards.Any(hazard => hazard.Name == Hazards.ConvertsData.Name),
            "domain" or "composite type" or "range type" or "table" or "foreign table" => (evaluates || facts.Kind != "CreateStmt") && IsNamedAsType(item, facts),
            "view" => Querying.Contains(facts.Kind) && IsRead(item.Id, facts),
            "materialized view" => facts.Kind == "RefreshMatViewStmt" && IsRead(item.Id, facts),
            _ => false,
        };
    }

    // An array's type has the name of the element's behind underscores; a table is the type of its rows.
    private static bool IsNamedAsType(CatalogObject item, Statement facts) => facts.Types.Any(type => type.Name.TrimStart('_') is var name
        && (name == item.Id.Name.TrimStart('_') || (item.Facts is RangeTypeFacts range && range.Multirange.EndsWith(name, StringComparison.Ordinal))));

    private static bool IsRead(ObjectId id, Statement facts) => facts.Relations.Any(relation => relation.Name == id.Name && (relation.Schema ?? id.Schema) == id.Schema);

    private static IEnumerable<ObjectId> Called(CatalogObject item) => item.Facts switch
    {
        MaterializedViewFacts => item.Facts.DependsOn,
        TableFacts or ForeignTableFacts => item.Facts.DependsOn.Where(needed => needed.Kind is "domain" or "composite type" or "range type"),
        _ => [item.Id],
    };

    // What runs for each row: checks and indexes, and where rows change, triggers, rules, policies, defaults.
    private static IEnumerable<ObjectId> OfRows(Catalog catalog, IReadOnlyCollection<ObjectId> changed, JudgedStatement statement)
    {
        ObjectId[] tables = [.. changed.Concat(changed.SelectMany(catalog.DescendantsOf)).Distinct()];
        IEnumerable<ObjectId> built = tables.SelectMany(table => catalog.PartsOf(table).SelectMany(part => catalog.Find(part)!.Facts.DependsOn).Concat(OfPartitionKeys(catalog, table)));
        if (statement.Change is null && statement.Facts.Kind != "TruncateStmt")
        {
            return built;
        }

        return built
            .Concat(((string[])["trigger", "rule", "policy"]).SelectMany(catalog.OfKind).Where(item => tables.Any(item.Id.IsPartOf)).SelectMany(item => item.Facts.DependsOn))
            .Concat(tables.Select(catalog.Find).OfType<CatalogObject>().SelectMany(item => item.Facts is RelationFacts table ? table.Columns.SelectMany(column => column.DependsOn).Concat(item.Facts.DependsOn) : []));
    }

    // They hold for who does not own the table.
    private static IEnumerable<ObjectId> OfPolicies(Catalog catalog, Statement facts)
    {
        CatalogObject[] policies = Querying.Contains(facts.Kind) ? [.. catalog.OfKind("policy")] : [];
        return policies.Length == 0 ? [] : facts.Relations.SelectMany(relation => catalog.Objects.Where(item => item.Facts is RelationFacts && item.Id.Name == relation.Name && (relation.Schema ?? item.Id.Schema) == item.Id.Schema))
            .SelectMany(item => ViewParts.TablesBehind(catalog, item.Id)).Distinct().SelectMany(table => policies.Where(policy => policy.Id.IsPartOf(table))).SelectMany(policy => policy.Facts.DependsOn);
    }

    private static SortedSet<ObjectId> Reached(Catalog catalog, IEnumerable<ObjectId> needs)
    {
        HashSet<ObjectId> seen = [];
        SortedSet<ObjectId> found = [];
        Stack<ObjectId> open = new(needs);
        while (open.TryPop(out ObjectId? id))
        {
            if (!seen.Add(id))
            {
                continue;
            }

            if (id.Kind is "function" or "procedure" or "aggregate" or "operator" or "operator class" or "cast" || (id.Kind == "extension" && RunningTexts.Contains(id.Name)))
            {
                found.Add(id);
            }

            foreach (ObjectId next in Behind(catalog, id))
            {
                open.Push(next);
            }
        }

        return found;
    }

    // Reading a table runs nothing; reading a view runs what it reads by, and a value of a type its checks.
    private static IEnumerable<ObjectId> Behind(Catalog catalog, ObjectId id) => (id.Kind == "column" ? catalog.FindRelation(id) : catalog.Find(id)) switch
    {
        { Facts: ViewFacts } view when id.Kind == "column" => [view.Id],
        { Facts: ViewFacts or CompositeTypeFacts or RangeTypeFacts } item when id.Kind != "column" => item.Facts.DependsOn,
        { Facts: DomainFacts domain } => domain.DependsOn.Concat(catalog.OfKind("domain constraint").Where(item => item.Id.Schema == id.Schema && item.Id.Name == id.Name).SelectMany(item => item.Facts.DependsOn)),
        _ => [],
    };
}
