using Lockplane.Control.Connections;
using Lockplane.Schema.Kinds;
using Npgsql;

namespace Lockplane.Control.Introspection;

/// <summary>Reads which schemas are versions that pgroll made: a second query, and only where there is a table that can say so.</summary>
internal static class VersionReader
{
    private const string MayRead =
        """
        SELECT pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT') AND NOT c.relrowsecurity
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1 AND c.relname = $2
        """;

    public static async Task ReadAsync(CatalogRows rows, NpgsqlConnection connection, CancellationToken cancellation)
    {
        foreach (VersionState state in rows.VersionStates())
        {
            bool mayRead = await connection.ReadScalarAsync<bool>(MayRead, cancellation, state.Table.Schema!, state.Table.Name).ConfigureAwait(false);
            rows.SetVersions(state, mayRead
                ? await connection.ReadScalarAsync<string[]>($"SELECT ARRAY({state.VersionsQuery})", cancellation).ConfigureAwait(false) ?? [] : null);
        }
    }
}
