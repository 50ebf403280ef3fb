using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;

namespace Lockplane.Schema.Kinds;

/// <summary>A kind whose objects are made by one statement and never altered.</summary>
internal class DefinedKind(string name, string? grantWord = null) : ObjectKind<DefinedFacts>
{
    public override string Name => name;

    public override string? GrantWord => grantWord;

    protected override IEnumerable<string> Create(ObjectId id, DefinedFacts facts)
    {
        string kind = (facts.Default ? "DEFAULT " : "") + (facts.Trusted ? "TRUSTED " : "") + Word;
        yield return $"CREATE {kind} {MadeName(id)} {facts.Definition}";
        foreach (string member in facts.Members)
        {
            yield return $"ALTER {Word} {Reference(id)} ADD MAPPING {member}";
        }
    }

    /// <summary>The name in CREATE.</summary>
    protected virtual string MadeName(ObjectId id) => Reference(id);

    protected override StepDraft Judge(Difference difference, StepDraft draft, ObjectId id, DefinedFacts? old, DefinedFacts? made) =>
        made is null ? draft.With(Hazards.BreaksClients, id) : Name is "language" or "access method" ? draft.With(Hazards.BringsCode, id) : draft;
}
