using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

internal sealed class PolicyKind : ObjectKind<PolicyFacts>
{
    public override string Name => "policy";

    public override string Reference(ObjectId id) => $"{Identifiers.Quote(id.Part!)} ON {id.QualifiedName}";

    protected override IEnumerable<string> Create(ObjectId id, PolicyFacts facts)
    {
        string kind = (facts.Restrictive ? " AS RESTRICTIVE" : "") + (facts.Command == "ALL" ? "" : " FOR " + facts.Command) + (facts.Roles.Count == 0 ? "" : Roles(facts));
        yield return $"CREATE POLICY {Reference(id)}{kind}{Expressions(facts.Using, facts.Check)}";
    }

    // An expression can be exchanged and not taken away.
    protected override IEnumerable<string>? Alter(ObjectId id, PolicyFacts old, PolicyFacts made)
    {
        bool takes = (old.Using is not null && made.Using is null) || (old.Check is not null && made.Check is null);
        if (takes || old.Restrictive != made.Restrictive || old.Command != made.Command)
        {
            return null;
        }

        string roles = old.Roles == made.Roles ? "" : Roles(made);
        string expressions = Expressions(old.Using == made.Using ? null : made.Using, old.Check == made.Check ? null : made.Check);
        return [$"ALTER POLICY {Reference(id)}{roles}{expressions}"];
    }

    protected override StepDraft Judge(Difference difference, StepDraft draft, ObjectId id, PolicyFacts? old, PolicyFacts? made)
    {
        draft = draft.Locking(ObjectId.Table(id.Schema!, id.Name), LockModes.AccessExclusive).With(Hazards.ChangesAccess, id);
        return made is null ? draft.With(Hazards.Weakens, id) : draft;
    }

    private static string Roles(PolicyFacts facts) => " TO " + (facts.Roles.Count == 0 ? "PUBLIC" : Identifiers.QuoteList(facts.Roles));

    private static string Expressions(string? rows, string? check) => (rows is null ? "" : $" USING ({rows})") + (check is null ? "" : $" WITH CHECK ({check})");
}
