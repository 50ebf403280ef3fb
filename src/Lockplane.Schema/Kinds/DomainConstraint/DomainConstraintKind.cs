using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

internal sealed class DomainConstraintKind : ObjectKind<DomainConstraintFacts>
{
    public override string Name => "domain constraint";

    public override string Word => "CONSTRAINT";

    public override string Reference(ObjectId id) => $"{Identifiers.Quote(id.Part!)} ON DOMAIN {id.QualifiedName}";

    protected override IEnumerable<string> Create(ObjectId id, DomainConstraintFacts facts)
    {
        yield return $"ALTER DOMAIN {id.QualifiedName} ADD CONSTRAINT {Identifiers.Quote(id.Part!)} CHECK ({facts.Expression}){(facts.NotValid ? " NOT VALID" : "")}";
    }

    protected override IEnumerable<string>? Alter(ObjectId id, DomainConstraintFacts old, DomainConstraintFacts made)
    {
        if (old.Expression != made.Expression || (!old.NotValid && made.NotValid))
        {
            return null;
        }

        return old.NotValid == made.NotValid ? [] : [$"ALTER DOMAIN {id.QualifiedName} VALIDATE CONSTRAINT {Identifiers.Quote(id.Part!)}"];
    }

    protected override string Drop(ObjectId id, DomainConstraintFacts facts) => $"ALTER DOMAIN {id.QualifiedName} DROP CONSTRAINT {Identifiers.Quote(id.Part!)}";

    protected override StepDraft Judge(Difference difference, StepDraft draft, ObjectId id, DomainConstraintFacts? old, DomainConstraintFacts? made)
    {
        ObjectId domain = new("domain", id.Schema, id.Name);
        if (made is null)
        {
            return difference.IsRebuilt(id) ? draft : draft.With(Hazards.Weakens, id);
        }

        bool reads = difference.From.Contains(domain) && !difference.IsRebuilt(domain) && !made.NotValid;
        return reads ? Scanning(difference, draft.With(Hazards.CanFail, id), domain).Calling(difference.To, made.DependsOn) : draft;
    }

    /// <summary>The step reads every table that has a column of the domain, and nobody writes to them meanwhile.</summary>
    public static StepDraft Scanning(Difference difference, StepDraft draft, ObjectId domain) => Users(difference.From, domain)
        .Aggregate(draft, (step, table) => step.Locking(table, LockModes.Share, scans: true));

    /// <summary>The constraints of domains that a relation's columns hold in arrays or other types: Postgres adds none to them later. Spec: ALTER DOMAIN, Notes.</summary>
    public static IEnumerable<ObjectId> BeforeColumnsOf(Catalog catalog, RelationFacts relation)
    {
        HashSet<ObjectId> domains = [];
        HashSet<(ObjectId Type, bool IsInner)> seen = [];
        Stack<(ObjectId Type, bool IsInner)> open = new(Types(relation).Select(type => (type, relation.Columns.Any(column => column.Type.EndsWith(']') && column.Type.TrimEnd('[', ']') == type.QualifiedName))));
        while (open.TryPop(out (ObjectId Type, bool IsInner) next))
        {
            if (!seen.Add(next) || catalog.Find(next.Type) is not { } item)
            {
                continue;
            }

            if (item.Facts is DomainFacts && next.IsInner)
            {
                domains.Add(item.Id);
            }

            foreach (ObjectId inner in Types(item.Facts))
            {
                open.Push((inner, true));
            }
        }

        return domains.Count == 0 ? [] : catalog.OfKind("domain constraint").Where(item => domains.Contains(new ObjectId("domain", item.Id.Schema, item.Id.Name))).Select(item => item.Id);
    }

    private static IEnumerable<ObjectId> Types(ObjectFacts facts) => facts.DependsOn.Where(needed => needed.Kind is "domain" or "composite type" or "range type" or "table");

    // Also by way of other types.
    private static IEnumerable<ObjectId> Users(Catalog catalog, ObjectId domain)
    {
        HashSet<ObjectId> types = [domain];
        int before;
        do
        {
            before = types.Count;
            types.UnionWith(catalog.Objects.Where(o => o.Facts is DomainFacts or CompositeTypeFacts or RangeTypeFacts && o.Facts.DependsOn.Any(types.Contains)).Select(o => o.Id));
        }
        while (types.Count > before);

        return catalog.Objects.Where(o => o.Facts is TableFacts && o.Facts.DependsOn.Any(types.Contains)).Select(o => o.Id);
    }
}
