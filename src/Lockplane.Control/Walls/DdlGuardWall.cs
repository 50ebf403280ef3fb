using Lockplane.Control.Connections;
using Lockplane.Control.Ledgers;
using Lockplane.Sql;
using Npgsql;

namespace Lockplane.Control.Walls;

/// <summary>The event trigger that stops schema changes past the corridor. An alarm: it does not see everything, the privileges do.</summary>
internal sealed class DdlGuardWall : Wall
{
    private const string Trigger = "lockplane_ddl_guard";
    private const string Table = "lockplane.ddl_role";

    // The SQLSTATE that the gate refuses schema changes with.
    private const string Refused = "LP301";

    private static readonly string[] Build =
    [
        $"CREATE TABLE IF NOT EXISTS {Table} (name name PRIMARY KEY)",
        $"ALTER TABLE {Table} OWNER TO {LedgerSchema.Owner}",
        $"REVOKE ALL ON {Table} FROM PUBLIC",
        $"""
        CREATE OR REPLACE FUNCTION lockplane.ddl_guard() RETURNS event_trigger
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
        AS $$
        BEGIN
            IF NOT EXISTS (SELECT FROM {Table} r WHERE r.name = session_user) THEN
                RAISE EXCEPTION '% is refused: role % does not change the schema of this database', tg_tag, session_user
                    USING ERRCODE = '{Refused}', HINT = 'Make a plan of it: lockplane plan --sql FILE, then lockplane apply.';
            END IF;
        END $$
        """,
        $"ALTER FUNCTION lockplane.ddl_guard() OWNER TO {LedgerSchema.Owner}",
        "REVOKE ALL ON FUNCTION lockplane.ddl_guard() FROM PUBLIC",
        $"DROP EVENT TRIGGER IF EXISTS {Trigger}",
        $"CREATE EVENT TRIGGER {Trigger} ON ddl_command_start EXECUTE FUNCTION lockplane.ddl_guard()",
    ];

    /// <inheritdoc/>
    public override string Name => "ddl guard";

    /// <inheritdoc/>
    public override string Reason =>
        "A schema change by a session whose login role is not in lockplane.ddl_role raises LP301, for superusers, too. No setting opens it, only a row that the schema's owner writes. It is an alarm: what event triggers do not see (SELECT INTO within EXPLAIN, ALTER ROLE, TRUNCATE), the privileges refuse.";

    /// <inheritdoc/>
    public override string Instead => "the privileges (no CREATE, no TEMPORARY, no ownership) and the gate";

    /// <summary>Lets the session's login role change the schema until <see cref="DismissAsync"/> or a rollback; false when nothing was to do, or it may not write the list.</summary>
    public static async Task<bool> AdmitAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        const string MayWrite = $"SELECT CASE WHEN pg_catalog.to_regclass('{Table}') IS NULL THEN false ELSE pg_catalog.has_table_privilege('{Table}', 'INSERT, DELETE') END";
        return await connection.ReadScalarAsync<bool>(MayWrite, cancellation).ConfigureAwait(false)
            && await connection.ReadScalarAsync<bool>(
                $"WITH added AS (INSERT INTO {Table} (name) VALUES (session_user) ON CONFLICT DO NOTHING RETURNING name) SELECT EXISTS (SELECT FROM added)", cancellation).ConfigureAwait(false);
    }

    /// <summary>Takes back what <see cref="AdmitAsync"/> gave, unless the role is one of those that stay.</summary>
    public static async Task DismissAsync(NpgsqlConnection connection, ICollection<string> staying, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new($"DELETE FROM {Table} WHERE name = session_user AND name::text <> ALL ($1)", connection);
        command.Parameters.Add(new NpgsqlParameter { Value = staying.ToArray() });
        await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<WallFinding>> CheckAsync(WallScene scene, CancellationToken cancellation)
    {
        if (!await scene.ReadAsync<bool>("SELECT pg_catalog.to_regnamespace('lockplane') IS NOT NULL", cancellation).ConfigureAwait(false))
        {
            return [Missing(null, "the database is not under management") with { Decisions = ["lockplane baseline"] }];
        }

        string[] wanted = [scene.ApplyRole, .. scene.Options.DdlRoles];
        IEnumerable<string> admit = wanted.Distinct(StringComparer.Ordinal).Select(role => $"INSERT INTO {Table} (name) VALUES ({Identifiers.QuoteLiteral(role)}) ON CONFLICT DO NOTHING");
        if (await FaultAsync(scene, cancellation).ConfigureAwait(false) is { } fault)
        {
            return [Missing(null, fault, [.. Build, .. admit])];
        }

        if (!await scene.ReadAsync<bool>($"SELECT pg_catalog.has_table_privilege('{Table}', 'SELECT')", cancellation).ConfigureAwait(false))
        {
            return [Stands(null, "whom it lets through may not be read")];
        }

        List<string> listed = await scene.ListAsync($"SELECT name::text FROM {Table} ORDER BY name", cancellation).ConfigureAwait(false);
        string[] missing = [.. wanted.Except(listed, StringComparer.Ordinal)];
        return [missing.Length == 0 ? Stands(null, $"lets through {string.Join(", ", wanted)}") : Missing(null, $"stops {string.Join(", ", missing)}, too", admit)];
    }

    private static async Task<string?> FaultAsync(WallScene scene, CancellationToken cancellation)
    {
        bool there = await scene.ReadAsync<bool>(
            $"""
            SELECT EXISTS (
                SELECT FROM pg_catalog.pg_event_trigger e
                JOIN pg_catalog.pg_proc p ON p.oid = e.evtfoid
                JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
                WHERE e.evtname = '{Trigger}' AND e.evtevent = 'ddl_command_start' AND e.evttags IS NULL AND e.evtenabled IN ('O', 'A')
                  AND n.nspname = 'lockplane' AND p.prosecdef AND p.proowner = (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = '{LedgerSchema.Owner}'))
            """,
            cancellation).ConfigureAwait(false);
        if (!there)
        {
            return "is not there";
        }

        string? writers = await scene.ReadAsync<string>(
            $"""
            SELECT pg_catalog.string_agg(DISTINCT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::pg_catalog.regrole::text END, ', ')
            FROM pg_catalog.pg_class c CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) a
            WHERE c.oid = pg_catalog.to_regclass('{Table}') AND a.grantee <> c.relowner
            """,
            cancellation).ConfigureAwait(false);
        if (writers is not null)
        {
            return $"its list can be reached by {writers}";
        }

        // By effect: the same session, not on the list, changes something. Without the right to write the list, it cannot be tried.
        if (!scene.IsAdministrator || await scene.UndoneAsync(cancellation, $"DELETE FROM {Table} WHERE name = session_user").ConfigureAwait(false) is not null)
        {
            return null;
        }

        PostgresException? error = await scene.UndoneAsync(cancellation, $"DELETE FROM {Table} WHERE name = session_user", "CREATE SCHEMA lockplane_attempt").ConfigureAwait(false);
        return error?.SqlState is Refused or PostgresErrorCodes.InsufficientPrivilege ? null : "lets through who is not on its list";
    }
}
