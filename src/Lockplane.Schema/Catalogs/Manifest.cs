using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Lockplane.Schema.Catalogs;

/// <summary>A catalog as canonical JSON.</summary>
/// <remarks>
/// Shape: <c>{environment, format, ignored[], objects[{facts, kind, name, part?, schema?}], requirements[], scope, server_major, unmodelled[], unreadable[]}</c>.
/// </remarks>
public static class Manifest
{
    /// <summary>The version of the format, hashed into the root.</summary>
    public const int Format = 1;

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
            Objects = [.. catalog.Objects.Select(Entry.Of)],
            Unmodelled = catalog.Unmodelled,
            Unreadable = catalog.Unreadable,
            Ignored = catalog.Ignored,
            Requirements = catalog.Requirements,
            Environment = catalog.Environment,
        };
        return CanonicalJson.Write(JsonSerializer.SerializeToElement(document, FactsJson.Documents));
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
                document.Unreadable, document.Ignored, document.Requirements, document.Environment);
        }
        catch (Exception error) when (error is JsonException or ArgumentException or NotSupportedException)
        {
            throw new FormatException($"This is no manifest: {error.Message}", error);
        }
    }

    private sealed record Document
    {
        [JsonRequired]
        public int Format { get; init; }

        [JsonRequired]
        public int ServerMajor { get; init; }

        [JsonRequired]
        public Scope Scope { get; init; } = Scope.All;

        [JsonRequired]
        public ImmutableArray<Entry> Objects { get; init; } = [];

        [JsonRequired]
        public ImmutableArray<UnmodelledObject> Unmodelled { get; init; } = [];

        public ImmutableArray<ObjectId> Unreadable { get; init; } = [];

        public ImmutableArray<ObjectId> Ignored { get; init; } = [];

        public ImmutableArray<Requirement> Requirements { get; init; } = [];

        public ImmutableSortedDictionary<string, string> Environment { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
    }

    private sealed record Entry
    {
        [JsonRequired]
        public string Kind { get; init; } = "";

        public string? Schema { get; init; }

        [JsonRequired]
        public string Name { get; init; } = "";

        public string? Part { get; init; }

        [JsonRequired]
        public JsonElement Facts { get; init; }

        public static Entry Of(CatalogObject item) => new()
        {
            Kind = item.Id.Kind,
            Schema = item.Id.Schema,
            Name = item.Id.Name,
            Part = item.Id.Part,
            Facts = JsonSerializer.SerializeToElement(item.Facts, item.Facts.GetType(), FactsJson.Facts),
        };

        public CatalogObject ToObject() => new(
            new ObjectId(Kind, Schema, Name, Part), FactsJson.Read(Kind, System.Text.Encoding.UTF8.GetBytes(Facts.GetRawText())));
    }
}
