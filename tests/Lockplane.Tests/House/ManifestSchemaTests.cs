using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Kinds;

namespace Lockplane.Tests.House;

/// <summary>The JSON Schema of manifests is what the records say.</summary>
public sealed class ManifestSchemaTests
{
    private const string Page = "docs/manifest.schema.json";
    private static readonly JsonSerializerOptions Options = new(FactsJson.Facts) { TypeInfoResolver = new DefaultJsonTypeInfoResolver() };
    // Records that many kinds have, by the name of their definition.
    private static readonly Dictionary<Type, string> Shared = new()
    {
        [typeof(ObjectId)] = "id", [typeof(PrivilegeFacts)] = "privileges", [typeof(SecurityLabelFacts)] = "security label",
        [typeof(ColumnFacts)] = "column", [typeof(SequenceOptions)] = "sequence options",
    };

    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, IndentSize = 1 };

    [Fact]
    public void The_schema_of_manifests_is_what_the_records_say()
    {
        string schema = Write().ToJsonString(Readable) + "\n";
        if (Environment.GetEnvironmentVariable("LOCKPLANE_RECORD") == "1")
        {
            File.WriteAllText(Path.Combine(Repository.Root, Page), schema);
        }

        Assert.Equal(schema, Repository.Read(Page));
    }

    private static JsonObject Write()
    {
        JsonObject kinds = [];
        foreach (ObjectKind kind in ObjectKinds.All)
        {
            kinds[kind.Name] = Of(kind.FactsType);
        }

        JsonObject definitions = new() { ["id"] = Closed(Names(), "kind", "name") };
        foreach ((Type type, string name) in Shared.Where(shared => shared.Value != "id"))
        {
            definitions[name] = Of(type);
        }

        JsonArray objects = [.. ObjectKinds.All.Select(kind => Entry(kind.Name))];
        foreach ((string name, JsonNode? facts) in kinds)
        {
            definitions["facts of " + name] = facts!.DeepClone();
        }

        JsonObject unmodelled = Names();
        unmodelled.Remove("part");
        unmodelled.Remove("signature");
        unmodelled["on"] = Reference("id");
        return new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "Lockplane manifest",
            ["description"] = "What lockplane inspect --json prints. Canonical JSON: members in the order of their names, no white space, absent instead of null.",
            ["type"] = "object",
            ["additionalProperties"] = false,
            ["required"] = new JsonArray("format", "server_major", "scope", "objects", "unmodelled"),
            ["properties"] = new JsonObject
            {
                ["format"] = new JsonObject { ["const"] = Manifest.Format },
                ["server_major"] = new JsonObject { ["type"] = "integer" },
                ["scope"] = Closed(new JsonObject { ["schemas"] = List(Text()), ["ignore"] = List(Text()) }),
                ["objects"] = List(new JsonObject { ["oneOf"] = objects }),
                ["unmodelled"] = List(Closed(unmodelled, "kind", "name")),
                ["unreadable"] = List(Reference("id")),
                ["ignored"] = List(Reference("id")),
                ["environment"] = new JsonObject { ["type"] = "object", ["additionalProperties"] = new JsonObject { ["type"] = "string" } },
            },
            ["$defs"] = definitions,
        };
    }

    private static JsonObject Entry(string kind)
    {
        JsonObject members = Names();
        members["kind"] = new JsonObject { ["const"] = kind };
        members["facts"] = Reference("facts of " + kind);
        return Closed(members, "kind", "name", "facts");
    }

    private static JsonObject Names() => new(new[] { "kind", "schema", "name", "part", "signature" }.Select(name => KeyValuePair.Create(name, (JsonNode?)Text())));

    private static JsonObject Text() => new() { ["type"] = "string" };

    private static JsonObject Reference(string definition) => new() { ["$ref"] = "#/$defs/" + definition.Replace(" ", "%20", StringComparison.Ordinal) };

    private static JsonObject List(JsonNode items) => new() { ["type"] = "array", ["items"] = items };

    private static JsonObject Closed(JsonObject members, params string[] required) => new()
    {
        ["type"] = "object", ["additionalProperties"] = false, ["required"] = new JsonArray([.. required.Select(name => (JsonNode)name)]), ["properties"] = members,
    };

    private static JsonNode Member(Type type) => Shared.TryGetValue(type, out string? name) ? Reference(name) : Of(type);

    private static JsonNode Of(Type type) => Options.GetJsonSchemaAsNode(type, new JsonSchemaExporterOptions
    {
        TreatNullObliviousAsNonNullable = true,
        TransformSchemaNode = (context, node) =>
        {
            Type actual = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
            return Shared.TryGetValue(actual, out string? name) && actual != type
                ? Reference(name)
                : actual.IsGenericType && actual.GetGenericTypeDefinition() == typeof(FactList<>) ? List(Member(actual.GetGenericArguments()[0])) : node;
        },
    });
}
