using Lockplane.Sql;

namespace Lockplane.Control.Walls;

/// <summary>What a role's sessions begin with: the encoding and string syntax that the gate reads by, and nothing of the context.</summary>
internal sealed class RoleSettingsWall : Wall
{
    // In the order in which they win: for the role here, for the role, for everybody here, for everybody.
    private const string Sql = """
        SELECT s.name, s.value, (st.setdatabase <> 0)::text, (st.setrole <> 0)::text
        FROM pg_catalog.pg_db_role_setting st
        CROSS JOIN LATERAL (
            SELECT pg_catalog.lower(pg_catalog.split_part(c, '=', 1)) AS name, pg_catalog.substr(c, pg_catalog.strpos(c, '=') + 1) AS value
            FROM pg_catalog.unnest(st.setconfig) c
        ) s
        WHERE st.setrole IN (0, (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = $1))
          AND st.setdatabase IN (0, (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()))
        ORDER BY s.name, st.setrole = 0, st.setdatabase = 0
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
        List<string> decisions = [];
        (string quoted, string database) = (Identifiers.Quote(role), Identifiers.Quote(scene.Database));
        string Where(bool here) => here ? $"ALTER ROLE {quoted} IN DATABASE {database}" : $"ALTER ROLE {quoted}";
        foreach ((string name, string value) in Pins)
        {
            string?[]? setting = settings.Find(row => row[0] == name);
            if (!IsSame(setting?[1], value))
            {
                faults.Add(setting is null ? $"{name} is not pinned" : $"{name} is {setting[1]}");
                statements.Add($"{Where(IsOwn(setting) && IsHere(setting))} SET {name} = '{value}'");
            }
        }

        foreach (string?[] setting in settings.Where(row => IsForbidden(row[0]!, scene.Options.ContextPrefix)))
        {
            string reset = $"RESET {Identifiers.QuoteQualified(setting[0]!.Split('.'))}";
            if (IsOwn(setting))
            {
                faults.Add(IsHere(setting) ? $"{setting[0]} is set in this database" : $"{setting[0]} is set");
                statements.Add($"{Where(IsHere(setting))} {reset}");
            }
            else
            {
                // Other roles may rest on it.
                faults.Add($"{setting[0]} is set for every role");
                decisions.Add(IsHere(setting) ? $"ALTER DATABASE {database} {reset}" : $"ALTER ROLE ALL {reset}");
            }
        }

        return faults.Count == 0 ? Stands(role) : Missing(role, string.Join(", ", faults), statements) with { Decisions = [.. decisions] };
    });

    private static bool IsHere(string?[]? setting) => setting?[2] == "true";

    private static bool IsOwn(string?[]? setting) => setting?[3] == "true";

    private static bool IsSame(string? found, string wanted) => found is not null && (
        string.Equals(found, wanted, StringComparison.OrdinalIgnoreCase)
        || (wanted == "on" ? found.ToLowerInvariant() is "true" or "yes" or "1" : string.Concat(found.Where(char.IsAsciiLetterOrDigit)).ToUpperInvariant() is "UTF8" or "UNICODE"));

    private static bool IsForbidden(string name, string prefix) =>
        name is "role" or "session_authorization" or "row_security" || name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) || name.StartsWith("lockplane.", StringComparison.Ordinal);
}
