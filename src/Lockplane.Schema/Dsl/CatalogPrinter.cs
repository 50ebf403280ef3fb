using System.Collections.Immutable;
using System.Text;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Kinds;
using Lockplane.Schema.Plans;

namespace Lockplane.Schema.Dsl;

/// <summary>Writes a catalog as Postgres DDL.</summary>
public static class CatalogPrinter
{
    /// <summary>The statements that build the catalog in an empty database (one that has schema <c>public</c>), in order, all names qualified, without semicolons.</summary>
    /// <remarks>What is not modelled is not in them.</remarks>
    public static ImmutableArray<string> Statements(Catalog catalog)
    {
        Catalog empty = new(catalog.ServerMajor, catalog.Scope, [new CatalogObject(new ObjectId("schema", null, "public"), new SchemaFacts())]);
        return [.. Planner.Drafts(new Difference(empty, catalog)).Select(draft => draft.Sql)];
    }

    /// <summary>The catalog as the text of a schema file: the statements, and in comments what is not modelled.</summary>
    public static string Print(Catalog catalog)
    {
        StringBuilder text = new();
        foreach (string statement in Statements(catalog))
        {
            text.Append(text.Length > 0 ? "\n" : "").Append(statement).Append(";\n");
        }

        if (catalog.Unmodelled.Length > 0)
        {
            text.Append(text.Length > 0 ? "\n" : "").Append("-- Not modelled, and left alone:\n");
            foreach (UnmodelledObject item in catalog.Unmodelled)
            {
                // A name can hold a line break; a comment cannot.
                text.Append("--   ").Append(item.ToString().ReplaceLineEndings(" ")).Append('\n');
            }
        }

        return text.ToString();
    }
}
