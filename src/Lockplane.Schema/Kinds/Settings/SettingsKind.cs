using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;

namespace Lockplane.Schema.Kinds;

internal sealed class SettingsKind : ObjectKind
{
    public override string Name => "settings";

    public override Type FactsType => typeof(SettingsFacts);

    public override Phase PhaseOf(ObjectFacts facts) => Phase.SetDefaults;

    public override bool CanAlter(ObjectId id, ObjectFacts old, ObjectFacts made) => true;

    public override IEnumerable<StepDraft> Steps(Difference difference) => difference.Each<SettingsFacts>()
        .SelectMany(o => Steps(o.Id, o.Old?.Settings ?? default, o.Made?.Settings ?? default), (o, draft) => draft with { Subject = o.Id });

    // search_path and the names that policies read decide what a session sees.
    private static IEnumerable<StepDraft> Steps(ObjectId id, FactList<OptionFacts> old, FactList<OptionFacts> made)
    {
        foreach (string gone in old.Select(s => s.Name).Except(made.Select(s => s.Name)))
        {
            yield return new StepDraft(Phase.SetDefaults, $"reset {gone} in {id}", SettingsSql.Reset(id, gone), "it is not to be set").With(Hazards.BreaksClients, id).With(Hazards.ChangesAccess, id);
        }

        foreach (OptionFacts setting in made.Except(old))
        {
            yield return new StepDraft(Phase.SetDefaults, $"set {setting.Name} in {id}", SettingsSql.Set(id, setting), "it differs").With(Hazards.BreaksClients, id).With(Hazards.ChangesAccess, id);
        }
    }
}
