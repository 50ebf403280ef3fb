using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

internal sealed class EnumKind : ObjectKind<EnumFacts>
{
    public override string Name => "enum";

    public override string Word => "TYPE";

    public override string? GrantWord => "TYPE";

    protected override IEnumerable<string> Create(ObjectId id, EnumFacts facts)
    {
        yield return $"CREATE TYPE {id.QualifiedName} AS ENUM ({string.Join(", ", facts.Values.Select(Identifiers.QuoteLiteral))})";
    }

    // Values can be added at any place; none can be taken away or moved.
    protected override IEnumerable<string>? Alter(ObjectId id, EnumFacts old, EnumFacts made)
    {
        HashSet<string> known = [.. old.Values];
        if (!made.Values.Where(known.Contains).SequenceEqual(old.Values))
        {
            return null;
        }

        // From the front: what stands before a new value is there by then.
        return [.. made.Values.Select((value, i) => (value, i)).Where(v => !known.Contains(v.value)).Select(v => Add(id, made.Values, v.i, old.Values))];
    }

    private static string Add(ObjectId id, FactList<string> values, int place, FactList<string> old)
    {
        string where = place > 0
            ? $" AFTER {Identifiers.QuoteLiteral(values[place - 1])}"
            : old.Count > 0 ? $" BEFORE {Identifiers.QuoteLiteral(old[0])}" : "";
        return $"ALTER TYPE {id.QualifiedName} ADD VALUE {Identifiers.QuoteLiteral(values[place])}{where}";
    }

    protected override StepDraft Judge(Difference difference, StepDraft draft, ObjectId id, EnumFacts? old, EnumFacts? made) =>
        old is not null && made is null ? draft.With(Hazards.BreaksClients, id) : draft;
}
