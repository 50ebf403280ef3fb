using System.Text.Json;
using System.Text.Json.Serialization;
using Lockplane.Schema.Kinds;

namespace Lockplane.Schema.Catalogs;

/// <summary>How records become JSON: names in snake case, unknown and repeated members refused.</summary>
internal static class FactsJson
{
    /// <summary>For facts: null, false, zero and empty members are absent.</summary>
    public static readonly JsonSerializerOptions Facts = Strict(JsonIgnoreCondition.WhenWritingDefault);

    /// <summary>For documents with members that readers rely on: only null is absent.</summary>
    public static readonly JsonSerializerOptions Documents = Strict(JsonIgnoreCondition.WhenWritingNull);

    /// <summary>The facts of one object as canonical JSON.</summary>
    public static byte[] Write(ObjectFacts facts) => CanonicalJson.Write(JsonSerializer.SerializeToElement(facts, facts.GetType(), Facts));

    /// <summary>The facts of an object of this kind.</summary>
    /// <exception cref="JsonException">The JSON is not this kind's.</exception>
    public static ObjectFacts Read(string kind, ReadOnlySpan<byte> json) =>
        (ObjectFacts)(JsonSerializer.Deserialize(json, ObjectKinds.Get(kind).FactsType, Facts) ?? throw new JsonException("null is no record"));

    private static JsonSerializerOptions Strict(JsonIgnoreCondition absent) => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = absent,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
    };
}
