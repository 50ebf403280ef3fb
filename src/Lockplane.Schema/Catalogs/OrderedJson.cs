using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Lockplane.Schema.Catalogs;

/// <summary>Makes JSON text canonical whose members are in canonical order already: one pass, and no object for any value.</summary>
internal static class OrderedJson
{
    /// <summary>Writes the canonical form; false when a key is out of order, and then what was written is worth nothing.</summary>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    /// <exception cref="FormatException">The text has no canonical form.</exception>
    public static bool TryWrite(ReadOnlySpan<byte> json, ArrayBufferWriter<byte> output)
    {
        if (!Utf8.IsValid(json))
        {
            return false;
        }

        Utf8JsonReader reader = new(json);
        Stack<Frame> frames = new();
        Frame top = default;
        Range pending = default;
        while (reader.Read())
        {
            JsonTokenType token = reader.TokenType;
            if (token == JsonTokenType.PropertyName)
            {
                Range key = Inside(reader);
                int order = top.Last.End.Value == 0 ? 1 : json[key].SequenceCompareTo(json[top.Last]);
                if (reader.ValueIsEscaped || order < 0)
                {
                    return false;
                }

                pending = order > 0 ? key : throw CanonicalJson.Twice(Encoding.UTF8.GetString(json[key]));
                top.Last = key;
                continue;
            }

            if (token is JsonTokenType.EndObject or JsonTokenType.EndArray)
            {
                output.Write(token == JsonTokenType.EndObject ? "}"u8 : "]"u8);
                top = frames.Pop();
                continue;
            }

            if (token == JsonTokenType.Null)
            {
                _ = top.IsObject ? 0 : throw CanonicalJson.NullValue();
                continue;
            }

            WritePlace(json, pending, ref top, output);
            if (token is JsonTokenType.StartObject or JsonTokenType.StartArray)
            {
                output.Write(token == JsonTokenType.StartObject ? "{"u8 : "["u8);
                frames.Push(top);
                top = new Frame { IsObject = token == JsonTokenType.StartObject };
            }
            else
            {
                WriteValue(json, reader, output);
            }
        }

        return true;
    }

    // What stands in front of a value: the comma and the key.
    private static void WritePlace(ReadOnlySpan<byte> json, Range key, ref Frame frame, ArrayBufferWriter<byte> output)
    {
        if (frame.HasValues)
        {
            output.Write(","u8);
        }

        frame.HasValues = true;
        if (frame.IsObject)
        {
            output.Write("\""u8);
            output.Write(json[key]);
            output.Write("\":"u8);
        }
    }

    private static void WriteValue(ReadOnlySpan<byte> json, in Utf8JsonReader reader, ArrayBufferWriter<byte> output)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String when reader.ValueIsEscaped:
                CanonicalJson.WriteString(reader.GetString()!, output);
                break;
            case JsonTokenType.String:
                Range text = Inside(reader);
                output.Write(json[(text.Start.Value - 1)..(text.End.Value + 1)]);
                break;
            case JsonTokenType.Number:
                CanonicalJson.WriteNumber(reader.TryGetInt64(out long number) ? number : throw CanonicalJson.NoInteger(Encoding.ASCII.GetString(reader.ValueSpan)), output);
                break;
            default:
                output.Write(reader.ValueSpan);
                break;
        }
    }

    // Of a string or key, what stands between its quotes.
    private static Range Inside(in Utf8JsonReader reader)
    {
        int start = (int)reader.TokenStartIndex + 1;
        return start..(start + reader.ValueSpan.Length);
    }

    private struct Frame
    {
        public bool IsObject;
        public bool HasValues;

        // The key before; its end is 0 before the first.
        public Range Last;
    }
}
