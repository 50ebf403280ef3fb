using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Lockplane.Schema.Catalogs;

/// <summary>JSON with one way to write each value: what is hashed, stored and compared.</summary>
/// <remarks>
/// Shape: UTF-8, no white space; members sorted by the UTF-8 bytes of the key; null members absent; integers only; escapes only
/// <c>\"</c>, <c>\\</c> and <c>\u00xx</c> (lower case) below U+0020.
/// </remarks>
public static class CanonicalJson
{
    /// <summary>The canonical bytes of a JSON value.</summary>
    /// <exception cref="FormatException">A number is no 64-bit integer, a string is no Unicode text, a key occurs twice, or a null stands in an array.</exception>
    public static byte[] Write(JsonElement value)
    {
        ArrayBufferWriter<byte> output = new(256);
        Write(value, output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>The canonical bytes of JSON text.</summary>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    /// <exception cref="FormatException">As <see cref="Write(JsonElement)"/>.</exception>
    public static byte[] Of(ReadOnlyMemory<byte> json)
    {
        ArrayBufferWriter<byte> output = new(json.Length + 1);
        Write(json, output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Writes the canonical bytes of JSON text into an empty buffer.</summary>
    /// <remarks>Text whose members are in order already, as the serializer writes facts and documents, is copied token by token; other text is read whole and sorted.</remarks>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    /// <exception cref="FormatException">As <see cref="Write(JsonElement)"/>.</exception>
    internal static void Write(ReadOnlyMemory<byte> json, ArrayBufferWriter<byte> output)
    {
        if (!OrderedJson.TryWrite(json.Span, output))
        {
            output.ResetWrittenCount();
            using JsonDocument document = JsonDocument.Parse(json);
            Write(document.RootElement, output);
        }
    }

    private static void Write(JsonElement value, ArrayBufferWriter<byte> output)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(value, output);
                break;
            case JsonValueKind.Array:
                WriteArray(value, output);
                break;
            case JsonValueKind.String:
                WriteString(value.GetString()!, output);
                break;
            case JsonValueKind.Number:
                WriteNumber(value.TryGetInt64(out long number) ? number : throw NoInteger(value.GetRawText()), output);
                break;
            case JsonValueKind.True:
                output.Write("true"u8);
                break;
            case JsonValueKind.False:
                output.Write("false"u8);
                break;
            default:
                throw NullValue();
        }
    }

    private static void WriteObject(JsonElement value, ArrayBufferWriter<byte> output)
    {
        List<JsonProperty> members = [.. value.EnumerateObject().Where(m => m.Value.ValueKind != JsonValueKind.Null)];
        members.Sort((x, y) => Utf8Order.Compare(x.Name, y.Name));
        output.Write("{"u8);
        for (int i = 0; i < members.Count; i++)
        {
            if (i > 0)
            {
                if (string.Equals(members[i].Name, members[i - 1].Name, StringComparison.Ordinal))
                {
                    throw Twice(members[i].Name);
                }

                output.Write(","u8);
            }

            WriteString(members[i].Name, output);
            output.Write(":"u8);
            Write(members[i].Value, output);
        }

        output.Write("}"u8);
    }

    private static void WriteArray(JsonElement value, ArrayBufferWriter<byte> output)
    {
        output.Write("["u8);
        bool first = true;
        foreach (JsonElement item in value.EnumerateArray())
        {
            if (!first)
            {
                output.Write(","u8);
            }

            first = false;
            Write(item, output);
        }

        output.Write("]"u8);
    }

    internal static FormatException NoInteger(string number) => new($"Canonical JSON has integers only: {number}");

    internal static FormatException NullValue() => new("Canonical JSON has no null outside of an object's members, where it is absent.");

    internal static FormatException Twice(string key) => new($"The key \"{key}\" occurs twice.");

    internal static void WriteNumber(long number, ArrayBufferWriter<byte> output)
    {
        Span<byte> digits = output.GetSpan(20);
        number.TryFormat(digits, out int length, default, CultureInfo.InvariantCulture);
        output.Advance(length);
    }

    internal static void WriteString(string text, ArrayBufferWriter<byte> output)
    {
        output.Write("\""u8);
        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty)
        {
            int special = rest.IndexOfAny(Special);
            ReadOnlySpan<char> plain = special < 0 ? rest : rest[..special];
            WritePlain(plain, output);
            if (special < 0)
            {
                break;
            }

            char c = rest[special];
            string escape = c switch { '"' => "\\\"", '\\' => @"\\", _ => $"\\u{(int)c:x4}" };
            Encoding.ASCII.GetBytes(escape, output);
            rest = rest[(special + 1)..];
        }

        output.Write("\""u8);
    }

    private static void WritePlain(ReadOnlySpan<char> text, ArrayBufferWriter<byte> output)
    {
        try
        {
            StrictUtf8.GetBytes(text, output);
        }
        catch (EncoderFallbackException)
        {
            throw new FormatException("A string holds half a surrogate pair, which is no Unicode text.");
        }
    }

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly SearchValues<char> Special = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(c => (char)c), '"', '\\']);
}
