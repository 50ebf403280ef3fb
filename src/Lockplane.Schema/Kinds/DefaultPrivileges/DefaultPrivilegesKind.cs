using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

internal sealed class DefaultPrivilegesKind : GrantsKind<DefaultPrivilegesFacts>
{
    public override string Name => "default privileges";

    // They would be given to what the rest makes.
    public override Phase PhaseOf(ObjectFacts facts) => Phase.SetDefaults;

    /// <summary>
    /// The privileges that an object begins with when this role makes it in a database with these default privileges; null for those that Postgres gives.
    /// </summary>
    /// <param name="catalog">What the database has before the plan: default privileges that go are gone by then, those that come are not there yet.</param>
    /// <param name="to">What it is to have.</param>
    /// <param name="role">Who makes it.</param>
    /// <param name="id">What is made.</param>
    /// <param name="owner">Who owns it in the end: what the maker gave goes on as given by the owner.</param>
    public static PrivilegeFacts? Initial(Catalog catalog, Catalog to, string? role, ObjectId id, string? owner)
    {
        if (role is null || Signature(id.Kind) is not { } signature)
        {
            return null;
        }

        DefaultPrivilegesFacts? Find(string? schema) => new ObjectId("default privileges", schema, role, null, signature) is var name && to.Contains(name)
            ? catalog.Find(name)?.Facts as DefaultPrivilegesFacts : null;
        DefaultPrivilegesFacts? everywhere = Find(null);
        DefaultPrivilegesFacts? here = id.Schema is null ? null : Find(id.Schema);
        if (everywhere is null && here is null)
        {
            return null;
        }

        GrantFacts[] added = [.. here?.Granted ?? []];
        return new PrivilegeFacts
        {
            Granted = Merged([.. everywhere?.Granted ?? [], .. Left(added, everywhere?.Revoked ?? [])]).Where(entry => entry.To != owner).ToFactList(),
            Revoked = Left([.. everywhere?.Revoked ?? []], added).ToFactList(),
        };
    }

    /// <summary>The step makes something that shows rows of others: what default privileges give is there before any grant of the plan's.</summary>
    public static StepDraft Opening(StepDraft draft, Difference difference, ObjectId id, ObjectFacts made) =>
        !difference.From.Contains(id) && Initial(difference.From, difference.To, difference.CreatingRole, id, made.Owner) is { Granted.Count: > 0 } ? draft.With(Hazards.ChangesAccess, id) : draft;

    protected override string Prefix(ObjectId id) =>
        $"ALTER DEFAULT PRIVILEGES FOR ROLE {Identifiers.Quote(id.Name)} {(id.Schema is null ? "" : $"IN SCHEMA {Identifiers.Quote(id.Schema)} ")}";

    protected override string Target(ObjectId id, DefaultPrivilegesFacts facts) => id.Signature!.TrimStart();

    private static string? Signature(string kind) => kind switch
    {
        "table" or "view" or "materialized view" or "foreign table" => " ON TABLES",
        "sequence" => " ON SEQUENCES",
        "function" or "procedure" or "aggregate" => " ON FUNCTIONS",
        "enum" or "domain" or "composite type" or "range type" or "type" => " ON TYPES",
        "schema" => " ON SCHEMAS",
        _ => null,
    };

    // The entries less the privileges that others name for the same role.
    private static IEnumerable<GrantFacts> Left(IEnumerable<GrantFacts> entries, IEnumerable<GrantFacts> others) => entries
        .Select(entry => entry with { Privileges = entry.Privileges.Except(others.Where(o => o.To == entry.To && o.Grantable == entry.Grantable).SelectMany(o => o.Privileges)).ToFactList() })
        .Where(entry => entry.Privileges.Count > 0);

    private static IEnumerable<GrantFacts> Merged(IEnumerable<GrantFacts> entries) => entries
        .GroupBy(entry => (entry.To, entry.Grantable))
        .Select(group => new GrantFacts
        {
            To = group.Key.To,
            Grantable = group.Key.Grantable,
            Privileges = group.SelectMany(entry => entry.Privileges).Distinct().Order(Utf8Order.Instance).ToFactList(),
        })
        .OrderBy(entry => entry.To, Utf8Order.Instance).ThenBy(entry => entry.Grantable);
}
