using System.Collections.Immutable;
using Lockplane.Wire.Framing;

namespace Lockplane.Wire.Backend;

/// <summary>Says that the version asked for, or protocol options, are not understood, and goes on without.</summary>
/// <param name="Newest">The version that is spoken from here on.</param>
/// <param name="Unknown">Names of protocol options (<c>_pq_.*</c>) that are not understood.</param>
/// <remarks>Spec: "Message Formats", NegotiateProtocolVersion. Shape: Int32 version, Int32 count, count x String. The version is sent whole, as Postgres does.</remarks>
public sealed record NegotiateProtocolVersion(ProtocolVersion Newest, ImmutableArray<string> Unknown)
{
    /// <summary>Reads the body.</summary>
    /// <exception cref="ProtocolException">08P01.</exception>
    public static NegotiateProtocolVersion Read(ReadOnlySpan<byte> body)
    {
        FieldReader fields = new(body);
        ProtocolVersion version = new((uint)fields.ReadInt32());
        int count = fields.ReadInt32();
        if (count < 0 || count > body.Length)
        {
            throw new ProtocolException("a message is shorter than its fields");
        }

        ImmutableArray<string>.Builder unknown = ImmutableArray.CreateBuilder<string>(count);
        for (int i = 0; i < count; i++)
        {
            unknown.Add(fields.ReadText());
        }

        fields.End();
        return new NegotiateProtocolVersion(version, unknown.MoveToImmutable());
    }

    /// <summary>Writes the message.</summary>
    public void Write(ByteBuffer buffer)
    {
        FrameWriter frame = FrameWriter.Begin(buffer, BackendMessage.NegotiateProtocolVersion);
        frame.WriteInt32((int)Newest.Code);
        frame.WriteInt32(Unknown.Length);
        foreach (string name in Unknown)
        {
            frame.WriteCString(name);
        }

        frame.End();
    }
}
