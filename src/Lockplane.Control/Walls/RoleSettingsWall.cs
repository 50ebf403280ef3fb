using Lockplane.Sql;

namespace Lockplane.Control.Walls;

/// <summary>What a role's sessions begin with: the encoding and string syntax that the gate reads by, and nothing of the context.</summary>
internal sealed class RoleSettingsWall : Wall
{
    // What is set for the role here wins over what is set for it everywhere.
    private const string Sql = """
        SELECT DISTINCT ON (s.name) s.name, s.value, (st.setdatabase <> 0)::text
        FROM pg_catalog.pg_db_role_setting st
        CROSS JOIN LATERAL (
            SELECT pg_catalog.lower(pg_catalog.split_part(c, '=', 1)) AS name, pg_catalog.substr(c, pg_catalog.strpos(c, '=') + 1) AS value
            FROM pg_catalog.unnest(st.setconfig) c
        ) s
        WHERE st.setrole = (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = $1)
          AND st.setdatabase IN (0, (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()))
        ORDER BY s.name, st.setdatabase DESC
        """;

    private static readonly (string Name, string Value)[] Pins = [("client_encoding", "UTF8"), ("standard_conforming_strings", "on")];

    /// <inheritdoc/>
    public override string Name => "role settings";

    /// <inheritdoc/>
    public override string Reason =>
        "The gate reads texts as UTF-8 with standard_conforming_strings on; a login that does not come through it begins the same. A role may set its own defaults (ALTER ROLE CURRENT_USER fires no event trigger), so that a context, a role or row_security among them is found here.";

    /// <inheritdoc/>
    public override string Instead => "the gateway, whose own start-up message says all of these";

    /// <inheritdoc/>
    public override Task<IReadOnlyList<WallFinding>> CheckAsync(WallScene scene, CancellationToken cancellation) => ForEachRoleAsync(scene, async role =>
    {
        List<string?[]> settings = await scene.RowsAsync(Sql, cancellation, role).ConfigureAwait(false);
        List<string> faults = [];
        List<string> statements = [];
        string quoted = Identifiers.Quote(role);
        string Where(string?[]? setting) => setting?[2] == "true" ? $"ALTER ROLE {quoted} IN DATABASE {Identifiers.Quote(scene.Database)}" : $"ALTER ROLE {quoted}";
        foreach ((string name, string value) in Pins)
        {
            string?[]? setting = settings.Find(row => row[0] == name);
            if (!IsSame(setting?[1], value))
            {
                faults.Add(setting is null ? $"{name} is not pinned" : $"{name} is {setting[1]}");
                statements.Add($"{Where(setting)} SET {name} = '{value}'");
            }
        }

        foreach (string?[] setting in settings.Where(row => IsForbidden(row[0]!)))
        {
            faults.Add($"{setting[0]} is set");
            statements.Add($"{Where(setting)} RESET {Identifiers.QuoteQualified(setting[0]!.Split('.'))}");
        }

        return faults.Count == 0 ? Stands(role) : Missing(role, string.Join(", ", faults), statements);
    });

    private static bool IsSame(string? found, string wanted) => found is not null && (
        string.Equals(found, wanted, StringComparison.OrdinalIgnoreCase)
        || (wanted == "on" ? found.ToLowerInvariant() is "true" or "yes" or "1" : string.Concat(found.Where(char.IsAsciiLetterOrDigit)).ToUpperInvariant() is "UTF8" or "UNICODE"));

    private static bool IsForbidden(string name) =>
        name is "role" or "session_authorization" or "row_security" || name.StartsWith("app.", StringComparison.Ordinal) || name.StartsWith("lockplane.", StringComparison.Ordinal);
}
