using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Cli;

/// <summary>Records as canonical JSON, for <c>--json</c>.</summary>
internal static class CanonicalText
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    public static byte[] Of<T>(T value) => CanonicalJson.Write(JsonSerializer.SerializeToElement(value, Options));

    public static byte[] Of(JsonObject value) => CanonicalJson.Write(JsonSerializer.SerializeToElement(value));
}
