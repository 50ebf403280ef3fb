using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;

namespace Lockplane.Schema.Kinds;

/// <summary>Functions and procedures.</summary>
internal sealed class FunctionKind(string name) : ObjectKind<FunctionFacts>
{
    public override string Name => name;

    public override string? GrantWord => Word;

    // Postgres reads a body that is a text when the function is made, and knows nothing of what it needs: all else comes first.
    public override Phase PhaseOf(ObjectFacts facts) => ((FunctionFacts)facts).HidesItsNeeds ? Phase.CreateFunctions : Phase.CreateTypes;

    protected override IEnumerable<string> Create(ObjectId id, FunctionFacts facts)
    {
        yield return FunctionSql.Create(Word, id, facts, replace: false);
    }

    protected override IEnumerable<string>? Alter(ObjectId id, FunctionFacts old, FunctionFacts made) => !CanReplace(old, made)
        ? null
        :
        [
            FunctionSql.Create(Word, id, made, replace: true),

            // The replacement forgets them.
            .. made.DependsOnExtensions.Select(extension => CommonSql.DependsOnExtension(this, id, extension)),
        ];

    // What CREATE OR REPLACE refuses: another result, another name of an argument, a default less.
    private static bool CanReplace(FunctionFacts old, FunctionFacts made) =>
        old.Result == made.Result && old.Window == made.Window && old.Arguments.Count == made.Arguments.Count
        && old.Arguments.Zip(made.Arguments).All(pair => CanReplace(pair.First, pair.Second));

    private static bool CanReplace(ArgumentFacts old, ArgumentFacts made) =>
        old.Mode == made.Mode && old.Type == made.Type && (old.Name is null ? old.Mode is null or "VARIADIC" || made.Name is null : old.Name == made.Name)
        && (old.Default is null || made.Default is not null);

    protected override StepDraft Judge(Difference difference, StepDraft draft, ObjectId id, FunctionFacts? old, FunctionFacts? made)
    {
        if (made is null)
        {
            return draft.With(Hazards.BreaksClients, id);
        }

        StepDraft coded = draft.With(Hazards.BringsCode, id);
        return made.SecurityDefiner ? coded.With(Hazards.ChangesAccess, id) : coded;
    }
}
