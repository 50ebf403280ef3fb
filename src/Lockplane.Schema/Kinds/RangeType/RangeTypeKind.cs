using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;

namespace Lockplane.Schema.Kinds;

internal sealed class RangeTypeKind : ObjectKind<RangeTypeFacts>
{
    public override string Name => "range type";

    public override string Word => "TYPE";

    public override string? GrantWord => "TYPE";

    protected override IEnumerable<string> Create(ObjectId id, RangeTypeFacts facts)
    {
        (string Name, string? Value)[] options =
        [
            ("SUBTYPE", facts.Subtype), ("SUBTYPE_OPCLASS", facts.OperatorClass), ("COLLATION", facts.Collation), ("CANONICAL", facts.Canonical),
            ("SUBTYPE_DIFF", facts.SubtypeDiff), ("MULTIRANGE_TYPE_NAME", facts.Multirange),
        ];
        yield return $"CREATE TYPE {id.QualifiedName} AS RANGE ({string.Join(", ", options.Where(o => o.Value is not null).Select(o => $"{o.Name} = {o.Value}"))})";
    }

    protected override StepDraft Judge(Difference difference, StepDraft draft, ObjectId id, RangeTypeFacts? old, RangeTypeFacts? made) =>
        old is not null && made is null ? draft.With(Hazards.BreaksClients, id) : draft;
}
