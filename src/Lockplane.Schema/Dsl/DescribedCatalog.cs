using System.Collections.Immutable;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Kinds;
using Lockplane.Schema.Plans;
using Lockplane.Sql.Errors;

namespace Lockplane.Schema.Dsl;

/// <summary>What schema files describe: a catalog, and of which objects it describes the privileges.</summary>
/// <param name="Catalog">The catalog as Postgres understood the files. An object's privileges that the files do not manage are not in it.</param>
/// <param name="Managed">The objects on which, or on whose columns, a statement grants or revokes something.</param>
/// <param name="ManagesAll">The files describe the privileges of all objects.</param>
/// <param name="Renames">What was called otherwise.</param>
public sealed record DescribedCatalog(Catalog Catalog, IReadOnlySet<ObjectId> Managed, bool ManagesAll, ImmutableArray<Rename> Renames)
{
    private static readonly string[] Functions = ["function", "procedure", "aggregate"];

    /// <summary>A catalog that describes everything, such as a manifest's.</summary>
    public static DescribedCatalog Whole(Catalog catalog) => new(catalog, ImmutableHashSet<ObjectId>.Empty, true, []);

    /// <summary>Puts a shadow's catalog and what the files said together.</summary>
    /// <exception cref="LockplaneException">LP202: a directive is about nothing that there is.</exception>
    public static DescribedCatalog Of(Catalog catalog, IReadOnlySet<ObjectId> granted, SchemaDefinition definition)
    {
        HashSet<ObjectId> managed = [.. granted, .. definition.GrantedSchemas.Select(name => new ObjectId("schema", null, name))];
        return new DescribedCatalog(catalog, managed, definition.ManagesAllPrivileges, [.. definition.Renames.Select(rename => Resolve(catalog, rename))]);
    }

    /// <summary>The catalog that is wanted of a database: the privileges that the files do not manage stay as they are there. Of what is new, they are those that it is made with there.</summary>
    public Catalog For(Catalog live) => ManagesAll ? Catalog : Catalog.WithObjects(Catalog.Objects.Select(item =>
        Managed.Contains(item.Id) ? item : item with { Facts = live.Find(item.Id) is { } there ? WithPrivileges(item.Facts, there.Facts) : WithDefaults(item, live) }));

    private ObjectFacts WithDefaults(CatalogObject item, Catalog live) =>
        DefaultPrivilegesKind.Initial(live, Catalog, live.Environment.GetValueOrDefault("owner"), item.Id, item.Facts.Owner) is { } given ? item.Facts with { Privileges = given } : item.Facts;

    /// <summary>The renames that are still to be done in a database, in the order in which they can be: schemas, what is in them, parts.</summary>
    /// <exception cref="LockplaneException">LP202: the old name is not there and the new one is not, either; or both are.</exception>
    public ImmutableArray<Rename> PendingIn(Catalog live)
    {
        List<Rename> pending = [];
        foreach (Rename rename in Renames.OrderBy(rename => rename.To.Kind == "schema" ? 0 : rename.To.Part is null ? 1 : 2))
        {
            bool before = live.Contains(Renaming.PlaceBefore(rename.From, pending));
            bool after = live.Contains(Renaming.PlaceBefore(rename.To, pending));
            if (before == after)
            {
                throw new LockplaneException(
                    ErrorCodes.Directive,
                    before ? $"{rename.Place}: {rename.From} is there and so is {rename.To}: one cannot become the other." : $"{rename.Place}: there is no {rename.From} that could become {rename.To}.",
                    hint: before ? "Take the directive away; drop what is not wanted by leaving it out." : "Correct the old name, or take the directive away.");
            }

            if (before)
            {
                pending.Add(rename);
            }
        }

        return [.. pending];
    }

    private static ObjectFacts WithPrivileges(ObjectFacts facts, ObjectFacts there)
    {
        facts = facts with { Privileges = there.Privileges };
        return facts is RelationFacts relation && there is RelationFacts old
            ? relation with { Columns = relation.Columns.Select(column => old.Find(column.Name) is { } same ? column with { Privileges = same.Privileges } : column).ToFactList() }
            : facts;
    }

    private static Rename Resolve(Catalog catalog, RenameDirective directive)
    {
        string? schema = directive.Kind is "CreateSchemaStmt" or "CreatePublicationStmt" or "CreateSubscriptionStmt" or "CreateForeignServerStmt" or "CreateEventTrigStmt" ? null : directive.Schema ?? "public";
        ObjectId[] found = directive.Kind == "ColumnDef"
            ? [.. new[] { new ObjectId("column", schema, directive.Name, directive.Part) }.Where(catalog.Contains)]
            : [.. catalog.Objects.Select(o => o.Id).Where(id => id.Schema == schema && id.Name == directive.Name && id.Part == directive.Part && Fits(directive.Kind, id.Kind))];
        if (found.Length != 1)
        {
            throw new LockplaneException(
                ErrorCodes.Directive,
                found.Length == 0 ? $"{directive.Place}: nothing of the name {directive.Part ?? directive.Name} is left that could have another." : $"{directive.Place}: there are several of the name {directive.Name}.",
                hint: found.Length == 0 ? "Write the directive at the definition of an object that the files define." : "Rename them by `lockplane plan --sql`.");
        }

        ObjectId old = directive.Part is null ? found[0] with { Name = directive.OldName, Schema = directive.OldSchema ?? found[0].Schema } : found[0] with { Part = directive.OldName };
        return new Rename(old, found[0]) { Place = directive.Place, IsAttribute = directive.Kind == "ColumnDef" && catalog.FindRelation(found[0])?.Facts is CompositeTypeFacts };
    }

    private static bool Fits(string definition, string kind) => definition switch
    {
        "CreateFunctionStmt" => Functions.Contains(kind),
        "Constraint" => kind == "constraint",
        "IndexStmt" => kind == "index",
        "CreateTrigStmt" => kind == "trigger",
        "CreatePolicyStmt" => kind == "policy",
        "RuleStmt" => kind == "rule",
        "CreateSeqStmt" => kind == "sequence",
        "CreateStmt" or "CreateForeignTableStmt" => kind is "table" or "foreign table",
        "ViewStmt" => kind == "view",
        "CreateTableAsStmt" => kind == "materialized view",
        _ => kind is not ("function" or "procedure" or "table" or "index" or "sequence" or "constraint" or "trigger"),
    };
}
