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

    /// <summary>The statement's name in a Parse's body, without its NUL; false when it does not end there. Allocates nothing.</summary>
    public static bool TryReadName(ReadOnlySpan<byte> body, out ReadOnlySpan<byte> name) => new FieldReader(body).TryReadCString(out name);

    /// <summary>Writes a Parse without parameter types.</summary>
    /// <param name="buffer">Takes it.</param>
    /// <param name="name">The statement's name, without a NUL.</param>
    /// <param name="text">The statement.</param>
    public static void Write(ByteBuffer buffer, ReadOnlySpan<byte> name, string text)
    {
        FrameWriter frame = FrameWriter.Begin(buffer, FrontendMessage.Parse);
        frame.WriteBytes(name);
        frame.WriteBytes([0]);
        frame.WriteCString(text);
        frame.WriteBytes([0, 0]);
        frame.End();
    }
}
