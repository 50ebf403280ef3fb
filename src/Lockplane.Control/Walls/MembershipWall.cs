using Lockplane.Control.Ledgers;
using Lockplane.Sql;

namespace Lockplane.Control.Walls;

/// <summary>No membership in Postgres's own roles, nor in roles with attributes that the role itself must not have, nor in those that own what Lockplane keeps or apply its plans.</summary>
internal sealed class MembershipWall : Wall
{
    private const string Sql = WallScene.MemberOf + $"""
        SELECT g.rolname::text, (EXISTS (
            SELECT FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles r ON r.oid = m.member WHERE m.roleid = g.oid AND r.rolname = $1))::text
        FROM member_of o JOIN pg_catalog.pg_roles g ON g.oid = o.oid
        WHERE g.rolname <> $1 AND (g.rolname ~ '^pg_' OR g.rolsuper OR g.rolbypassrls OR g.rolreplication OR g.rolcreatedb OR g.rolcreaterole OR g.rolname IN ('{LedgerSchema.Owner}', $2))
        ORDER BY g.rolname COLLATE "C"
        """;

    /// <inheritdoc/>
    public override string Name => "memberships";

    /// <inheritdoc/>
    public override string Reason =>
        "pg_read_all_data, pg_execute_server_program and their like read and run what no grant on a table shows; a role with forbidden attributes could be taken by SET ROLE; lockplane_owner reads the key of strict mode and lets through the guard, and the role that applies owns the tables.";

    /// <inheritdoc/>
    public override string Instead => "the gate, which refuses SET ROLE; not where the membership is inherited";

    /// <inheritdoc/>
    public override Task<IReadOnlyList<WallFinding>> CheckAsync(WallScene scene, CancellationToken cancellation) => ForEachRoleAsync(scene, async role =>
    {
        List<string?[]> groups = await scene.RowsAsync(Sql, cancellation, role, scene.ApplyRole).ConfigureAwait(false);
        if (groups.Count == 0)
        {
            return Stands(role);
        }

        string name = Identifiers.Quote(role);
        return Missing(
            role, $"is in {string.Join(", ", groups.Select(group => group[0]))}", groups.Where(group => group[1] == "true").Select(group => $"REVOKE {Identifiers.Quote(group[0]!)} FROM {name}")) with
        {
            Decisions = [.. groups.Where(group => group[1] == "false").Select(group => $"Revoke {group[0]} from the group through which {role} has it, or {role} from that group.")],
        };
    });
}
