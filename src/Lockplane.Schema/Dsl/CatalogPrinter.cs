using System.Collections.Immutable;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Dsl;

/// <summary>Writes a catalog as Postgres DDL.</summary>
public static class CatalogPrinter
{
    /// <summary>The statements that build the catalog in an empty database (one that has schema <c>public</c>), in order, all names qualified.</summary>
    public static ImmutableArray<string> Statements(Catalog catalog) => throw new NotSupportedException();

    /// <summary>The catalog as the text of a schema file.</summary>
    public static string Print(Catalog catalog) => throw new NotSupportedException();
}
