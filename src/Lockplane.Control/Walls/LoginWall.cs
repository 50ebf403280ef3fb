using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Lockplane.Sql;

namespace Lockplane.Control.Walls;

/// <summary>Logins of the application's roles come from the gateway only.</summary>
internal sealed class LoginWall : Wall
{
    // Arrays as texts with a line for each element: names hold no line ends in practice, and one that does fits nothing.
    private const string Sql = """
        SELECT h.line_number::text, h.type, pg_catalog.array_to_string(h.database, E'\n'), pg_catalog.array_to_string(h.user_name, E'\n'), h.address, h.netmask, h.auth_method
        FROM pg_catalog.pg_hba_file_rules h WHERE h.error IS NULL ORDER BY 
        """;

    // As the file has them, and so without the quotes that regrole puts around capitals.
    private const string Groups = WallScene.MemberOf + "SELECT r.rolname::text FROM member_of o JOIN pg_catalog.pg_roles r ON r.oid = o.oid";

    /// <inheritdoc/>
    public override string Name => "login";

    /// <inheritdoc/>
    public override string Reason => "Whoever logs in past the gateway says itself which tenant it is: pg_hba.conf lets an application's role in from the gateway's address and from nowhere else.";

    /// <inheritdoc/>
    public override string Instead => "the role's secret, as long as only the gateway has it";

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<WallFinding>> CheckAsync(WallScene scene, CancellationToken cancellation)
    {
        bool readable = await scene.ReadAsync<bool>(
            "SELECT pg_catalog.has_table_privilege('pg_catalog.pg_hba_file_rules', 'SELECT') AND pg_catalog.has_function_privilege('pg_catalog.pg_hba_file_rules()', 'EXECUTE')", cancellation)
            .ConfigureAwait(false);
        bool known = scene.Options.Gateways.Length > 0;
        if (!readable || !known)
        {
            string why = readable ? "nobody said where the gateway is: set walls.gateways or give --gateway" : "pg_hba_file_rules is not readable here";
            return [.. scene.Roles.Select(role => new WallFinding(Name, role, WallState.NotCheckable, why) { Decisions = Lines(scene, role) })];
        }

        List<HbaRule> rules = await ReadAsync(scene, cancellation).ConfigureAwait(false);
        ImmutableArray<string> gateways = scene.Options.Gateways;
        HbaReview review = new([.. gateways.Where(gateway => gateway != WallOptions.Local).Select(IPNetwork.Parse)], gateways.Contains(WallOptions.Local));
        return await ForEachRoleAsync(scene, async role =>
        {
            List<string> groups = await scene.ListAsync(Groups, cancellation, role).ConfigureAwait(false);
            ImmutableArray<HbaRule> openings = review.Openings(rules, scene.Database, role, [.. groups]);
            return openings.IsEmpty
                ? Stands(role, $"from {string.Join(", ", gateways)} only")
                : Missing(role, $"pg_hba.conf lets it in from elsewhere: {string.Join("; ", openings)}") with { Decisions = Lines(scene, role) };
        }).ConfigureAwait(false);
    }

    private static async Task<List<HbaRule>> ReadAsync(WallScene scene, CancellationToken cancellation)
    {
        // From 16 on files include others, and lines have a number across all of them.
        List<string?[]> rows = await scene.RowsAsync(Sql + (scene.Version.Major >= 16 ? "h.rule_number" : "h.line_number"), cancellation).ConfigureAwait(false);
        return rows.ConvertAll(row => new HbaRule(
            int.Parse(row[0]!, CultureInfo.InvariantCulture), row[1]!, [.. row[2]!.Split('\n')], [.. row[3]!.Split('\n')], row[4], row[5], row[6]!));
    }

    private static ImmutableArray<string> Lines(WallScene scene, string role)
    {
        (string database, string user) = (Identifiers.Quote(scene.Database), Identifiers.Quote(role));
        IEnumerable<string> gateways = scene.Options.Gateways.IsEmpty ? ["GATEWAY_ADDRESS/32"] : scene.Options.Gateways;
        return
        [
            $"At the top of pg_hba.conf:",
            .. gateways.Select(gateway => gateway == WallOptions.Local ? $"local {database} {user} scram-sha-256" : $"host {database} {user} {gateway} scram-sha-256"),
            $"local {database} {user} reject",
            $"host {database} {user} all reject",
        ];
    }
}
