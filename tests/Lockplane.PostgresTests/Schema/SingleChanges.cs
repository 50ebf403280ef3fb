using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Kinds;
using Lockplane.Sql;

namespace Lockplane.PostgresTests.Schema;

/// <summary>Statements that change one thing each: what every object and every column can have, for all of a catalog's.</summary>
internal static class SingleChanges
{
    // A role of Postgres's own that has nothing in the schema yet.
    private const string Other = "pg_monitor";

    /// <summary>One statement each. Some are refused, as not every kind can have everything.</summary>
    public static IEnumerable<string> Of(Catalog catalog) => catalog.Objects.SelectMany(item => OfObject(item).Concat(item.Facts is RelationFacts relation ? OfRelation(item.Id, relation) : []));

    private static IEnumerable<string> OfObject(CatalogObject item)
    {
        ObjectKind kind = ObjectKinds.Get(item.Id.Kind);
        string name = $"{kind.Word} {kind.Reference(item.Id)}";
        yield return $"COMMENT ON {name} IS 'changed'";
        yield return item.Facts is ConstraintFacts
            ? $"ALTER TABLE {item.Id.QualifiedName} RENAME CONSTRAINT {Identifiers.Quote(item.Id.Part!)} TO renamed"
            : $"ALTER {name} RENAME TO renamed";
        yield return item.Facts is ConstraintFacts ? $"ALTER TABLE {item.Id.QualifiedName} DROP CONSTRAINT {Identifiers.Quote(item.Id.Part!)} CASCADE" : $"DROP {name} CASCADE";
        if (item.Facts.Owner is not null)
        {
            yield return $"ALTER {name} OWNER TO {Other}";
        }

        if (kind.GrantWord is { } word)
        {
            yield return $"GRANT ALL ON {word} {kind.Reference(item.Id)} TO {Other}";
        }

        if (item.Id is { Schema: not null, Part: null })
        {
            yield return $"ALTER {name} SET SCHEMA {(item.Id.Schema == "public" ? "app" : "public")}";
        }
    }

    private static IEnumerable<string> OfRelation(ObjectId id, RelationFacts relation)
    {
        string alter = $"ALTER {ObjectKinds.Get(id.Kind).Word} {id.QualifiedName} ";
        yield return alter + "ADD COLUMN added integer";
        yield return alter + "ADD COLUMN added integer DEFAULT 7";
        foreach (ColumnFacts column in relation.Columns)
        {
            string name = Identifiers.Quote(column.Name);
            yield return $"COMMENT ON COLUMN {id.QualifiedName}.{name} IS 'changed'";
            yield return $"GRANT REFERENCES ({name}) ON {id.QualifiedName} TO {Other}";
            yield return alter + $"RENAME COLUMN {name} TO renamed";
            yield return alter + $"DROP COLUMN {name} CASCADE";
            yield return alter + $"ALTER COLUMN {name} {(column.NotNull ? "DROP" : "SET")} NOT NULL";
            yield return alter + $"ALTER COLUMN {name} SET STATISTICS 57";

            // These two have them already.
            if (column.Name is not ("doc" or "words"))
            {
                yield return alter + $"ALTER COLUMN {name} SET STORAGE EXTERNAL";
                yield return alter + $"ALTER COLUMN {name} SET COMPRESSION pglz";
            }

            yield return alter + $"ALTER COLUMN {name} SET (n_distinct = 57)";
            if (column.Type != "bytea")
            {
                yield return alter + $"ALTER COLUMN {name} TYPE bytea USING NULL";
            }

            if (column.Default is not null)
            {
                yield return alter + $"ALTER COLUMN {name} DROP DEFAULT";
            }
        }
    }
}
