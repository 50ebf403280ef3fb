using Lockplane.Sql;

namespace Lockplane.Control.Walls;

/// <summary>No temporary objects.</summary>
internal sealed class TemporaryWall : Wall
{
    private static readonly string GranteesSql = Grantees.Sql(
        "(SELECT * FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) d", "d.datacl", "d", "d.datdba");

    /// <inheritdoc/>
    public override string Name => "temporary tables";

    /// <inheritdoc/>
    public override string Reason => "A temporary table comes before every schema in the search_path: it takes the place of a table in functions and statements that name none.";

    /// <inheritdoc/>
    public override string Instead => "the gate, which refuses schema changes, and the guard";

    /// <inheritdoc/>
    public override Task<IReadOnlyList<WallFinding>> CheckAsync(WallScene scene, CancellationToken cancellation) => ForEachRoleAsync(scene, async role =>
    {
        bool may = await scene.ReadAsync<bool>("SELECT pg_catalog.has_database_privilege($1, pg_catalog.current_database(), 'TEMP')", cancellation, role).ConfigureAwait(false);
        may |= await scene.AttemptAsync(role, "CREATE TEMPORARY TABLE lockplane_attempt ()", cancellation).ConfigureAwait(false) == Attempt.Succeeded;
        if (!may)
        {
            return Stands(role);
        }

        List<string> grantees = await scene.ListAsync(GranteesSql, cancellation, role, "TEMPORARY").ConfigureAwait(false);
        return Missing(role, "may create them", grantees.Select(grantee => $"REVOKE TEMPORARY ON DATABASE {Identifiers.Quote(scene.Database)} FROM {grantee}"));
    });
}
