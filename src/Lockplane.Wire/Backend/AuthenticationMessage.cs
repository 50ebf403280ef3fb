using Lockplane.Wire.Framing;

namespace Lockplane.Wire.Backend;

/// <summary>What an Authentication message asks for or says.</summary>
/// <remarks>Spec: "Message Formats", AuthenticationOk and following.</remarks>
public enum AuthenticationKind
{
    Ok = 0,
    CleartextPassword = 3,
    Md5Password = 5,
    Sasl = 10,
    SaslContinue = 11,
    SaslFinal = 12,
}

/// <summary>Authentication messages. Shape: Int32 kind, then what the kind says.</summary>
public static class AuthenticationMessage
{
    /// <summary>Writes AuthenticationOk or AuthenticationCleartextPassword.</summary>
    public static void Write(ByteBuffer buffer, AuthenticationKind kind)
    {
        FrameWriter frame = FrameWriter.Begin(buffer, BackendMessage.Authentication);
        frame.WriteInt32((int)kind);
        frame.End();
    }

    /// <summary>Writes AuthenticationMD5Password with its salt of four bytes.</summary>
    public static void WriteMd5(ByteBuffer buffer, ReadOnlySpan<byte> salt)
    {
        FrameWriter frame = FrameWriter.Begin(buffer, BackendMessage.Authentication);
        frame.WriteInt32((int)AuthenticationKind.Md5Password);
        frame.WriteBytes(salt);
        frame.End();
    }

    /// <summary>Writes AuthenticationSASL with the mechanisms, the preferred one first.</summary>
    public static void WriteSasl(ByteBuffer buffer, params ReadOnlySpan<string> mechanisms)
    {
        FrameWriter frame = FrameWriter.Begin(buffer, BackendMessage.Authentication);
        frame.WriteInt32((int)AuthenticationKind.Sasl);
        foreach (string mechanism in mechanisms)
        {
            frame.WriteCString(mechanism);
        }

        frame.WriteByte(0);
        frame.End();
    }

    /// <summary>Writes AuthenticationSASLContinue or AuthenticationSASLFinal.</summary>
    public static void WriteSaslData(ByteBuffer buffer, AuthenticationKind kind, string data)
    {
        FrameWriter frame = FrameWriter.Begin(buffer, BackendMessage.Authentication);
        frame.WriteInt32((int)kind);
        frame.WriteText(data);
        frame.End();
    }

    /// <summary>Whether AuthenticationSASL's list holds a mechanism.</summary>
    /// <exception cref="ProtocolException">08P01: the list is not terminated.</exception>
    public static bool Offers(ReadOnlySpan<byte> mechanisms, ReadOnlySpan<byte> wanted)
    {
        FieldReader fields = new(mechanisms);
        bool found = false;
        for (ReadOnlySpan<byte> name = fields.ReadCString(); !name.IsEmpty; name = fields.ReadCString())
        {
            found |= name.SequenceEqual(wanted);
        }

        return found;
    }
}
