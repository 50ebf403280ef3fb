namespace Lockplane.Control.Walls;

/// <summary>Functions that run with their owner's rights know which schemas their names mean.</summary>
internal sealed class DefinerFunctionsWall : Wall
{
    // A trigger's function runs without anyone's EXECUTE.
    private const string Sql = $"""
        SELECT pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)),
            pg_catalog.pg_has_role(p.proowner, 'USAGE')::text, pg_catalog.quote_ident(n.nspname)
        FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
        WHERE p.prosecdef AND {WallScene.UserSchema}
          AND NOT EXISTS (SELECT FROM pg_catalog.unnest(p.proconfig) c WHERE c LIKE 'search\_path=%' AND c NOT LIKE '%$user%')
          AND NOT EXISTS (
              SELECT FROM pg_catalog.pg_depend d
              WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'e')
          AND (p.prorettype IN ('pg_catalog.trigger'::pg_catalog.regtype, 'pg_catalog.event_trigger'::pg_catalog.regtype)
              OR EXISTS (SELECT FROM pg_catalog.unnest($1) r WHERE pg_catalog.has_function_privilege(r, p.oid, 'EXECUTE')))
        ORDER BY 1
        """;

    /// <inheritdoc/>
    public override string Name => "search_path of definer functions";

    /// <inheritdoc/>
    public override string Reason => "A SECURITY DEFINER function that takes names from the caller's search_path runs the caller's objects with its owner's rights.";

    /// <inheritdoc/>
    public override string Instead => "the gate, which refuses to call them until they are named in allow_functions";

    /// <inheritdoc/>
    public override bool LocksRelations => true;

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<WallFinding>> CheckAsync(WallScene scene, CancellationToken cancellation)
    {
        List<string?[]> rows = await scene.RowsAsync(Sql, cancellation, (object)scene.Roles.ToArray()).ConfigureAwait(false);
        Dictionary<string, string> schemas = rows.ToDictionary(row => row[0]!, row => row[2]!, StringComparer.Ordinal);

        // Its own schema is what its unqualified names most likely mean; one that means others fails with 42P01 afterwards and says so.
        return RelationFindings.Of(this, scene, rows, "not pinned:", function => $"ALTER ROUTINE {function} SET search_path = pg_catalog, {schemas[function]}, pg_temp");
    }
}
