using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>What ALTER ... OWNER makes of privileges: what the old owner had or gave, the new one has or gave, together with its own.</summary>
internal static class OwnerChange
{
    private readonly record struct Entry(string To, string? By, string Privilege, bool Grantable);

    /// <summary>The privileges after it, as they differ from the default.</summary>
    /// <param name="old">The privileges before it.</param>
    /// <param name="from">The old owner.</param>
    /// <param name="to">The new owner.</param>
    /// <param name="isColumn">They are a column's, on which an owner has none by default.</param>
    public static PrivilegeFacts? Of(PrivilegeFacts? old, string from, string to, bool isColumn = false)
    {
        if (old is null || from == to)
        {
            return old;
        }

        Entry Pass(Entry entry) => entry with { To = entry.To == from ? to : entry.To, By = entry.By == to ? null : entry.By };
        HashSet<Entry> granted = [.. Entries(old.Granted).Select(Pass)];
        HashSet<Entry> revoked = [.. Entries(old.Revoked).Select(Pass)];
        if (!isColumn)
        {
            // It is an owner's by default now; with a grant option it still differs from that.
            foreach (Entry own in granted.Where(entry => entry.To == to && entry.By is null).ToList())
            {
                revoked.Remove(own with { Grantable = false });
                if (own.Grantable)
                {
                    revoked.Add(own with { Grantable = false });
                }
                else
                {
                    granted.Remove(own);
                }
            }
        }

        return granted.Count + revoked.Count == 0 ? null : new PrivilegeFacts { Granted = Facts(granted), Revoked = Facts(revoked) };
    }

    private static IEnumerable<Entry> Entries(FactList<GrantFacts> grants) => grants.SelectMany(g => g.Privileges.Select(privilege => new Entry(g.To, g.By, privilege, g.Grantable)));

    private static FactList<GrantFacts> Facts(IEnumerable<Entry> entries) => entries
        .GroupBy(entry => (entry.To, entry.By, entry.Grantable))
        .OrderBy(group => group.Key.To, Utf8Order.Instance).ThenBy(group => group.Key.By ?? "", Utf8Order.Instance).ThenBy(group => group.Key.Grantable)
        .Select(group => new GrantFacts { To = group.Key.To, By = group.Key.By, Grantable = group.Key.Grantable, Privileges = group.Select(entry => entry.Privilege).Order(Utf8Order.Instance).ToFactList() })
        .ToFactList();
}
