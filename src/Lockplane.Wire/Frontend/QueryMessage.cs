using Lockplane.Wire.Framing;

namespace Lockplane.Wire.Frontend;

/// <summary>Query: one text of any number of statements.</summary>
/// <remarks>Spec: "Message Formats", Query. Shape: String.</remarks>
public static class QueryMessage
{
    /// <summary>The text of a Query's body; false unless there is exactly one NUL, at the end. Allocates nothing.</summary>
    public static bool TryReadText(ReadOnlySpan<byte> body, out ReadOnlySpan<byte> text)
    {
        FieldReader fields = new(body);
        return fields.TryReadCString(out text) && fields.AtEnd;
    }

    /// <summary>Writes a Query.</summary>
    public static void Write(ByteBuffer buffer, string text)
    {
        FrameWriter frame = FrameWriter.Begin(buffer, FrontendMessage.Query);
        frame.WriteCString(text);
        frame.End();
    }
}
