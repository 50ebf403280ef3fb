namespace Lockplane.Control.Walls;

/// <summary>Row level security that holds for the tables' owner, too.</summary>
internal sealed class ForcedRowSecurityWall : Wall
{
    private const string Sql = $"""
        SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), pg_catalog.pg_has_role(c.relowner, 'USAGE')::text
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND c.relrowsecurity AND NOT c.relforcerowsecurity AND {WallScene.UserSchema}
        ORDER BY 1
        """;

    /// <inheritdoc/>
    public override string Name => "forced row security";

    /// <inheritdoc/>
    public override string Reason => "Policies do not hold for a table's owner unless they are forced: whatever runs with the owner's rights (a definer function, a view) would read every tenant's rows.";

    /// <inheritdoc/>
    public override string Instead => "row level security for every role but the owner";

    /// <inheritdoc/>
    public override bool LocksRelations => true;

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<WallFinding>> CheckAsync(WallScene scene, CancellationToken cancellation) =>
        RelationFindings.Of(this, scene, await scene.RowsAsync(Sql, cancellation).ConfigureAwait(false), "not forced on", table => $"ALTER TABLE {table} FORCE ROW LEVEL SECURITY");
}
