using System.Collections.Immutable;
using System.Text.Json;

namespace Lockplane.Schema.Dsl;

/// <summary>Something in a statement that has a name of its own: what a directive can be about.</summary>
/// <param name="Kind">The node that defines it: the statement's, <c>ColumnDef</c> or <c>Constraint</c>.</param>
/// <param name="Schema">The schema as it is written; null when it is not.</param>
/// <param name="Name">Its name; of a part, the name of what it is part of.</param>
/// <param name="Part">The part's name: a column's, a constraint's, a trigger's.</param>
/// <param name="Offset">The byte of the statement at which it begins.</param>
internal sealed record Definition(string Kind, string? Schema, string Name, string? Part, int Offset);

/// <summary>What the rules of schema files ask of a statement's syntax tree.</summary>
/// <param name="Kind">Postgres's node type of the statement.</param>
/// <param name="ObjectType">What ALTER, GRANT, COMMENT and DEFINE are about: <c>OBJECT_TABLE</c>.</param>
/// <param name="Definitions">What it defines, itself first, then its parts in the order of the text.</param>
/// <param name="Subcommands">The forms of ALTER TABLE in it: <c>AT_AddConstraint</c>; of a column's default that is dropped, <c>AT_DropDefault</c>.</param>
/// <param name="Databases">The databases that it names.</param>
/// <param name="IfNotExists">It does nothing where its object is there.</param>
/// <param name="IsGrant">GRANT, and not REVOKE.</param>
/// <param name="Form">Another word that tells forms apart: the action of ALTER DOMAIN, the direction of ALTER TYPE.</param>
/// <param name="Arguments">Of a function, the types of what it is called with, as they are written but for pg_catalog and public.</param>
/// <param name="Flags">Members that are true, such as <c>concurrent</c>, <c>for_all_tables</c>.</param>
/// <param name="Evaluated">Constants whose meaning depends on when the statement is read: where, and their texts.</param>
internal sealed record DeclarationFacts(
    string Kind, string? ObjectType, ImmutableArray<Definition> Definitions, ImmutableArray<string> Subcommands, ImmutableArray<string> Databases,
    bool IfNotExists, bool IsGrant, string? Form, string Arguments, ImmutableHashSet<string> Flags, ImmutableArray<(int Offset, string Text)> Evaluated)
{
    /// <summary>Reads them from libpg_query's tree of one statement.</summary>
    public static DeclarationFacts Read(ReadOnlySpan<byte> tree)
    {
        using JsonDocument document = TreeJson.Parse(tree);
        JsonProperty statement = TreeJson.Statement(document);
        JsonElement node = statement.Value;
        string kind = statement.Name;
        Definition? whole = Whole(kind, node);
        return new DeclarationFacts(
            kind,
            node.Text("objtype") ?? node.Text("objectType") ?? node.Text("kind"),
            [.. whole is null ? [] : new[] { whole }, .. Parts(whole, node)],
            [.. Subcommand(node)],
            [.. DatabasesIn(kind, node)],
            node.Flag("if_not_exists"),
            node.Flag("is_grant"),
            node.Text("subtype"),
            string.Join(", ", ArgumentsOf(node)),
            [.. node.EnumerateObject().Where(m => m.Value.ValueKind == JsonValueKind.True).Select(m => m.Name)],
            [.. EvaluatedConstants.Find(node)]);
    }

    private static Definition? Whole(string kind, JsonElement node) => kind switch
    {
        "CreateStmt" => OfRange(kind, node, "relation"),
        "AlterTableStmt" => OfRange(kind, node, "relation"),
        "CreateForeignTableStmt" => node.TryGetProperty("base", out JsonElement table) ? OfRange(kind, table, "relation") : null,
        "ViewStmt" => OfRange(kind, node, "view"),
        "CreateTableAsStmt" => node.TryGetProperty("into", out JsonElement into) ? OfRange(kind, into, "rel") : null,
        "CreateSeqStmt" => OfRange(kind, node, "sequence"),
        "CompositeTypeStmt" => OfRange(kind, node, "typevar"),
        "IndexStmt" => node.Text("idxname") is { } index ? OfRange(kind, node, "relation") is { } on ? on with { Name = index } : null : null,
        "CreateTrigStmt" => OfRange(kind, node, "relation") is { } on ? on with { Part = node.Text("trigname") } : null,
        "CreatePolicyStmt" => OfRange(kind, node, "table") is { } on ? on with { Part = node.Text("policy_name") } : null,
        "RuleStmt" => OfRange(kind, node, "relation") is { } on ? on with { Part = node.Text("rulename") } : null,
        "CreateSchemaStmt" => node.Text("schemaname") is { } name ? new Definition(kind, null, name, null, 0) : null,
        "CreateEnumStmt" or "CreateRangeStmt" => OfNames(kind, node.Names("typeName")),
        "CreateDomainStmt" => OfNames(kind, node.Names("domainname")),
        "AlterDomainStmt" => OfNames(kind, node.Names("typeName")),
        "CreateFunctionStmt" => OfNames(kind, node.Names("funcname")),
        "DefineStmt" => OfNames(kind, node.Names("defnames")),
        "CreateStatsStmt" => OfNames(kind, node.Names("defnames")),
        "CreateConversionStmt" => OfNames(kind, node.Names("conversion_name")),
        "CreatePublicationStmt" => node.Text("pubname") is { } name ? new Definition(kind, null, name, null, 0) : null,
        "CreateSubscriptionStmt" => node.Text("subname") is { } name ? new Definition(kind, null, name, null, 0) : null,
        "CreateForeignServerStmt" => node.Text("servername") is { } name ? new Definition(kind, null, name, null, 0) : null,
        "CreateEventTrigStmt" => node.Text("trigname") is { } name ? new Definition(kind, null, name, null, 0) : null,
        _ => null,
    };

    private static Definition? OfRange(string kind, JsonElement node, string member) =>
        node.TryGetProperty(member, out JsonElement range) && range.Text("relname") is { } name ? new Definition(kind, range.Text("schemaname"), name, null, 0) : null;

    private static Definition? OfNames(string kind, string[] names) => names.Length switch
    {
        1 => new Definition(kind, null, names[0], null, 0),
        2 => new Definition(kind, names[0], names[1], null, 0),
        _ => null,
    };

    private static IEnumerable<Definition> Parts(Definition? whole, JsonElement node)
    {
        if (whole is null)
        {
            return [];
        }

        List<Definition> parts = [];
        foreach (JsonElement element in TreeJson.Objects(node))
        {
            if (element.TryGetProperty("ColumnDef", out JsonElement column) && column.Text("colname") is { } name)
            {
                parts.Add(new Definition("ColumnDef", whole.Schema, whole.Name, name, column.Location()));
            }
            else if (element.TryGetProperty("Constraint", out JsonElement constraint) && constraint.Text("conname") is { } conname)
            {
                parts.Add(new Definition("Constraint", whole.Schema, whole.Name, conname, constraint.Location()));
            }
        }

        return parts.Where(p => p.Offset > 0).OrderBy(p => p.Offset);
    }

    private static IEnumerable<string> ArgumentsOf(JsonElement function)
    {
        if (!function.TryGetProperty("parameters", out JsonElement parameters))
        {
            yield break;
        }

        foreach (JsonElement item in parameters.EnumerateArray())
        {
            if (item.TryGetProperty("FunctionParameter", out JsonElement parameter) && parameter.Text("mode") is not ("FUNC_PARAM_OUT" or "FUNC_PARAM_TABLE")
                && parameter.TryGetProperty("argType", out JsonElement type))
            {
                yield return string.Join('.', type.Names("names").Where(name => name is not ("pg_catalog" or "public"))) + (type.TryGetProperty("arrayBounds", out _) ? "[]" : "");
            }
        }
    }

    private static IEnumerable<string> Subcommand(JsonElement node)
    {
        foreach (JsonElement element in TreeJson.Objects(node))
        {
            if (element.TryGetProperty("AlterTableCmd", out JsonElement command))
            {
                string form = command.Text("subtype") ?? "";
                yield return form == "AT_ColumnDefault" && !command.TryGetProperty("def", out _) ? "AT_DropDefault" : form;
            }
        }
    }

    private static string[] DatabasesIn(string kind, JsonElement node)
    {
        string? name = kind switch
        {
            "AlterDatabaseSetStmt" or "AlterDatabaseStmt" => node.Text("dbname"),
            "AlterRoleSetStmt" => node.Text("database"),
            _ => null,
        };
        bool isDatabase = (node.Text("objtype") ?? node.Text("objectType")) == "OBJECT_DATABASE";
        string[] objects = !isDatabase ? []
            : kind == "GrantStmt" ? node.Names("objects")
            : node.TryGetProperty("object", out JsonElement target) && target.TryGetProperty("String", out JsonElement text) ? [text.Text("sval") ?? ""] : [];
        return name is null ? objects : [name, .. objects];
    }
}
