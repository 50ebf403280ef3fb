using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Lockplane.Schema.Kinds;

namespace Lockplane.Schema.Catalogs;

/// <summary>A catalog as canonical JSON.</summary>
/// <remarks>
/// Shape: <c>{environment, format, ignored[], objects[{facts, kind, name, part?, schema?, signature?}], scope, server_major, unmodelled[], unreadable[]}</c>.
/// </remarks>
public static class Manifest
{
    /// <summary>The version of the format, hashed into the root.</summary>
    public const int Format = 2;

    /// <summary>The largest manifest that is read, in bytes.</summary>
    public const int LongestBytes = 512 * 1024 * 1024;

    /// <summary>The manifest of a catalog; the same bytes for the same catalog.</summary>
    public static byte[] Write(Catalog catalog)
    {
        Document document = new()
        {
            Format = Format,
            ServerMajor = catalog.ServerMajor,
            Scope = catalog.Scope,
            Objects = [.. catalog.Objects.Select(ObjectWithFacts.Of)],
            Unmodelled = catalog.Unmodelled,
            Unreadable = catalog.Unreadable,
            Ignored = catalog.Ignored,
            Environment = catalog.Environment,
        };
        return FactsJson.WriteDocument(document);
    }

    /// <summary>The catalog of a manifest.</summary>
    /// <exception cref="FormatException">The bytes are no manifest of this format, with the reason.</exception>
    public static Catalog Read(ReadOnlySpan<byte> json)
    {
        if (json.Length > LongestBytes)
        {
            throw new FormatException($"A manifest has at most {LongestBytes} bytes; this one has {json.Length}.");
        }

        try
        {
            Document document = JsonSerializer.Deserialize<Document>(json, FactsJson.Documents) ?? throw new JsonException("null is no manifest");
            if (document.Format != Format)
            {
                throw new FormatException($"The manifest's format is {document.Format}; this version reads {Format}.");
            }

            return new Catalog(
                document.ServerMajor, document.Scope, document.Objects.Select(entry => entry.ToObject()), document.Unmodelled,
                document.Unreadable, document.Ignored, document.Environment);
        }
        catch (Exception error) when (error is JsonException or ArgumentException or NotSupportedException)
        {
            throw new FormatException($"This is no manifest: {error.Message}", error);
        }
    }

    private sealed record Document : CatalogHead
    {
        [JsonRequired]
        public ImmutableArray<ObjectWithFacts> Objects { get; init; } = [];

        public ImmutableArray<ObjectId> Unreadable { get; init; } = [];

        public ImmutableArray<ObjectId> Ignored { get; init; } = [];

        public ImmutableSortedDictionary<string, string> Environment { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
    }

    private sealed record ObjectWithFacts : NamedObject
    {
        public string? Schema { get; init; }

        [JsonRequired]
        public FactsOfAnyKind Facts { get; init; }

        public static ObjectWithFacts Of(CatalogObject item) => new()
        {
            Kind = item.Id.Kind,
            Schema = item.Id.Schema,
            Name = item.Id.Name,
            Part = item.Id.Part,
            Signature = item.Id.Signature,
            Facts = new FactsOfAnyKind(item.Facts, default),
        };

        public CatalogObject ToObject() => new(Id(Schema), FactsJson.Read(Kind, Facts.Json));
    }

    /// <summary>Facts to be written as what they are; or as they were read, when the kind, which stands behind them, is not known yet.</summary>
    [JsonConverter(typeof(FactsConverter))]
    private readonly record struct FactsOfAnyKind(ObjectFacts? Record, JsonElement Json);

    private sealed class FactsConverter : JsonConverter<FactsOfAnyKind>
    {
        public override FactsOfAnyKind Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(null, JsonElement.ParseValue(ref reader));

        public override void Write(Utf8JsonWriter writer, FactsOfAnyKind value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, value.Record, value.Record!.GetType(), FactsJson.Facts);
    }
}
