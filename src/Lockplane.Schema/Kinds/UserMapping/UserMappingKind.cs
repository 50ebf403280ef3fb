using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

internal sealed class UserMappingKind : ObjectKind<UserMappingFacts>
{
    public override string Name => "user mapping";

    public override string Reference(ObjectId id) => $"FOR {CommonSql.Role(id.Part!)} SERVER {Identifiers.Quote(id.Name)}";

    protected override IEnumerable<string> Create(ObjectId id, UserMappingFacts facts) =>
        [$"CREATE USER MAPPING {Reference(id)}{OptionSql.Create(facts.Options, id.Name, id.Part!)}"];

    protected override StepDraft Judge(Difference difference, StepDraft draft, ObjectId id, UserMappingFacts? old, UserMappingFacts? made) =>
        made is null ? draft.With(Hazards.BreaksClients, id).Losing($"the options of {id}, which are secret") : draft.With(Hazards.ChangesAccess, id);
}
