using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

internal sealed class SubscriptionKind : ObjectKind<SubscriptionFacts>
{
    public override string Name => "subscription";

    // A connection string of one part, since Postgres refuses what is none; connect = false also leaves it disabled, without a slot and without rows.
    protected override IEnumerable<string> Create(ObjectId id, SubscriptionFacts facts)
    {
        string connection = Identifiers.QuoteLiteral("dbname=" + OptionSql.Placeholder(id.Name, "connection"));
        yield return $"CREATE SUBSCRIPTION {id.QualifiedName} CONNECTION {connection} PUBLICATION {Identifiers.QuoteList(facts.Publications)} WITH (connect = false, {Options(facts.Options)})";
    }

    protected override IEnumerable<string>? Alter(ObjectId id, SubscriptionFacts old, SubscriptionFacts made)
    {
        OptionFacts[] changed = [.. made.Options.Except(old.Options)];
        if (changed.Any(o => o.Name == "two_phase"))
        {
            return null;
        }

        return
        [
            .. old.Publications == made.Publications
                ? Array.Empty<string>() : [$"ALTER SUBSCRIPTION {id.QualifiedName} SET PUBLICATION {Identifiers.QuoteList(made.Publications)} WITH (refresh = false)"],
            .. changed.Length == 0 ? Array.Empty<string>() : [$"ALTER SUBSCRIPTION {id.QualifiedName} SET ({Options(changed)})"],
        ];
    }

    // Without its slot it can be dropped in a transaction, and the publisher is not asked.
    protected override IEnumerable<StepDraft> Steps(Difference difference, ObjectId id, SubscriptionFacts? old, SubscriptionFacts? made)
    {
        if (old is not null && (made is null || difference.IsRebuilt(id)))
        {
            foreach (string change in new[] { "DISABLE", "SET (slot_name = NONE)" })
            {
                yield return new StepDraft(Phase.DropViews, $"release {id}", $"ALTER SUBSCRIPTION {id.QualifiedName} {change}", "its slot stays at the publisher")
                    .With(Hazards.BreaksClients, id);
            }
        }

        foreach (StepDraft draft in base.Steps(difference, id, old, made))
        {
            yield return draft;
        }
    }

    protected override StepDraft Judge(Difference difference, StepDraft draft, ObjectId id, SubscriptionFacts? old, SubscriptionFacts? made) =>
        made is null ? draft.With(Hazards.BreaksClients, id).Losing($"the position and the connection of {id}") : draft;

    private static string Options(IEnumerable<OptionFacts> options) => string.Join(", ", options.Select(o =>
        $"{o.Name} = {(o.Name == "slot_name" && string.IsNullOrEmpty(o.Value) ? "NONE" : Identifiers.QuoteLiteral(o.Value ?? ""))}"));
}
