using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>What to take and then what to give, so that privileges that differ from the default in one way differ from it in another; a grant option goes by being taken.</summary>
internal readonly record struct GrantChanges(IEnumerable<GrantFacts> Taken, IEnumerable<GrantFacts> Given)
{
    /// <summary>From the first to the second; null is the default.</summary>
    public static GrantChanges Between(PrivilegeFacts? old, PrivilegeFacts? made)
    {
        PrivilegeFacts before = old ?? new PrivilegeFacts();
        PrivilegeFacts after = made ?? new PrivilegeFacts();
        return new GrantChanges(
            before.Granted.Except(after.Granted).Concat(after.Revoked.Except(before.Revoked)),
            after.Granted.Except(before.Granted).Concat(before.Revoked.Except(after.Revoked)));
    }
}
