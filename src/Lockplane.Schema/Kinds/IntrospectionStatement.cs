using System.Text;

namespace Lockplane.Schema.Kinds;

/// <summary>The one SQL statement that reads a whole catalog: one statement has one snapshot, also at READ COMMITTED.</summary>
/// <remarks>
/// Reads pg_catalog only, every name qualified. Rows are (section, kind, schema, name, part, json): see <see cref="CatalogRows"/>. To be run
/// with the settings pinned that change how Postgres writes expressions.
/// </remarks>
public static class IntrospectionStatement
{
    // Everything else that a database can have: found and named, so that nothing is left out silently.
    private static readonly string[] Unmodelled = ["unmodelled_relations", "unmodelled_objects", "unmodelled_privileges"];

    /// <summary>The statement for a server of this major version.</summary>
    public static string For(int serverMajor)
    {
        StringBuilder text = new StringBuilder("WITH ").Append(EmbeddedSql.Read("prelude"));
        string[] queries = [.. ObjectKinds.All.Select(kind => kind.Query), EmbeddedSql.Read("requirement"), EmbeddedSql.Read("environment"), .. Unmodelled.Select(EmbeddedSql.Read)];
        string separator = "\n";
        foreach (string query in queries)
        {
            text.Append(separator).Append(query);
            separator = "\nUNION ALL\n";
        }

        // Columns that 18 added to pg_constraint.
        return text
            .Replace("{{not_enforced}}", serverMajor >= 18 ? "NOT con.conenforced" : "false")
            .Replace("{{temporal}}", serverMajor >= 18 ? "con.conperiod" : "false")
            .ToString();
    }
}
