using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

internal sealed class PublicationKind : ObjectKind<PublicationFacts>
{
    public override string Name => "publication";

    protected override IEnumerable<string> Create(ObjectId id, PublicationFacts facts)
    {
        string what = facts.AllTables ? " FOR ALL TABLES" : Objects(facts) is { Length: > 0 } objects ? " FOR " + objects : "";
        yield return $"CREATE PUBLICATION {id.QualifiedName}{what} WITH ({Options(facts)})";
    }

    // A list of objects that becomes empty cannot be set.
    protected override IEnumerable<string>? Alter(ObjectId id, PublicationFacts old, PublicationFacts made)
    {
        bool otherObjects = Objects(old) != Objects(made);
        if (old.AllTables != made.AllTables || (otherObjects && Objects(made).Length == 0))
        {
            return null;
        }

        // Before 18 there is no such option.
        string options = Options(made) + (made.GeneratedColumns is null && old.GeneratedColumns is not null ? ", publish_generated_columns = none" : "");
        return
        [
            .. Options(old) == Options(made) ? Array.Empty<string>() : [$"ALTER PUBLICATION {id.QualifiedName} SET ({options})"],
            .. otherObjects ? [$"ALTER PUBLICATION {id.QualifiedName} SET {Objects(made)}"] : Array.Empty<string>(),
        ];
    }

    protected override StepDraft Judge(Difference difference, StepDraft draft, ObjectId id, PublicationFacts? old, PublicationFacts? made) =>
        old is null ? draft.With(Hazards.ChangesAccess, id) : draft.With(Hazards.ChangesAccess, id).With(Hazards.BreaksClients, id);

    private static string Objects(PublicationFacts facts) => string.Join(", ",
    [
        .. facts.Tables.Select(t => $"TABLE {t.Table}{(t.Columns.Count == 0 ? "" : $" ({Identifiers.QuoteList(t.Columns)})")}{(t.Where is null ? "" : $" WHERE ({t.Where})")}"),
        .. facts.Schemas.Select(schema => $"TABLES IN SCHEMA {Identifiers.Quote(schema)}"),
    ]);

    private static string Options(PublicationFacts facts) =>
        $"publish = '{facts.Publish}', publish_via_partition_root = {(facts.ViaPartitionRoot ? "true" : "false")}"
        + (facts.GeneratedColumns is null ? "" : $", publish_generated_columns = {facts.GeneratedColumns}");
}
