using Lockplane.Sql;

namespace Lockplane.Control.Walls;

/// <summary>Views over tables with row level security read them with the rights of who asks.</summary>
internal sealed class InvokerViewsWall : Wall
{
    // Views over such views count, too; and only what one of the application's roles can use.
    private const string Sql = $"""
        WITH RECURSIVE secured AS (
            SELECT c.oid FROM pg_catalog.pg_class c WHERE c.relrowsecurity
            UNION
            SELECT rw.ev_class
            FROM secured s
            JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = s.oid
                AND d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
            JOIN pg_catalog.pg_rewrite rw ON rw.oid = d.objid
        )
        SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), pg_catalog.pg_has_role(c.relowner, 'USAGE')::text, c.relkind::text
        FROM secured s
        JOIN pg_catalog.pg_class c ON c.oid = s.oid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('v', 'm') AND {WallScene.UserSchema}
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_options_to_table(c.reloptions) o WHERE o.option_name = 'security_invoker' AND o.option_value::boolean)
          AND EXISTS (
              SELECT FROM pg_catalog.unnest($1) r
              WHERE pg_catalog.has_any_column_privilege(r, c.oid, 'SELECT, INSERT, UPDATE') OR pg_catalog.has_table_privilege(r, c.oid, 'DELETE'))
        ORDER BY 1
        """;

    /// <inheritdoc/>
    public override string Name => "security_invoker views";

    /// <inheritdoc/>
    public override string Reason => "A view reads with its owner's rights and under the policies for its owner, unless it is security_invoker; a materialized view holds every tenant's rows and has no policies at all.";

    /// <inheritdoc/>
    public override string Instead => "forced row security, where the view's owner is no superuser and has no BYPASSRLS";

    /// <inheritdoc/>
    public override bool LocksRelations => true;

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<WallFinding>> CheckAsync(WallScene scene, CancellationToken cancellation)
    {
        List<string?[]> rows = await scene.RowsAsync(Sql, cancellation, (object)scene.Roles.ToArray()).ConfigureAwait(false);
        List<string?[]> views = rows.FindAll(row => row[2] == "v");
        string[] stored = [.. rows.Where(row => row[2] == "m").Select(row => row[0]!)];
        if (views.Count > 0 && scene.Version.Major < 15)
        {
            return [new WallFinding(Name, null, WallState.NotAvailable, $"needs Postgres 15; instead: {Instead}")];
        }

        List<WallFinding> findings = [.. stored.Length > 0 && views.Count == 0 ? [] : RelationFindings.Of(this, scene, views, "not security_invoker:", view => $"ALTER VIEW {view} SET (security_invoker = true)")];
        if (stored.Length > 0)
        {
            findings.Add(Missing(null, $"materialized, over tables with policies: {string.Join(", ", stored)}") with
            {
                Decisions = [.. stored.Select(view => $"REVOKE ALL ON {view} FROM {Identifiers.QuoteList(scene.Roles)}")],
            });
        }

        return findings;
    }
}
