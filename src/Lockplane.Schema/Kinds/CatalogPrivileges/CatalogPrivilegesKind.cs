using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;

namespace Lockplane.Schema.Kinds;

internal sealed class CatalogPrivilegesKind : GrantsKind<CatalogPrivilegesFacts>
{
    public override string Name => "catalog privileges";

    public override Phase PhaseOf(ObjectFacts facts) => Phase.SetPrivileges;

    protected override string Target(ObjectId id, CatalogPrivilegesFacts facts)
    {
        ObjectId plain = facts.On == "ROUTINE" ? id : id with { Signature = null };
        return $"ON {facts.On} {plain.QualifiedName}";
    }

    protected override IEnumerable<(string Column, PrivilegeFacts? Old, PrivilegeFacts? Made)> Columns(CatalogPrivilegesFacts? old, CatalogPrivilegesFacts? made)
    {
        IEnumerable<string> names = (old?.Columns ?? []).Concat(made?.Columns ?? []).Select(c => c.Name).Distinct().Order(Utf8Order.Instance);
        return names.Select(name => (name, Find(old, name), Find(made, name)));
    }

    private static PrivilegeFacts? Find(CatalogPrivilegesFacts? facts, string column) => facts?.Columns.FirstOrDefault(c => c.Name == column) is { } found
        ? new PrivilegeFacts { Granted = found.Granted, Revoked = found.Revoked } : null;
}
