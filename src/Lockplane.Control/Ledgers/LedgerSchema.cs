using Lockplane.Control.Connections;
using Lockplane.Control.Walls;
using Lockplane.Sql;
using Lockplane.Sql.Errors;
using Lockplane.Sql.Statements;
using Npgsql;

namespace Lockplane.Control.Ledgers;

/// <summary>Schema <c>lockplane</c> of a database under management: what installs it and what says whether it is there.</summary>
internal static class LedgerSchema
{
    /// <summary>The version of the schema that this process writes.</summary>
    internal const int Version = 2;

    /// <summary>The role that owns the schema; it cannot log in.</summary>
    internal const string Owner = "lockplane_owner";

    /// <summary>Makes the schema, or brings an older one up to date, and lets <paramref name="applyRole"/> use its functions. Does nothing but the grants when it is there.</summary>
    /// <param name="administrator">A connection of a role that may create roles and schemas.</param>
    /// <exception cref="LockplaneException">LP403 when the role may not; LP006 when the schema is newer than this process.</exception>
    internal static async Task InstallAsync(NpgsqlConnection administrator, string applyRole, StatementReader reader, CancellationToken cancellation)
    {
        try
        {
            await using NpgsqlTransaction transaction = await administrator.BeginTransactionAsync(cancellation).ConfigureAwait(false);
            await ApplyLock.TakeAsync(administrator, cancellation).ConfigureAwait(false);
            int? version = await FindVersionAsync(administrator, cancellation).ConfigureAwait(false);
            if (version is not null)
            {
                // Of the newest functions, since those of an older version were granted to the role when that was installed.
                bool isCurrent = version == Version && await administrator.ReadScalarAsync<bool>(MayUse, cancellation, applyRole).ConfigureAwait(false);
                bool isAdministrator = await administrator.ReadScalarAsync<bool>("SELECT pg_catalog.pg_has_role($1, 'MEMBER')", cancellation, Owner).ConfigureAwait(false);
                if ((isCurrent || !isAdministrator)
                    && await administrator.ReadScalarAsync<bool>("SELECT pg_catalog.has_schema_privilege($1, 'lockplane', 'USAGE')", cancellation, applyRole).ConfigureAwait(false))
                {
                    // Installed, and for this role: who records a further baseline need be no administrator.
                    return;
                }
            }
            else
            {
                await administrator.RunAsync(cancellation, OwnerStatements).ConfigureAwait(false);
                await RunScriptAsync(administrator, 1, reader, cancellation).ConfigureAwait(false);
                await administrator.RunAsync(
                    cancellation,
                    "INSERT INTO lockplane.meta (schema_version, database_id) VALUES (1, pg_catalog.gen_random_uuid()::text)",
                    "RESET ROLE").ConfigureAwait(false);
            }

            string role = Identifiers.Quote(applyRole);
            bool admitted = await DdlGuardWall.AdmitAsync(administrator, cancellation).ConfigureAwait(false);
            await UpgradeAsync(administrator, version ?? 1, reader, cancellation).ConfigureAwait(false);
            await administrator.RunAsync(
                cancellation,
                $"SET LOCAL ROLE {Owner}",
                $"GRANT USAGE ON SCHEMA lockplane TO {role}",
                $"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA lockplane TO {role}",
                "RESET ROLE").ConfigureAwait(false);
            if (admitted)
            {
                await DdlGuardWall.DismissAsync(administrator, [], cancellation).ConfigureAwait(false);
            }

            await transaction.CommitAsync(cancellation).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new LockplaneException(
                ErrorCodes.ShadowIncomplete,
                $"Role {administrator.UserName} may not install schema lockplane: {e.MessageText}.",
                hint: "Give an administrator's login once: lockplane baseline --admin-db postgresql://...",
                inner: e);
        }
    }

    // Each version is what it adds to the one before, so that a new schema and one that grew are the same.
    private static async Task UpgradeAsync(NpgsqlConnection administrator, int from, StatementReader reader, CancellationToken cancellation)
    {
        for (int version = from + 1; version <= Version; version++)
        {
            await administrator.RunAsync(cancellation, $"SET LOCAL ROLE {Owner}").ConfigureAwait(false);
            await RunScriptAsync(administrator, version, reader, cancellation).ConfigureAwait(false);
            await administrator.RunAsync(
                cancellation,
                $"UPDATE lockplane.meta SET schema_version = {version}",
                $"COMMENT ON SCHEMA lockplane IS 'Lockplane ledger, version {version}'",
                "RESET ROLE").ConfigureAwait(false);
        }
    }

    private static Task RunScriptAsync(NpgsqlConnection administrator, int version, StatementReader reader, CancellationToken cancellation)
    {
        using StreamReader script = new(typeof(LedgerSchema).Assembly.GetManifestResourceStream(version == 1 ? "ledger-schema.sql" : $"ledger-schema-{version}.sql")!);
        return administrator.RunAsync(cancellation, SqlScript.Split(reader, script.ReadToEnd()).Value!.Statements.Select(s => s.Text));
    }

    /// <summary>The installed version, or null when the database is not under management.</summary>
    /// <exception cref="LockplaneException">LP006 when it is newer than this process.</exception>
    internal static async Task<int?> FindVersionAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        // The comment carries the version where a role without rights on the schema can read it.
        int? version = await connection.ReadScalarAsync<int?>(
            """
            SELECT coalesce(substring(pg_catalog.obj_description(n.oid, 'pg_namespace') FROM 'version ([0-9]+)')::int, 0)
            FROM pg_catalog.pg_namespace n WHERE n.nspname = 'lockplane'
            """,
            cancellation).ConfigureAwait(false);
        if (version > Version)
        {
            throw new LockplaneException(ErrorCodes.NewerState, $"Schema lockplane has version {version}; this process knows up to {Version}.");
        }

        return version;
    }

    /// <summary>Throws LP104 unless the schema has tables for kept rows.</summary>
    internal static async Task DemandKeepingAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        if (await FindVersionAsync(connection, cancellation).ConfigureAwait(false) is < 2 and { } version)
        {
            throw new LockplaneException(
                ErrorCodes.NotManaged,
                $"Schema lockplane of database {connection.Database} has version {version}, and rows are kept in version 2 or later.",
                hint: "Bring it up to date once, with an administrator's login: lockplane baseline --admin-db postgresql://...");
        }
    }

    /// <summary>Throws LP104 unless the database is under management.</summary>
    internal static async Task DemandAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        if (await FindVersionAsync(connection, cancellation).ConfigureAwait(false) is null)
        {
            throw new LockplaneException(
                ErrorCodes.NotManaged,
                $"Database {connection.Database} is not under management.",
                hint: "Run `lockplane baseline` once: it records the catalog as it is and changes nothing else.");
        }
    }

    private const string MayUse =
        """
        SELECT EXISTS (
            SELECT FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
            WHERE n.nspname = 'lockplane' AND p.proname = 'kept_rows' AND pg_catalog.has_function_privilege($1, p.oid, 'EXECUTE'))
        """;

    private static readonly string[] OwnerStatements =
    [
        $"""
        DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '{Owner}') THEN
                CREATE ROLE {Owner} NOLOGIN;
            END IF;
            IF NOT pg_catalog.pg_has_role(current_user, '{Owner}', 'MEMBER') THEN
                GRANT {Owner} TO CURRENT_USER;
            END IF;
        END $$
        """,
        $"CREATE SCHEMA lockplane AUTHORIZATION {Owner}",
        $"SET LOCAL ROLE {Owner}",
        "COMMENT ON SCHEMA lockplane IS 'Lockplane ledger, version 1'",
    ];
}
