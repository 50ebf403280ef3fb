using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Lockplane.Schema.Kinds;

namespace Lockplane.Schema.Catalogs;

/// <summary>How records become JSON: names in snake case and in canonical order, unknown and repeated members refused.</summary>
internal static class FactsJson
{
    /// <summary>For facts: null, false, zero and empty members are absent.</summary>
    public static readonly JsonSerializerOptions Facts = Strict(JsonIgnoreCondition.WhenWritingDefault);

    /// <summary>For documents with members that readers rely on: only null is absent.</summary>
    public static readonly JsonSerializerOptions Documents = Strict(JsonIgnoreCondition.WhenWritingNull);

    /// <summary>The facts of one object as canonical JSON.</summary>
    public static byte[] Write(ObjectFacts facts) => CanonicalJson.Of(JsonSerializer.SerializeToUtf8Bytes(facts, facts.GetType(), Facts));

    /// <summary>A document as canonical JSON.</summary>
    public static byte[] WriteDocument<T>(T document) => CanonicalJson.Of(JsonSerializer.SerializeToUtf8Bytes(document, Documents));

    /// <summary>The facts of an object of this kind.</summary>
    /// <exception cref="JsonException">The JSON is not this kind's.</exception>
    public static ObjectFacts Read(string kind, ReadOnlySpan<byte> json) => Read(ObjectKinds.Get(kind), json);

    /// <summary>The facts of an object of this kind.</summary>
    /// <exception cref="JsonException">The JSON is not this kind's.</exception>
    public static ObjectFacts Read(ObjectKind kind, ReadOnlySpan<byte> json) =>
        (ObjectFacts)(JsonSerializer.Deserialize(json, kind.FactsType, Facts) ?? throw new JsonException("null is no record"));

    /// <summary>The facts of an object of this kind.</summary>
    /// <exception cref="JsonException">The JSON is not this kind's.</exception>
    public static ObjectFacts Read(string kind, JsonElement json) =>
        (ObjectFacts)(json.Deserialize(ObjectKinds.Get(kind).FactsType, Facts) ?? throw new JsonException("null is no record"));

    private static JsonSerializerOptions Strict(JsonIgnoreCondition absent) => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = absent,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { PutInOrder } },

        // What is written becomes canonical JSON, which escapes little: what is not escaped is copied as it is.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static void PutInOrder(JsonTypeInfo type)
    {
        JsonPropertyInfo[] ordered = [.. type.Properties.OrderBy(property => property.Name, Utf8Order.Instance)];
        for (int i = 0; i < ordered.Length; i++)
        {
            ordered[i].Order = i;
        }
    }
}
