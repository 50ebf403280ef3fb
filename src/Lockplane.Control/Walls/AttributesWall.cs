using Lockplane.Sql;

namespace Lockplane.Control.Walls;

/// <summary>No attribute that puts a role above row level security or above the database.</summary>
internal sealed class AttributesWall : Wall
{
    // The attribute in the catalog, and in ALTER ROLE.
    private static readonly (string Column, string Word)[] Attributes =
        [("rolsuper", "SUPERUSER"), ("rolbypassrls", "BYPASSRLS"), ("rolreplication", "REPLICATION"), ("rolcreatedb", "CREATEDB"), ("rolcreaterole", "CREATEROLE")];

    /// <inheritdoc/>
    public override string Name => "attributes";

    /// <inheritdoc/>
    public override string Reason =>
        "A superuser or BYPASSRLS reads every tenant's rows; REPLICATION opens a connection that takes SQL and that the gateway refuses; CREATEDB and CREATEROLE make what nobody approved.";

    /// <inheritdoc/>
    public override string Instead => "nothing: use another role for the application";

    /// <inheritdoc/>
    public override Task<IReadOnlyList<WallFinding>> CheckAsync(WallScene scene, CancellationToken cancellation) => ForEachRoleAsync(scene, async role =>
    {
        string columns = string.Join(" || ' ' || ", Attributes.Select(attribute => $"CASE WHEN {attribute.Column} THEN '{attribute.Word}' ELSE '' END"));
        string[] held = (await scene.ReadAsync<string>($"SELECT {columns} FROM pg_catalog.pg_roles WHERE rolname = $1", cancellation, role).ConfigureAwait(false))!
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (held.Length == 0)
        {
            return Stands(role);
        }

        // Who builds the walls does not saw off the branch; and Postgres keeps its first superuser.
        bool keeps = await scene.ReadAsync<bool>("SELECT oid = 10 OR rolname IN (session_user, current_user) FROM pg_catalog.pg_roles WHERE rolname = $1", cancellation, role).ConfigureAwait(false);
        string statement = $"ALTER ROLE {Identifiers.Quote(role)} {string.Join(' ', held.Select(word => "NO" + word))}";
        return keeps
            ? Missing(role, $"is {string.Join(", ", held)}, and administers this server") with { Decisions = ["Let the application log in as another role."] }
            : Missing(role, $"is {string.Join(", ", held)}", statement);
    });
}
