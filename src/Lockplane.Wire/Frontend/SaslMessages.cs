using Lockplane.Wire.Framing;

namespace Lockplane.Wire.Frontend;

/// <summary>SASLInitialResponse and SASLResponse.</summary>
/// <remarks>Spec: "SASL Authentication". Shapes: String mechanism, Int32 length, bytes; and bytes alone.</remarks>
public static class SaslMessages
{
    /// <summary>Reads a SASLInitialResponse's body.</summary>
    /// <param name="given">False where the client selected the mechanism only (a length of -1).</param>
    /// <exception cref="ProtocolException">08P01.</exception>
    public static ReadOnlySpan<byte> ReadInitial(ReadOnlySpan<byte> body, out string mechanism, out bool given)
    {
        FieldReader fields = new(body);
        mechanism = fields.ReadText();
        int length = fields.ReadInt32();
        given = length != -1;
        ReadOnlySpan<byte> response = given ? fields.ReadBytes(length) : default;
        fields.End();
        return response;
    }

    /// <summary>Writes a SASLInitialResponse.</summary>
    public static void WriteInitial(ByteBuffer buffer, string mechanism, string response)
    {
        FrameWriter frame = FrameWriter.Begin(buffer, FrontendMessage.Password);
        frame.WriteCString(mechanism);
        frame.WriteInt32(System.Text.Encoding.UTF8.GetByteCount(response));
        frame.WriteText(response);
        frame.End();
    }

    /// <summary>Writes a SASLResponse.</summary>
    public static void Write(ByteBuffer buffer, string response)
    {
        FrameWriter frame = FrameWriter.Begin(buffer, FrontendMessage.Password);
        frame.WriteText(response);
        frame.End();
    }
}
