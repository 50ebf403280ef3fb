using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

internal sealed class RuleKind : ObjectKind<RuleFacts>
{
    public override string Name => "rule";

    public override string Reference(ObjectId id) => $"{Identifiers.Quote(id.Part!)} ON {id.QualifiedName}";

    protected override IEnumerable<string> Create(ObjectId id, RuleFacts facts) =>
        [$"CREATE RULE {Identifiers.Quote(id.Part!)} AS\n    {facts.Definition}", .. facts.Enabled is null ? Array.Empty<string>() : [Enable(id, facts)]];

    protected override IEnumerable<string>? Alter(ObjectId id, RuleFacts old, RuleFacts made)
    {
        // OR REPLACE leaves it as enabled as it was.
        return
        [
            .. old.Definition == made.Definition ? Array.Empty<string>() : [$"CREATE OR REPLACE RULE {Identifiers.Quote(id.Part!)} AS\n    {made.Definition}"],
            .. old.Enabled == made.Enabled ? Array.Empty<string>() : [Enable(id, made)],
        ];
    }

    protected override StepDraft Judge(Difference difference, StepDraft draft, ObjectId id, RuleFacts? old, RuleFacts? made)
    {
        ObjectId table = ObjectId.Table(id.Schema!, id.Name);
        draft = draft.Locking(table, LockModes.AccessExclusive);
        return made is null ? draft.With(Hazards.Weakens, id) : draft.With(Hazards.BringsCode, id);
    }

    private static string Enable(ObjectId id, RuleFacts facts) => $"ALTER TABLE {id.QualifiedName} {EnabledSql.Word(facts.Enabled)} RULE {Identifiers.Quote(id.Part!)}";
}
