using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;

namespace Lockplane.Schema.Kinds;

internal sealed class ForeignDataWrapperKind : ObjectKind<ForeignDataWrapperFacts>
{
    public override string Name => "foreign data wrapper";

    public override string? GrantWord => "FOREIGN DATA WRAPPER";

    protected override IEnumerable<string> Create(ObjectId id, ForeignDataWrapperFacts facts)
    {
        string functions = (facts.Handler is null ? "" : " HANDLER " + facts.Handler) + (facts.Validator is null ? "" : " VALIDATOR " + facts.Validator);
        yield return $"CREATE FOREIGN DATA WRAPPER {id.QualifiedName}{functions}{OptionSql.Create(facts.Options, id.Name)}";
    }

    protected override IEnumerable<string>? Alter(ObjectId id, ForeignDataWrapperFacts old, ForeignDataWrapperFacts made)
    {
        string handler = old.Handler == made.Handler ? "" : made.Handler is null ? " NO HANDLER" : " HANDLER " + made.Handler;
        string validator = old.Validator == made.Validator ? "" : made.Validator is null ? " NO VALIDATOR" : " VALIDATOR " + made.Validator;
        return [$"ALTER FOREIGN DATA WRAPPER {id.QualifiedName}{handler}{validator}{OptionSql.Change(old.Options, made.Options, id.Name)}"];
    }

    protected override StepDraft Judge(Difference difference, StepDraft draft, ObjectId id, ForeignDataWrapperFacts? old, ForeignDataWrapperFacts? made) =>
        made is null ? draft.With(Hazards.BreaksClients, id) : draft.With(Hazards.BringsCode, id);
}
