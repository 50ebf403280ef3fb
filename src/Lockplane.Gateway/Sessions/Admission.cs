using System.Net;
using Lockplane.Wire;

namespace Lockplane.Gateway.Sessions;

/// <summary>What a session counts against.</summary>
internal sealed record Admitted(string Database, string Role, IPAddress? Address);

/// <summary>How many sessions there are, in all and by database, role and address. From any thread; asked at logins only.</summary>
internal sealed class Admission
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _databases = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _roles = new(StringComparer.Ordinal);
    private readonly Dictionary<IPAddress, int> _addresses = new();
    private int _count;

    /// <summary>Sessions that are admitted.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Refuses what would not be admitted now, before it costs a login.</summary>
    /// <exception cref="ProtocolException">53300, naming the limit.</exception>
    public void Check(Admitted wanted, GatewayOptions options)
    {
        lock (_gate)
        {
            Demand(wanted, options, int.MaxValue);
        }
    }

    /// <summary>Takes a session.</summary>
    /// <param name="roleLimit">The role's own limit in the server's catalog; negative for none.</param>
    /// <exception cref="ProtocolException">53300, naming the limit.</exception>
    public void Admit(Admitted wanted, GatewayOptions options, int roleLimit)
    {
        lock (_gate)
        {
            Demand(wanted, options, roleLimit < 0 ? int.MaxValue : roleLimit);
            _count++;
            Add(_databases, wanted.Database, 1);
            Add(_roles, wanted.Role, 1);
            if (wanted.Address is not null)
            {
                Add(_addresses, wanted.Address, 1);
            }
        }
    }

    /// <summary>Gives a session back.</summary>
    public void Release(Admitted admitted)
    {
        lock (_gate)
        {
            _count--;
            Add(_databases, admitted.Database, -1);
            Add(_roles, admitted.Role, -1);
            if (admitted.Address is not null)
            {
                Add(_addresses, admitted.Address, -1);
            }
        }
    }

    private void Demand(Admitted wanted, GatewayOptions options, int roleLimit)
    {
        SessionLimits limits = options.Limits;
        int ofRole = _roles.GetValueOrDefault(wanted.Role);
        Demand(_count, options.MaxSessions, "gateway.max_sessions", "");
        Demand(_databases.GetValueOrDefault(wanted.Database), limits.PerDatabase, "gateway.max_sessions_per_database", $" to database \"{wanted.Database}\"");
        Demand(ofRole, limits.PerRole, "gateway.max_sessions_per_role", $" for role \"{wanted.Role}\"");
        if (wanted.Address is not null)
        {
            Demand(_addresses.GetValueOrDefault(wanted.Address), limits.PerAddress, "gateway.max_sessions_per_address", $" from {wanted.Address}");
        }

        if (ofRole >= roleLimit)
        {
            throw new ProtocolException(SqlState.TooManyConnections, $"too many connections for role \"{wanted.Role}\": its connection limit is {roleLimit}");
        }
    }

    private static void Demand(int count, int limit, string key, string of)
    {
        if (limit > 0 && count >= limit)
        {
            throw new ProtocolException(SqlState.TooManyConnections, $"too many sessions{of}: {key} is {limit}", hint: $"End sessions that are not used, or raise {key}.");
        }
    }

    private static void Add<TKey>(Dictionary<TKey, int> counts, TKey key, int change)
        where TKey : notnull
    {
        int count = counts.GetValueOrDefault(key) + change;
        if (count > 0)
        {
            counts[key] = count;
        }
        else
        {
            counts.Remove(key);
        }
    }
}
