using System.Collections.Frozen;
using System.Text.Json;
using Lockplane.Schema.Dsl;

namespace Lockplane.Control.Shadows;

/// <summary>An option of a statement.</summary>
/// <param name="Name">Its name, such as <c>handler</c>.</param>
/// <param name="Value">Its text; of a function, the last part of its name.</param>
/// <param name="IsBuiltIn">Its value is a name without a schema or in pg_catalog.</param>
/// <param name="IsTrue">Its value is true, or there is none.</param>
internal sealed record StatementOption(string Name, string Value, bool IsBuiltIn, bool IsTrue);

/// <summary>What the closed list asks of a statement's syntax tree.</summary>
internal sealed class ClosedListFacts(string kind, JsonElement node)
{
    private static readonly string[] SystemSchemas = ["pg_catalog", "information_schema"];

    public string Kind => kind;

    /// <summary>FOR ALL TABLES, FOR TABLES IN SCHEMA.</summary>
    public bool NeedsSuperuser => Flag("for_all_tables") || node.GetRawText().Contains("PUBLICATIONOBJ_TABLES_IN", StringComparison.Ordinal);

    /// <summary>A member of one of Postgres's own schemas, or one of the schemas.</summary>
    public bool IsOnSystemObjects => List("objects").Any(item =>
        (item.TryGetProperty("RangeVar", out JsonElement range) && range.TryGetProperty("schemaname", out JsonElement schema) && SystemSchemas.Contains(schema.GetString()))
        || (item.TryGetProperty("ObjectWithArgs", out JsonElement function) && function.Names("objname") is [var first, _] && SystemSchemas.Contains(first))
        || (item.TryGetProperty("List", out JsonElement type) && type.Names("items") is [var space, _] && SystemSchemas.Contains(space))
        || (Text("objtype") == "OBJECT_SCHEMA" && item.TryGetProperty("String", out JsonElement name) && SystemSchemas.Contains(name.GetProperty("sval").GetString())));

    /// <summary>
    /// Of btree or hash, with operators and with functions that the index calls with the class's own type only: of a function that is said to be for other types, Postgres does not check that it is.
    /// </summary>
    public bool IsPlainOperatorClass => Text("amname") is "btree" or "hash" && !Flag("isDrop") && List("items").All(item =>
        item.TryGetProperty("CreateOpClassItem", out JsonElement member)
        && member.GetProperty("itemtype").GetInt32() switch
        {
            1 => true,
            2 => !member.TryGetProperty("class_args", out _) && member.GetProperty("number").GetInt32() is int number && (number == 1 || number == (Text("amname") == "hash" ? 2 : 3)),
            _ => false,
        });

    /// <summary>Reads them; the tree is kept.</summary>
    public static ClosedListFacts Read(ReadOnlySpan<byte> tree)
    {
        using JsonDocument document = TreeJson.Parse(tree);
        JsonProperty statement = TreeJson.Statement(document);
        return new ClosedListFacts(statement.Name, statement.Value.Clone());
    }

    public string? Text(string member) => node.Text(member);

    public bool Flag(string member) => node.Flag(member);

    /// <summary>A member of this name stands somewhere in it.</summary>
    public bool HasAny(string member) => node.GetRawText().Contains($"\"{member}\":", StringComparison.Ordinal);

    /// <summary>The options in a list.</summary>
    public IEnumerable<StatementOption> Options(string member) => List(member)
        .Select(item => item.TryGetProperty("DefElem", out JsonElement option) ? option : default)
        .Where(option => option.ValueKind == JsonValueKind.Object)
        .Select(Option);

    // Found before all others of the name, as pg_catalog is searched first and their arguments are the ones that are asked for. Spec: CREATE FOREIGN DATA WRAPPER, CREATE TEXT SEARCH PARSER, TEMPLATE.
    private static readonly FrozenSet<string> OfPostgres = FrozenSet.Create(
        StringComparer.Ordinal, "postgresql_fdw_validator", "prsd_start", "prsd_nexttoken", "prsd_end", "prsd_headline", "prsd_lextype", "dsimple_init", "dsimple_lexize", "dsynonym_init", "dsynonym_lexize",
        "dispell_init", "dispell_lexize", "thesaurus_init", "thesaurus_lexize");

    private static StatementOption Option(JsonElement option)
    {
        string name = option.TryGetProperty("defname", out JsonElement defined) ? defined.GetString() ?? "" : "";
        if (!option.TryGetProperty("arg", out JsonElement arg))
        {
            return new StatementOption(name, "", true, true);
        }

        string[] names = arg.TryGetProperty("List", out JsonElement list) ? list.Names("items")
            : arg.TryGetProperty("TypeName", out JsonElement type) ? type.Names("names")
            : arg.TryGetProperty("String", out JsonElement text) ? [text.TryGetProperty("sval", out JsonElement value) ? value.GetString() ?? "" : ""] : [];
        bool isFalse = arg.TryGetProperty("Boolean", out JsonElement flag) && !(flag.TryGetProperty("boolval", out JsonElement set) && set.GetBoolean());
        return new StatementOption(name, names.LastOrDefault() ?? "", names is ["pg_catalog", _] || (names is [{ } only] && OfPostgres.Contains(only)), !isFalse);
    }

    private JsonElement[] List(string member) => node.TryGetProperty(member, out JsonElement list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray()] : [];
}
