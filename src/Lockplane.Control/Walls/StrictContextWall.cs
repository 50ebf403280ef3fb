using Lockplane.Control.Ledgers;
using Lockplane.Sql;
using Npgsql;

namespace Lockplane.Control.Walls;

/// <summary>Strict mode: functions for policies that believe a context only when the gateway signed it.</summary>
internal sealed class StrictContextWall : Wall
{
    private const string Setting = "lockplane.context";
    private const string Table = ContextKey.Table;

    private const string Granted = $"""
        SELECT DISTINCT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::pg_catalog.regrole::text END
        FROM pg_catalog.pg_class c
        CROSS JOIN LATERAL (
            SELECT x.grantee FROM pg_catalog.aclexplode(c.relacl) x
            UNION ALL
            SELECT x.grantee FROM pg_catalog.pg_attribute t CROSS JOIN LATERAL pg_catalog.aclexplode(t.attacl) x WHERE t.attrelid = c.oid
        ) a
        WHERE c.oid = pg_catalog.to_regclass('{Table}') AND a.grantee <> c.relowner
        ORDER BY 1
        """;

    // Groups such as pg_read_all_data are in no access list.
    private const string Readers = $"""
        SELECT r FROM pg_catalog.unnest($1::pg_catalog.text[]) r
        WHERE pg_catalog.has_any_column_privilege(r, pg_catalog.to_regclass('{Table}')::pg_catalog.oid, 'SELECT, INSERT, UPDATE')
        ORDER BY r
        """;

    // Policies that read the context's settings themselves believe whoever can write them.
    private const string Unsigned = $"""
        SELECT pg_catalog.format('%I on %I.%I', po.polname, n.nspname, c.relname)
        FROM pg_catalog.pg_policy po
        JOIN pg_catalog.pg_class c ON c.oid = po.polrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE {WallScene.UserSchema}
          AND pg_catalog.concat(pg_catalog.pg_get_expr(po.polqual, po.polrelid), pg_catalog.pg_get_expr(po.polwithcheck, po.polrelid)) ~ 'current_setting'
        ORDER BY 1
        """;

    /// <inheritdoc/>
    public override string Name => "strict context";

    /// <inheritdoc/>
    public override string Reason =>
        "Optional (walls.strict): policies ask lockplane.tenant_id() and lockplane.user_id(), which verify a token that the gateway signed for this login. A session that managed to write the settings still gets no other tenant's rows.";

    /// <inheritdoc/>
    public override string Instead => "the settings app.tenant_id and app.user_id, which the gate and the other walls keep from being written";

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<WallFinding>> CheckAsync(WallScene scene, CancellationToken cancellation)
    {
        if (scene.Options.Strict is not { } strict)
        {
            return [];
        }

        if (!await scene.ReadAsync<bool>("SELECT pg_catalog.to_regnamespace('lockplane') IS NOT NULL", cancellation).ConfigureAwait(false))
        {
            return [Missing(null, "the database is not under management") with { Decisions = ["lockplane baseline"] }];
        }

        if (await FaultAsync(scene, strict, cancellation).ConfigureAwait(false) is { } fault)
        {
            return [Missing(null, fault, Build(strict.Key))];
        }

        if (await ReachedAsync(scene, cancellation).ConfigureAwait(false) is { } reached)
        {
            return [reached];
        }

        List<string> unsigned = await scene.ListAsync(Unsigned, cancellation).ConfigureAwait(false);
        return unsigned.Count == 0
            ? [Stands(null, $"verifies key {strict.Key.Id}")]
            : [
                Missing(null, $"these policies believe the settings: {string.Join(", ", unsigned)}") with
                {
                    Decisions = ["ALTER POLICY ... USING (tenant_id = (SELECT lockplane.tenant_id())), as the tables' owner; then lockplane baseline"],
                },
            ];
    }

    // By effect: a token that is right is believed, one with another signature is not, and none is no tenant.
    private static async Task<string?> FaultAsync(WallScene scene, StrictMode strict, CancellationToken cancellation)
    {
        bool usable = await scene.ReadAsync<bool>(
            "SELECT CASE WHEN pg_catalog.to_regprocedure('lockplane.tenant_id()') IS NULL OR pg_catalog.to_regprocedure('lockplane.user_id()') IS NULL THEN false "
            + "ELSE (SELECT pg_catalog.bool_and(pg_catalog.has_function_privilege(r, 'lockplane.tenant_id()', 'EXECUTE') AND pg_catalog.has_function_privilege(r, 'lockplane.user_id()', 'EXECUTE')) "
            + "FROM pg_catalog.unnest($1::pg_catalog.text[]) r) END",
            cancellation, (object)scene.Roles.ToArray()).ConfigureAwait(false);
        if (!usable)
        {
            return "lockplane.tenant_id() is not there";
        }

        string me = (await scene.ReadAsync<string>("SELECT session_user::text", cancellation).ConfigureAwait(false))!;
        string token = strict.Sign(me, scene.Database, "a tenant", "a user");
        string forged = token[..^1] + (token[^1] == '0' ? '1' : '0');
        PostgresException? believed = await scene.UndoneAsync(cancellation, $"SET LOCAL {Setting} = {Identifiers.QuoteLiteral(token)}", Demand("a tenant", "a user")).ConfigureAwait(false);
        if (believed is not null)
        {
            return believed.SqlState == PostgresErrorCodes.InvalidAuthorizationSpecification ? "lockplane.tenant_id() does not verify by walls.key" : $"lockplane.tenant_id() fails: {believed.MessageText}";
        }

        PostgresException? refused = await scene.UndoneAsync(cancellation, $"SET LOCAL {Setting} = {Identifiers.QuoteLiteral(forged)}", "SELECT lockplane.tenant_id()").ConfigureAwait(false);
        return refused?.SqlState == PostgresErrorCodes.InvalidAuthorizationSpecification ? null : "lockplane.tenant_id() believes a forged token";
    }

    // Who reads the key signs whatever context it likes, and who writes it brings one along.
    private async Task<WallFinding?> ReachedAsync(WallScene scene, CancellationToken cancellation)
    {
        List<string> grantees = await scene.ListAsync(Granted, cancellation).ConfigureAwait(false);
        if (grantees.Count > 0)
        {
            return Missing(null, $"the key can be reached by {string.Join(", ", grantees)}", grantees.Select(grantee => $"REVOKE ALL ON {Table} FROM {grantee}"));
        }

        List<string> roles = await scene.ListAsync(Readers, cancellation, (object)scene.Roles.ToArray()).ConfigureAwait(false);
        return roles.Count == 0 ? null : Missing(null, $"the key can be reached by {string.Join(", ", roles)}") with
        {
            Decisions = ["Take these roles out of the groups that read or write every table, and take SUPERUSER from them: the walls attributes and memberships name how."],
        };
    }

    // Divides by zero unless both are as expected: an error is what is looked at.
    private static string Demand(string tenant, string user) =>
        $"SELECT 1 / (lockplane.tenant_id() = {Identifiers.QuoteLiteral(tenant)} AND lockplane.user_id() = {Identifiers.QuoteLiteral(user)})::integer";

    private static string[] Build(ContextKey key) =>
    [
        $"CREATE TABLE IF NOT EXISTS {Table} (id text PRIMARY KEY, inner_pad bytea NOT NULL, outer_pad bytea NOT NULL)",
        $"ALTER TABLE {Table} OWNER TO {LedgerSchema.Owner}",
        $"REVOKE ALL ON {Table} FROM PUBLIC",
        .. Function("tenant_id", 5),
        .. Function("user_id", 6),
        key.Statement,
    ];

    // Whoever queries a table runs its policies' functions; nobody can name them without USAGE on the schema.
    private static IEnumerable<string> Function(string name, int part) =>
    [
        $"""
        CREATE OR REPLACE FUNCTION lockplane.{name}() RETURNS text
        LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
        AS $$
        DECLARE
            token text := current_setting('{Setting}', true);
            part text[] := string_to_array(token, '.');
            key lockplane.context_key;
        BEGIN
            IF token IS NULL OR token = '' THEN
                RETURN NULL;
            END IF;
            SELECT * INTO key FROM lockplane.context_key k WHERE k.id = part[2];
            IF NOT FOUND OR cardinality(part) <> 7 OR part[1] <> 'v1'
               OR part[7] <> encode(sha256(key.outer_pad || sha256(key.inner_pad || convert_to(
                   'lockplane/context/1.' || array_to_string(part[1:6], '.') || '.' || encode(convert_to(session_user, 'UTF8'), 'hex')
                   || '.' || encode(convert_to(current_database(), 'UTF8'), 'hex'), 'UTF8'))), 'hex') THEN
                RAISE EXCEPTION 'the context of this session is not signed by the gateway for it' USING ERRCODE = '28000';
            END IF;
            IF part[3]::bigint < extract(epoch FROM clock_timestamp()) THEN
                RAISE EXCEPTION 'the context of this session has expired' USING ERRCODE = '28000', HINT = 'Connect again.';
            END IF;
            IF part[4] <> '0' AND part[4]::integer IS DISTINCT FROM inet_client_port() THEN
                RAISE EXCEPTION 'the context of this session was signed for another connection' USING ERRCODE = '28000',
                    HINT = 'Where addresses are translated between gateway and server, set walls.bind_connection = false.';
            END IF;
            RETURN CASE part[{part}] WHEN '-' THEN NULL ELSE convert_from(decode(part[{part}], 'hex'), 'UTF8') END;
        END $$
        """,
        $"ALTER FUNCTION lockplane.{name}() OWNER TO {LedgerSchema.Owner}",
        $"GRANT EXECUTE ON FUNCTION lockplane.{name}() TO PUBLIC",
    ];
}
