using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Lockplane.Schema.Catalogs;

/// <summary>A hash as Lockplane writes it: <c>sha256:</c> and 64 lower-case hexadecimal digits. Names a catalog, a plan, an entry or a node of a tree.</summary>
[JsonConverter(typeof(ManifestHashConverter))]
public sealed record ManifestHash
{
    /// <summary>The shortest prefix, in hexadecimal digits, that may stand for a hash.</summary>
    public const int ShortestPrefix = 12;

    private const string Algorithm = "sha256:";
    private const int Digits = 64;

    private ManifestHash(string text) => Text = text;

    /// <summary>The hash in full, with its algorithm in front.</summary>
    public string Text { get; }

    /// <summary>The first 12 digits, for people to read; machine output carries <see cref="Text"/>.</summary>
    public string Short => Text.Substring(Algorithm.Length, ShortestPrefix);

    /// <summary>The root of the tree of <paramref name="catalog"/>.</summary>
    public static ManifestHash Of(Catalog catalog) => catalog.Hash;

    internal static ManifestHash Of(ReadOnlySpan<byte> digest) => new(Algorithm + Convert.ToHexStringLower(digest));

    /// <summary>Reads a whole hash.</summary>
    /// <exception cref="FormatException">The text is not one.</exception>
    public static ManifestHash Parse(string text) => TryParse(text, out ManifestHash? hash)
        ? hash
        : throw new FormatException($"\"{text}\" is not a hash; one is written sha256: and {Digits} lower-case hexadecimal digits.");

    /// <summary>Reads a whole hash; false when the text is not one.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out ManifestHash? hash)
    {
        bool valid = text is not null && text.Length == Algorithm.Length + Digits
            && text.StartsWith(Algorithm, StringComparison.Ordinal) && IsHex(text.AsSpan(Algorithm.Length));
        hash = valid ? new ManifestHash(text!) : null;
        return valid;
    }

    /// <summary>Whether the text could be a hash or the beginning of one: 12 to 64 digits, with or without <c>sha256:</c>.</summary>
    public static bool IsPrefix(string text)
    {
        ReadOnlySpan<char> digits = WithoutAlgorithm(text);
        return digits.Length is >= ShortestPrefix and <= Digits && IsHex(digits);
    }

    /// <summary>Whether this hash begins with <paramref name="prefix"/>, given with or without <c>sha256:</c>, 12 digits or more.</summary>
    public bool StartsWith(string prefix) =>
        IsPrefix(prefix) && Text.AsSpan(Algorithm.Length).StartsWith(WithoutAlgorithm(prefix), StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static ReadOnlySpan<char> WithoutAlgorithm(string text) =>
        text.StartsWith(Algorithm, StringComparison.Ordinal) ? text.AsSpan(Algorithm.Length) : text;

    private static bool IsHex(ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiHexDigitLower(c))
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>Reads and writes a hash as a JSON string.</summary>
internal sealed class ManifestHashConverter : JsonConverter<ManifestHash>
{
    public override ManifestHash Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        ManifestHash.TryParse(reader.GetString(), out ManifestHash? hash) ? hash : throw new JsonException("not a hash");

    public override void Write(Utf8JsonWriter writer, ManifestHash value, JsonSerializerOptions options) => writer.WriteStringValue(value.Text);
}
