using Npgsql;

namespace Lockplane.Control.Connections;

/// <summary>What a role's sessions begin with in this database when they ask for nothing else: ALTER ROLE ... SET, ALTER DATABASE ... SET.</summary>
internal static class RoleDefaults
{
    /// <summary>The search_path, as it was written; null where none was set.</summary>
    internal static Task<string?> FindSearchPathAsync(NpgsqlConnection connection, string role, CancellationToken cancellation) => connection.ReadScalarAsync<string>(
        """
        SELECT pg_catalog.substr(entry, pg_catalog.length('search_path=') + 1)
        FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) entry
        WHERE s.setdatabase IN (0, (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()))
          AND s.setrole IN (0, (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = $1::pg_catalog.name))
          AND pg_catalog.starts_with(entry, 'search_path=')
        ORDER BY s.setrole <> 0 DESC, s.setdatabase <> 0 DESC
        LIMIT 1
        """,
        cancellation,
        role);
}
