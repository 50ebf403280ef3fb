using Lockplane.Sql;

namespace Lockplane.Control.Walls;

/// <summary>No ownership: an owner may always ALTER and DROP, and no grant takes that away.</summary>
internal sealed class OwnershipWall : Wall
{
    private const int Named = 5;

    private const string Sql = WallScene.MemberOf + $"""
        SELECT owned.what, owned.owner::pg_catalog.regrole::text FROM (
            SELECT 'database ' || d.datname AS what, d.datdba AS owner FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()
            UNION ALL
            SELECT 'schema ' || n.nspname, n.nspowner FROM pg_catalog.pg_namespace n WHERE {WallScene.UserSchema}
            UNION ALL
            SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), c.relowner
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND {WallScene.UserSchema}
            UNION ALL
            SELECT pg_catalog.format('%I.%I()', n.nspname, p.proname), p.proowner
            FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE {WallScene.UserSchema}
            UNION ALL
            SELECT pg_catalog.format('type %I.%I', n.nspname, t.typname), t.typowner
            FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
            WHERE t.typtype IN ('e', 'd', 'r') AND {WallScene.UserSchema}
        ) owned JOIN member_of o ON o.oid = owned.owner
        ORDER BY owned.what COLLATE "C"
        """;

    /// <inheritdoc/>
    public override string Name => "ownership";

    /// <inheritdoc/>
    public override string Reason => "An owner alters, drops and disables the row level security of what it owns, and no REVOKE takes that away.";

    /// <inheritdoc/>
    public override string Instead => "the gate, which refuses schema changes, and the guard";

    /// <inheritdoc/>
    public override Task<IReadOnlyList<WallFinding>> CheckAsync(WallScene scene, CancellationToken cancellation) => ForEachRoleAsync(scene, async role =>
    {
        List<string?[]> owned = await scene.RowsAsync(Sql, cancellation, role).ConfigureAwait(false);
        if (owned.Count == 0)
        {
            return Stands(role);
        }

        // Whose the objects should be is not ours to say: shown, never run.
        string quoted = Identifiers.Quote(role);
        IEnumerable<string> decisions = owned.Select(row => row[1]!).Distinct(StringComparer.Ordinal)
            .Select(owner => owner == quoted ? $"REASSIGN OWNED BY {quoted} TO {Identifiers.Quote(scene.ApplyRole)}" : $"REVOKE {owner} FROM {quoted}");
        string more = owned.Count > Named ? $" and {owned.Count - Named} more" : "";
        return Missing(role, $"owns {string.Join(", ", owned.Take(Named).Select(row => row[0]))}{more}") with { Decisions = [.. decisions] };
    });
}
