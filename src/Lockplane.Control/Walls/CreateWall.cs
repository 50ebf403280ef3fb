using Lockplane.Sql;

namespace Lockplane.Control.Walls;

/// <summary>No right to make objects, in the database or in any schema.</summary>
internal sealed class CreateWall : Wall
{
    private static readonly string DatabaseGrantees = Grantees.Sql(
        "(SELECT * FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) d", "d.datacl", "d", "d.datdba");

    private static readonly string SchemaGrantees = Grantees.Sql(
        "(SELECT * FROM pg_catalog.pg_namespace WHERE nspname = $3) n", "n.nspacl", "n", "n.nspowner");

    /// <inheritdoc/>
    public override string Name => "create";

    /// <inheritdoc/>
    public override string Reason =>
        "Event triggers do not see every way to make a table (EXPLAIN ANALYZE CREATE TABLE AS was measured); a role without CREATE cannot, whatever the statement looks like, nor shadow a name that others use.";

    /// <inheritdoc/>
    public override string Instead => "the gate, which refuses schema changes, and the guard";

    /// <inheritdoc/>
    public override Task<IReadOnlyList<WallFinding>> CheckAsync(WallScene scene, CancellationToken cancellation) => ForEachRoleAsync(scene, async role =>
    {
        List<string> places = [];
        List<string> statements = [];
        bool may = await scene.ReadAsync<bool>("SELECT pg_catalog.has_database_privilege($1, pg_catalog.current_database(), 'CREATE')", cancellation, role).ConfigureAwait(false);
        if (may || await scene.AttemptAsync(role, "CREATE SCHEMA lockplane_attempt", cancellation).ConfigureAwait(false) == Attempt.Succeeded)
        {
            places.Add("in the database");
            List<string> grantees = await scene.ListAsync(DatabaseGrantees, cancellation, role, "CREATE").ConfigureAwait(false);
            statements.AddRange(grantees.Select(grantee => $"REVOKE CREATE ON DATABASE {Identifiers.Quote(scene.Database)} FROM {grantee}"));
        }

        foreach (string schema in await scene.ListAsync($"SELECT n.nspname::text FROM pg_catalog.pg_namespace n WHERE {WallScene.UserSchema} ORDER BY 1", cancellation).ConfigureAwait(false))
        {
            string quoted = Identifiers.Quote(schema);
            may = await scene.ReadAsync<bool>("SELECT pg_catalog.has_schema_privilege($1, $2, 'CREATE')", cancellation, role, schema).ConfigureAwait(false);
            if (may || await scene.AttemptAsync(role, $"CREATE TABLE {quoted}.lockplane_attempt ()", cancellation).ConfigureAwait(false) == Attempt.Succeeded)
            {
                places.Add($"in schema {schema}");
                List<string> grantees = await scene.ListAsync(SchemaGrantees, cancellation, role, "CREATE", schema).ConfigureAwait(false);
                statements.AddRange(grantees.Select(grantee => $"REVOKE CREATE ON SCHEMA {quoted} FROM {grantee}"));
            }
        }

        return places.Count == 0 ? Stands(role) : Missing(role, $"may create {string.Join(", ", places)}", statements);
    });
}
