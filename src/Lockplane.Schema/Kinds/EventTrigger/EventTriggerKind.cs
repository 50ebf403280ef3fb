using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

internal sealed class EventTriggerKind : ObjectKind<EventTriggerFacts>
{
    public override string Name => "event trigger";

    // It would fire on the statements that make the rest.
    public override Phase PhaseOf(ObjectFacts facts) => Phase.SetDefaults;

    protected override IEnumerable<string> Create(ObjectId id, EventTriggerFacts facts)
    {
        string tags = facts.Tags.Count == 0 ? "" : $" WHEN TAG IN ({string.Join(", ", facts.Tags.Select(Identifiers.QuoteLiteral))})";
        yield return $"CREATE EVENT TRIGGER {id.QualifiedName} ON {facts.Event}{tags} EXECUTE FUNCTION {facts.Function}()";
        if (facts.Enabled is not null)
        {
            yield return Enable(id, facts);
        }
    }

    protected override IEnumerable<string>? Alter(ObjectId id, EventTriggerFacts old, EventTriggerFacts made) =>
        ((EventTriggerFacts)old.Own() with { Enabled = made.Enabled }).Equals(made.Own()) ? [Enable(id, made)] : null;

    protected override StepDraft Judge(Difference difference, StepDraft draft, ObjectId id, EventTriggerFacts? old, EventTriggerFacts? made) =>
        made is null || made.Enabled == "disabled" ? draft.With(Hazards.Weakens, id) : draft.With(Hazards.BringsCode, id);

    private static string Enable(ObjectId id, EventTriggerFacts facts) => $"ALTER EVENT TRIGGER {id.QualifiedName} {EnabledSql.Word(facts.Enabled)}";
}
