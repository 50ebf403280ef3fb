using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;

namespace Lockplane.Schema.Kinds;

internal sealed class OperatorFamilyKind : ObjectKind<OperatorFamilyFacts>
{
    public override string Name => "operator family";

    protected override IEnumerable<string> Create(ObjectId id, OperatorFamilyFacts facts)
    {
        yield return $"CREATE OPERATOR FAMILY {id.QualifiedName}";
        if (facts.Members.Count > 0)
        {
            yield return $"ALTER OPERATOR FAMILY {id.QualifiedName} ADD\n    {string.Join(",\n    ", facts.Members)}";
        }
    }

    protected override StepDraft Judge(Difference difference, StepDraft draft, ObjectId id, OperatorFamilyFacts? old, OperatorFamilyFacts? made) =>
        made is null ? draft.With(Hazards.BreaksClients, id) : draft;
}
