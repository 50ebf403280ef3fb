using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Kinds;
using Lockplane.Schema.Plans;

namespace Lockplane.Schema.Dsl;

/// <summary>Writes a catalog as Postgres DDL.</summary>
public static partial class CatalogPrinter
{
    // Bodies of functions may name what is made later. Schema files are loaded under it anyway.
    private const string LoadSetting = "SET check_function_bodies = off";

    /// <summary>The statements that build the catalog in an empty database (one that has schema <c>public</c> and extension <c>plpgsql</c>), in order, all names qualified, without semicolons.</summary>
    /// <remarks>What is not modelled is not in them.</remarks>
    public static ImmutableArray<string> Statements(Catalog catalog) => [.. Drafts(catalog).Select(draft => draft.Sql)];

    /// <summary>What stands above the statements: a printed catalog describes the privileges of all its objects, also of those that have the default ones.</summary>
    internal const string Head = "-- lockplane: manages all privileges\n";

    /// <summary>The statements with what they are about.</summary>
    internal static IEnumerable<StepDraft> Drafts(Catalog catalog)
    {
        Catalog empty = Empty(catalog);
        return Planner.Drafts(new Difference(empty, Reachable.Of(empty, catalog).Catalog));
    }

    private static Catalog Empty(Catalog catalog)
    {
        CatalogObject[] there = [new CatalogObject(new ObjectId("schema", null, "public"), new SchemaFacts { Owner = "pg_database_owner" }), ExtensionKind.PlPgSql];
        return new Catalog(catalog.ServerMajor, catalog.Scope, there.Where(o => catalog.Scope.Includes(o.Id)));
    }

    /// <summary>Whether the statement is the only setting that a schema file may hold, for psql's sake.</summary>
    internal static bool IsLoadSetting(string statement) => LoadSettingForms().IsMatch(statement);

    /// <summary>The catalog as the text of a schema file: the statements, and in comments what is not modelled.</summary>
    public static string Print(Catalog catalog)
    {
        StringBuilder text = new(Head);
        text.Append(catalog.Objects.Any(o => o.Facts is FunctionFacts) ? LoadSetting + ";\n" : "");
        foreach (string statement in Statements(catalog))
        {
            text.Append('\n').Append(statement).Append(";\n");
        }

        return text.Append(Tail(catalog)).ToString();
    }

    /// <summary>What stands below the statements: what is not in them.</summary>
    internal static string Tail(Catalog catalog)
    {
        StringBuilder text = new();
        Note(text, "Not modelled, and left alone:", catalog.Unmodelled.Select(item => item.ToString()));
        Note(text, "No statement makes:", Unreached(catalog).Select(item => $"{item.Object}: {item.Fact}"));
        return text.ToString();
    }

    private static ImmutableArray<UnreachedFact> Unreached(Catalog catalog)
    {
        Catalog empty = Empty(catalog);
        (Catalog reachable, ImmutableArray<UnreachedFact> unreached) = Reachable.Of(empty, catalog);
        return Planner.Outcome(new Difference(empty, reachable), unreached).Unreached;
    }

    private static void Note(StringBuilder text, string heading, IEnumerable<string> lines)
    {
        string begin = $"\n-- {heading}\n";
        foreach (string line in lines)
        {
            // A name can hold a line break; a comment cannot.
            text.Append(begin).Append("--   ").Append(line.ReplaceLineEndings(" ")).Append('\n');
            begin = "";
        }
    }

    [GeneratedRegex(@"^SET\s+check_function_bodies\s*(=|\s+TO)\s*(off|false)$", RegexOptions.IgnoreCase)]
    private static partial Regex LoadSettingForms();
}
