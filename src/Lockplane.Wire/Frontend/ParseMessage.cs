using Lockplane.Wire.Framing;

namespace Lockplane.Wire.Frontend;

/// <summary>Parse: prepares one statement under a name.</summary>
/// <remarks>Spec: "Message Formats", Parse. Shape: String name, String text, Int16 count, count x Int32 type.</remarks>
public static class ParseMessage
{
    /// <summary>The text in a Parse's body; false when the body is not exactly its fields. Allocates nothing.</summary>
    public static bool TryReadText(ReadOnlySpan<byte> body, out ReadOnlySpan<byte> text)
    {
        FieldReader fields = new(body);
        if (!fields.TryReadCString(out _) || !fields.TryReadCString(out text) || fields.Rest.Length < 2)
        {
            text = default;
            return false;
        }

        int types = (ushort)fields.ReadInt16();
        return fields.Rest.Length == types * 4;
    }

    /// <summary>Writes a Parse without parameter types.</summary>
    public static void Write(ByteBuffer buffer, string name, string text)
    {
        FrameWriter frame = FrameWriter.Begin(buffer, FrontendMessage.Parse);
        frame.WriteCString(name);
        frame.WriteCString(text);
        frame.WriteBytes([0, 0]);
        frame.End();
    }
}
