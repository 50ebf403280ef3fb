namespace Lockplane.Control.Walls;

/// <summary>The view that writes settings when it is updated.</summary>
internal sealed class SettingsViewWall : Wall
{
    private static readonly string GranteesSql = Grantees.Sql(
        "(SELECT * FROM pg_catalog.pg_class WHERE oid = 'pg_catalog.pg_settings'::pg_catalog.regclass) c", "c.relacl", "r", "c.relowner");

    /// <inheritdoc/>
    public override string Name => "pg_settings";

    /// <inheritdoc/>
    public override string Reason => "UPDATE pg_settings is set_config() in another dress: it turned standard_conforming_strings off while it reported UPDATE 0.";

    /// <inheritdoc/>
    public override string Instead => "the gate, which refuses to write to pg_catalog";

    /// <inheritdoc/>
    public override Task<IReadOnlyList<WallFinding>> CheckAsync(WallScene scene, CancellationToken cancellation) => ForEachRoleAsync(scene, async role =>
    {
        bool may = await scene.ReadAsync<bool>("SELECT pg_catalog.has_any_column_privilege($1, 'pg_catalog.pg_settings', 'UPDATE')", cancellation, role).ConfigureAwait(false);
        may |= await scene.AttemptAsync(role, "UPDATE pg_catalog.pg_settings SET setting = setting WHERE name = 'application_name'", cancellation).ConfigureAwait(false) == Attempt.Succeeded;
        if (!may)
        {
            return Stands(role);
        }

        List<string> grantees = await scene.ListAsync(GranteesSql, cancellation, role, "UPDATE").ConfigureAwait(false);
        return Missing(role, "may update it", grantees.Select(grantee => $"REVOKE UPDATE ON pg_catalog.pg_settings FROM {grantee}"));
    });
}
