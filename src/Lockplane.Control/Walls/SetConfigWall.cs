using Lockplane.Sql;

namespace Lockplane.Control.Walls;

/// <summary>The function that writes settings, the row level security context among them.</summary>
internal sealed class SetConfigWall : Wall
{
    private const string Function = "pg_catalog.set_config(text, text, boolean)";

    private static readonly string GranteesSql = Grantees.Sql(
        $"(SELECT * FROM pg_catalog.pg_proc WHERE oid = '{Function}'::pg_catalog.regprocedure) p", "p.proacl", "f", "p.proowner");

    /// <inheritdoc/>
    public override string Name => "set_config";

    /// <inheritdoc/>
    public override string Reason =>
        "A plain SELECT of set_config() makes a session another tenant's, also from within query_to_xml() or a call that the gate does not see. Without EXECUTE it cannot, however it is reached.";

    /// <inheritdoc/>
    public override string Instead => "the gate, which lets set_config pass only with a constant that names a setting of the profile";

    /// <inheritdoc/>
    public override Task<IReadOnlyList<WallFinding>> CheckAsync(WallScene scene, CancellationToken cancellation) => ForEachRoleAsync(scene, async role =>
    {
        bool may = await scene.ReadAsync<bool>($"SELECT pg_catalog.has_function_privilege($1, '{Function}', 'EXECUTE')", cancellation, role).ConfigureAwait(false);
        may |= await scene.AttemptAsync(role, "SELECT pg_catalog.set_config('lockplane.attempt', 'x', true)", cancellation).ConfigureAwait(false) == Attempt.Succeeded;
        if (!may)
        {
            return Stands(role);
        }

        if (scene.Options.KeepSetConfig)
        {
            return new WallFinding(Name, role, WallState.Kept, $"walls.set_config is \"keep\"; instead: {Instead}");
        }

        List<string> grantees = await scene.ListAsync(GranteesSql, cancellation, role, "EXECUTE").ConfigureAwait(false);
        List<string> statements = grantees.ConvertAll(grantee => $"REVOKE EXECUTE ON FUNCTION {Function} FROM {grantee}");
        if (grantees.Contains("PUBLIC"))
        {
            // pg_dump as the owner of the tables calls it.
            statements.Insert(0, $"GRANT EXECUTE ON FUNCTION {Function} TO {Identifiers.Quote(scene.ApplyRole)}");
        }

        return Missing(role, "may execute it", statements);
    });
}
