using System.Text;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

internal sealed class DomainKind : ObjectKind<DomainFacts>
{
    public override string Name => "domain";

    public override string? GrantWord => "DOMAIN";

    protected override IEnumerable<string> Create(ObjectId id, DomainFacts facts)
    {
        StringBuilder text = new($"CREATE DOMAIN {id.QualifiedName} AS {facts.Type}");
        text.Append(facts.Collation is null ? "" : $" COLLATE {facts.Collation}");
        text.Append(facts.Default is null ? "" : $" DEFAULT {facts.Default}");
        if (facts.NotNull)
        {
            text.Append(facts.NotNullName is null ? " NOT NULL" : $" CONSTRAINT {Identifiers.Quote(facts.NotNullName)} NOT NULL");
        }

        yield return text.ToString();
    }

    protected override IEnumerable<string>? Alter(ObjectId id, DomainFacts old, DomainFacts made)
    {
        if (old.Type != made.Type || old.Collation != made.Collation)
        {
            return null;
        }

        List<string> actions = [];
        if (old.Default != made.Default)
        {
            actions.Add(made.Default is null ? "DROP DEFAULT" : $"SET DEFAULT {made.Default}");
        }

        if (old.NotNull != made.NotNull)
        {
            actions.Add(!made.NotNull ? "DROP NOT NULL" : made.NotNullName is null ? "SET NOT NULL" : $"ADD CONSTRAINT {Identifiers.Quote(made.NotNullName)} NOT NULL");
        }
        else if (old.NotNullName != made.NotNullName)
        {
            string ownName = $"{id.Name}_not_null";
            actions.Add($"RENAME CONSTRAINT {Identifiers.Quote(old.NotNullName ?? ownName)} TO {Identifiers.Quote(made.NotNullName ?? ownName)}");
        }

        return actions.Select(action => $"ALTER DOMAIN {id.QualifiedName} {action}");
    }

    protected override StepDraft Judge(Difference difference, StepDraft draft, ObjectId id, DomainFacts? old, DomainFacts? made) => (old, made) switch
    {
        (null, _) => draft,
        (_, null) => draft.With(Hazards.BreaksClients, id),
        _ when draft.Sql.EndsWith("DROP NOT NULL", StringComparison.Ordinal) => draft.With(Hazards.Weakens, id),
        _ when made.NotNull && !old.NotNull && draft.Sql.EndsWith(" NOT NULL", StringComparison.Ordinal) =>
            DomainConstraintKind.Scanning(difference, draft.With(Hazards.CanFail, id), id),
        _ => draft,
    };
}
