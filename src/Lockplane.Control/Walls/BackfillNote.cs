using Lockplane.Sql;

namespace Lockplane.Control.Walls;

/// <summary>No wall: whether the role that applies can run data steps on tables whose row security is forced.</summary>
internal sealed class BackfillNote : Wall
{
    private const string Sql = $"""
        SELECT pg_catalog.count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND c.relrowsecurity AND c.relforcerowsecurity AND {WallScene.UserSchema}
        """;

    /// <inheritdoc/>
    public override string Name => "backfills";

    /// <inheritdoc/>
    public override string Reason =>
        "Steps run with row_security = off, so that a data step on a forced table raises where its policies would hide rows, and does not report UPDATE 0. BYPASSRLS lets the role that applies see all rows.";

    /// <inheritdoc/>
    public override string Instead => "data steps on forced tables raise";

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<WallFinding>> CheckAsync(WallScene scene, CancellationToken cancellation)
    {
        bool bypasses = await scene.ReadAsync<bool>("SELECT rolsuper OR rolbypassrls FROM pg_catalog.pg_roles WHERE rolname = $1", cancellation, scene.ApplyRole).ConfigureAwait(false);
        long forced = await scene.ReadAsync<long>(Sql, cancellation).ConfigureAwait(false);
        string detail = bypasses ? "has BYPASSRLS: data steps see all rows"
            : forced == 0 ? "has no BYPASSRLS; no table's row security is forced"
            : $"has no BYPASSRLS: a data step on one of the {forced} forced tables raises (42501)";
        return
        [
            new WallFinding(Name, scene.ApplyRole, WallState.Note, detail)
            {
                Decisions = bypasses || forced == 0 ? [] : [$"ALTER ROLE {Identifiers.Quote(scene.ApplyRole)} BYPASSRLS"],
            },
        ];
    }
}
