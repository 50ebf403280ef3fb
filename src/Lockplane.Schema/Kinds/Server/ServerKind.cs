using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

internal sealed class ServerKind : ObjectKind<ServerFacts>
{
    public override string Name => "server";

    public override string? GrantWord => "FOREIGN SERVER";

    protected override IEnumerable<string> Create(ObjectId id, ServerFacts facts)
    {
        string type = facts.Type is null ? "" : " TYPE " + Identifiers.QuoteLiteral(facts.Type);
        string version = facts.Version is null ? "" : " VERSION " + Identifiers.QuoteLiteral(facts.Version);
        yield return $"CREATE SERVER {id.QualifiedName}{type}{version} FOREIGN DATA WRAPPER {Identifiers.Quote(facts.Wrapper)}{OptionSql.Create(facts.Options, id.Name)}";
    }

    protected override IEnumerable<string>? Alter(ObjectId id, ServerFacts old, ServerFacts made)
    {
        if (old.Wrapper != made.Wrapper || old.Type != made.Type)
        {
            return null;
        }

        string version = old.Version == made.Version ? "" : " VERSION " + (made.Version is null ? "NULL" : Identifiers.QuoteLiteral(made.Version));
        return [$"ALTER SERVER {id.QualifiedName}{version}{OptionSql.Change(old.Options, made.Options, id.Name)}"];
    }

    protected override StepDraft Judge(Difference difference, StepDraft draft, ObjectId id, ServerFacts? old, ServerFacts? made) => old is null ? draft : draft.With(Hazards.BreaksClients, id);
}
