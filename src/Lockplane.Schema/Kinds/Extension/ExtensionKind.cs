using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

internal sealed class ExtensionKind : ObjectKind<ExtensionFacts>
{
    /// <summary>What every new database has.</summary>
    public static readonly CatalogObject PlPgSql = new(new ObjectId("extension", null, "plpgsql"), new ExtensionFacts { Schema = "pg_catalog" });

    public override string Name => "extension";

    protected override IEnumerable<string> Create(ObjectId id, ExtensionFacts facts)
    {
        yield return $"CREATE EXTENSION {id.QualifiedName} WITH SCHEMA {Identifiers.Quote(facts.Schema)}";
    }

    protected override IEnumerable<string>? Alter(ObjectId id, ExtensionFacts old, ExtensionFacts made) => old.Relocatable && made.Relocatable
        ? [$"ALTER EXTENSION {id.QualifiedName} SET SCHEMA {Identifiers.Quote(made.Schema)}"]
        : null;

    protected override StepDraft Judge(Difference difference, StepDraft draft, ObjectId id, ExtensionFacts? old, ExtensionFacts? made) => (old, made) switch
    {
        (null, _) => draft.With(Hazards.BringsCode, id),
        (_, null) => draft.With(Hazards.DropsData, id).With(Hazards.BreaksClients, id).Losing($"what the members of {id} store"),
        _ => draft.With(Hazards.BreaksClients, id),
    };
}
