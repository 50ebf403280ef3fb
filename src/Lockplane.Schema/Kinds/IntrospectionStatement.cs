using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Lockplane.Schema.Kinds;

/// <summary>The one SQL statement that reads a whole catalog: one statement has one snapshot, also at READ COMMITTED.</summary>
/// <remarks>
/// Reads pg_catalog only, every name qualified. Its rows are <see cref="CatalogRow"/>s. To be run with the settings pinned that change how Postgres
/// writes expressions. The queries are files: one for each kind of object (<c>classid, oid, schema, name, part, signature, attnums, facts</c>), and one
/// for each thing that all kinds have, in the folder Sections. In them <c>{{18 ? a : b}}</c> stands for <c>a</c> on 18 and later, for <c>b</c> before; <c>{{parameters x}}</c> and <c>{{parameters x toast}}</c> for the
/// records of an array of storage parameters, <c>{{options x}}</c> for those of foreign options, without secrets; <c>{{entries a b owner}}</c> for those of the privileges that <c>a</c> has and <c>b</c> has not.
/// </remarks>
public static partial class IntrospectionStatement
{
    /// <summary>The statement for a server of this major version.</summary>
    /// <param name="serverMajor">The major version, such as 18.</param>
    /// <param name="onShadow">
    /// Whether roles have other names there: parameter $1 is then a JSON object of the names to give instead. Done in the statement, since lists in it are in the order of roles' names.
    /// And with what privileges were granted or revoked on, section <c>managed</c>.
    /// </param>
    public static string For(int serverMajor, bool onShadow = false)
    {
        IEnumerable<string> objects = ObjectKinds.All.Select((kind, place) => string.Create(
            CultureInfo.InvariantCulture,
            $"SELECT {(int)CatalogSection.Object} AS section, o.classid::pg_catalog.oid AS classid, o.oid, 0 AS subid, {place} AS kind, o.schema::text AS schema, o.name::text AS name,"
            + $" o.part::text AS part, o.signature::text AS signature, o.attnums::text AS attnums, o.facts::text AS json,"
            + $" NULL::pg_catalog.oid AS refclassid, NULL::pg_catalog.oid AS refoid, NULL::int AS refsubid\nFROM (\n{EmbeddedSql.Read(kind.QueryName)}\n) o"));
        const string Detail = "o.classid::pg_catalog.oid, o.oid, o.subid, NULL, NULL, NULL, NULL, NULL, NULL, o.json::text, NULL, NULL, NULL";
        string[] queries =
        [
            .. objects,
            Section(CatalogSection.Comment, "comments", Detail),
            Section(CatalogSection.Label, "security_labels", Detail),
            Section(CatalogSection.Privileges, "privileges", Detail),
            Section(CatalogSection.Dependency, "dependencies", "o.classid, o.oid, o.subid, pg_catalog.ascii(o.kind), NULL, NULL, NULL, NULL, NULL, NULL, o.refclassid, o.refobjid, o.refobjsubid"),
            Section(CatalogSection.Present, "present", "o.classid::pg_catalog.oid, o.oid, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL"),
            Section(CatalogSection.Unreadable, "unreadable", "o.classid::pg_catalog.oid, o.oid, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL"),
            Section(CatalogSection.SwitchedOff, "switched_off", "o.classid::pg_catalog.oid, o.oid, 0, NULL, NULL, NULL, NULL, NULL, NULL, '{}', NULL, NULL, NULL"),
            Section(CatalogSection.Environment, "environment", "NULL, NULL, 0, NULL, NULL, o.name, NULL, NULL, NULL, o.value, NULL, NULL, NULL"),
        ];
        if (onShadow)
        {
            queries = [.. queries, Section(CatalogSection.Managed, "managed", "o.classid::pg_catalog.oid, o.oid, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL")];
        }

        string text = new StringBuilder("WITH ").Append(EmbeddedSql.Read("prelude")).Append('\n').AppendJoin("\nUNION ALL\n", queries).ToString();
        text = Entries().Replace(text, match => PrivilegeEntries(match.Groups[1].Value, match.Groups[2].Value, match.Groups[3].Value));
        text = Options().Replace(text, match => OptionEntries(match.Groups[1].Value));
        text = Parameters().Replace(text, match => match.Groups[2].Success ? ParameterEntries(match.Groups[1].Value, match.Groups[2].Value) : ParameterEntries(match.Groups[1].Value));
        text = ByMajor().Replace(text, match =>
            serverMajor >= int.Parse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) ? match.Groups[2].Value : match.Groups[3].Value);
        return onShadow ? RoleName().Replace(text, "coalesce($$1::pg_catalog.jsonb ->> $0::text, $0::text)") : text;
    }

    private static string Section(CatalogSection section, string file, string columns) =>
        string.Create(CultureInfo.InvariantCulture, $"SELECT {(int)section}, {columns}\nFROM (\n{EmbeddedSql.Read(file)}\n) o");

    // The records of GrantFacts for what the first list of privileges has and the second has not.
    private static string PrivilegeEntries(string list, string other, string owner) =>
        $"""
        (
            SELECT pg_catalog.json_agg(pg_catalog.json_build_object('to', e.held_by, 'by', e.given_by, 'privileges', e.privileges, 'grantable', e.is_grantable)
                ORDER BY e.held_by COLLATE "C", e.given_by COLLATE "C", e.is_grantable)
            FROM (
                SELECT CASE WHEN x.grantee = 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(x.grantee)::text END AS held_by,
                    CASE WHEN x.grantor <> {owner} THEN pg_catalog.pg_get_userbyid(x.grantor)::text END AS given_by,
                    x.is_grantable, pg_catalog.json_agg(x.privilege_type ORDER BY x.privilege_type COLLATE "C") AS privileges
                FROM (SELECT * FROM pg_catalog.aclexplode({list}) EXCEPT SELECT * FROM pg_catalog.aclexplode({other})) x
                GROUP BY 1, 2, 3
            ) e
        )
        """;

    // The records of OptionFacts for options of foreign data.
    private static string OptionEntries(string options) =>
        $"""
        (
            SELECT pg_catalog.json_agg(pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
                'name', x.option_name,
                'value', CASE WHEN x.option_name !~* '(password|secret|token|key)(?!_required)' THEN x.option_value END,
                'secret', x.option_name ~* '(password|secret|token|key)(?!_required)')) ORDER BY x.option_name COLLATE "C")
            FROM pg_catalog.pg_options_to_table({options}) x
        )
        """;

    [GeneratedRegex(@"\{\{options (\S+)\}\}")]
    private static partial Regex Options();

    // The records of storage parameters and the like, in the order of their names: that in which they were set is history.
    private static string ParameterEntries(string options) =>
        $"""
        CASE WHEN {options} IS NOT NULL THEN (
            SELECT pg_catalog.json_agg(pg_catalog.json_build_object('name', x.option_name, 'value', x.option_value) ORDER BY x.option_name COLLATE "C")
            FROM pg_catalog.pg_options_to_table({options}) x) END
        """;

    // Along with those of the TOAST table.
    private static string ParameterEntries(string options, string toast) =>
        $"""
        CASE WHEN {options} IS NOT NULL OR {toast} IS NOT NULL THEN (
            SELECT pg_catalog.json_agg(pg_catalog.json_build_object('name', o.name, 'value', o.value) ORDER BY o.name COLLATE "C")
            FROM (
                SELECT x.option_name AS name, x.option_value AS value FROM pg_catalog.pg_options_to_table({options}) x
                UNION ALL SELECT 'toast.' || x.option_name, x.option_value FROM pg_catalog.pg_options_to_table({toast}) x
            ) o) END
        """;

    [GeneratedRegex(@"\{\{parameters (\S+?)(?: (\S+?))?\}\}")]
    private static partial Regex Parameters();

    [GeneratedRegex(@"\{\{entries (\S+) (\S+) (\S+)\}\}")]
    private static partial Regex Entries();

    // With the parentheses that belong to it.
    [GeneratedRegex(@"pg_catalog\.pg_get_userbyid\((?>[^()]+|(?<open>\()|(?<-open>\)))*(?(open)(?!))\)")]
    private static partial Regex RoleName();

    [GeneratedRegex(@"\{\{(\d+) \? (.*?) : (.*?)\}\}", RegexOptions.Singleline)]
    private static partial Regex ByMajor();
}
