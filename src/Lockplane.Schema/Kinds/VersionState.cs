using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>
/// A table in which pgroll keeps which versions of a schema there are. Its own schema and those of the versions, which hold nothing but views, are no part of what a
/// catalog describes: they are made anew with every version.
/// </summary>
/// <remarks>Recognised by its columns: the schema can be called anything. So can a schema that somebody else made with such a name, which stays in the catalog.</remarks>
/// <param name="Table">The table.</param>
public sealed record VersionState(ObjectId Table)
{
    private static readonly (string Name, string Type)[] Columns =
        [("schema", "name"), ("name", "text"), ("migration", "jsonb"), ("parent", "text"), ("done", "boolean"), ("resulting_schema", "jsonb")];

    /// <summary>SQL for the names of the versions' schemas, one text a row.</summary>
    public string VersionsQuery =>
        $"SELECT DISTINCT (m.schema::text || '_' || coalesce(m.migration ->> 'version_schema', m.name))::pg_catalog.name::text FROM ONLY {Table.QualifiedName} m ORDER BY 1";

    /// <summary>Whether such a table has these columns.</summary>
    internal static bool IsState(ObjectFacts facts) => facts is TableFacts table && Columns.All(c => table.Find(c.Name)?.Type == c.Type);
}
