using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

internal sealed class TriggerKind : ObjectKind<TriggerFacts>
{
    public override string Name => "trigger";

    public override string Reference(ObjectId id) => $"{Identifiers.Quote(id.Part!)} ON {id.QualifiedName}";

    protected override IEnumerable<string> Create(ObjectId id, TriggerFacts facts) => facts.FromParent
        ? [Enable(id, facts.Enabled)]
        : [Definition(id, facts, replace: false), .. facts.Enabled is null ? Array.Empty<string>() : [Enable(id, facts.Enabled)]];

    // A constraint trigger cannot be replaced; a replaced trigger fires as a new one does.
    protected override IEnumerable<string>? Alter(ObjectId id, TriggerFacts old, TriggerFacts made)
    {
        if (old.FromParent != made.FromParent || (old.Definition != made.Definition && (old.Constraint || made.Constraint)))
        {
            return null;
        }

        bool replaced = old.Definition != made.Definition;
        return
        [
            .. replaced ? [Definition(id, made, replace: true)] : Array.Empty<string>(),
            .. (replaced ? null : old.Enabled) == made.Enabled ? Array.Empty<string>() : [Enable(id, made.Enabled)],
        ];
    }

    protected override IEnumerable<StepDraft> Steps(Difference difference, ObjectId id, TriggerFacts? old, TriggerFacts? made)
    {
        bool follows = (old ?? made)!.FromParent && (made ?? old)!.FromParent;
        return follows ? Follow(difference, id, old, made) : base.Steps(difference, id, old, made);
    }

    protected override StepDraft Judge(Difference difference, StepDraft draft, ObjectId id, TriggerFacts? old, TriggerFacts? made)
    {
        draft = draft.Locking(ObjectId.Table(id.Schema!, id.Name), made is null ? LockModes.AccessExclusive : LockModes.ShareRowExclusive);
        return made?.Definition is null || made.Enabled == "disabled" ? draft.With(Hazards.Weakens, id) : draft.With(Hazards.BringsCode, id);
    }

    // It is neither made nor dropped: what its parent's trigger does, it does too, and is then set again.
    private IEnumerable<StepDraft> Follow(Difference difference, ObjectId id, TriggerFacts? old, TriggerFacts? made)
    {
        ObjectId? parent = (made ?? old)!.DependsOn.FirstOrDefault(needed => needed.Kind == Name);
        TriggerFacts? before = parent is null ? null : difference.From.Find(parent)?.Facts as TriggerFacts;
        TriggerFacts? after = parent is null ? null : difference.To.Find(parent)?.Facts as TriggerFacts;
        bool parentChanges = parent is not null && (before is null || after is null || difference.IsRebuilt(parent) || !before.Own().Equals(after.Own()));
        bool tableStays = difference.To.FindRelation(id) is not null;
        string? state = made is not null ? made.Enabled : after?.Enabled;
        if (made is null ? after is not null && tableStays : old is null || parentChanges || difference.IsRebuilt(id) || old.Enabled != made.Enabled)
        {
            yield return Judge(difference, new StepDraft(Phase.CreateViews, $"alter {id}", Enable(id, state), "it does not fire as it should") { After = [.. difference.Moved.AttachmentsAbove(ObjectId.Table(id.Schema!, id.Name))] }, id, old, made);
        }
    }

    private static string Definition(ObjectId id, TriggerFacts facts, bool replace) =>
        $"CREATE {(replace ? "OR REPLACE " : "")}{(facts.Constraint ? "CONSTRAINT " : "")}TRIGGER {Identifiers.Quote(id.Part!)} {facts.Definition}";

    private static string Enable(ObjectId id, string? enabled) => $"ALTER TABLE {id.QualifiedName} {EnabledSql.Word(enabled)} TRIGGER {Identifiers.Quote(id.Part!)}";
}
