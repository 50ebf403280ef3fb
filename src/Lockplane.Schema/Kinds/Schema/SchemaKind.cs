using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql.Errors;

namespace Lockplane.Schema.Kinds;

internal sealed class SchemaKind : ObjectKind
{
    public override string Name => "schema";

    public override Type FactsType => typeof(SchemaFacts);

    public override string? GrantWord => "SCHEMA";

    public override Phase PhaseOf(ObjectFacts facts) => Phase.CreateSchemas;

    public override bool CanAlter(ObjectId id, ObjectFacts old, ObjectFacts made) => true;

    public override IEnumerable<StepDraft> Steps(Difference difference)
    {
        foreach ((ObjectId id, SchemaFacts? old, SchemaFacts? made) in difference.Each<SchemaFacts>())
        {
            if (old is null)
            {
                yield return new StepDraft(Phase.CreateSchemas, $"create {id}", $"CREATE SCHEMA {id.QualifiedName}", $"{id} is wanted and not there") { Subject = id };
            }
            else if (made is null)
            {
                yield return Drop(id, difference.From) with { Subject = id };
            }
        }
    }

    private static StepDraft Drop(ObjectId id, Catalog from)
    {
        UnmodelledObject? inside = from.Unmodelled.FirstOrDefault(u => u.Schema == id.Name && u.On is null);
        if (inside is not null)
        {
            throw new LockplaneException(
                ErrorCodes.Unreadable, $"{id} is to be dropped, but holds {inside}, which is not modelled and is left alone.",
                hint: $"Keep {id}, or drop {inside} first with a plan of statements.");
        }

        return new StepDraft(Phase.DropSchemas, $"drop {id}", $"DROP SCHEMA {id.QualifiedName}", $"{id} is there and not wanted")
            .With(Hazards.BreaksClients, id);
    }
}
