namespace Lockplane.Control.Walls;

/// <summary>Who a role has a privilege from: PUBLIC, itself, or a group that it is in. Owners are left out, whose rights no REVOKE takes.</summary>
internal static class Grantees
{
    /// <summary>The grantees of <c>$2</c> in an access list, as REVOKE names them.</summary>
    /// <param name="from">The catalog with its alias, and its condition.</param>
    /// <param name="acl">The access list's column.</param>
    /// <param name="type">The object's type as acldefault() wants it.</param>
    /// <param name="owner">The owner's column.</param>
    public static string Sql(string from, string acl, string type, string owner) => WallScene.MemberOf + $"""
        SELECT DISTINCT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::pg_catalog.regrole::text END
        FROM {from} CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce({acl}, pg_catalog.acldefault('{type}', {owner}))) a
        WHERE a.privilege_type = $2 AND a.grantee <> {owner} AND (a.grantee = 0 OR a.grantee IN (SELECT o.oid FROM member_of o))
        """;
}
