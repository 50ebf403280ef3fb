using System.Collections.Immutable;
using Lockplane.Wire.Framing;

namespace Lockplane.Wire.Frontend;

/// <summary>Begins a session: the protocol version and parameters such as <c>user</c>, <c>database</c> and settings.</summary>
/// <param name="Version">Major version 3.</param>
/// <param name="Parameters">In the order of the packet; names are unique without regard to case.</param>
/// <remarks>Spec: "Message Formats", StartupMessage.</remarks>
public sealed record StartupMessage(ProtocolVersion Version, ImmutableArray<KeyValuePair<string, string>> Parameters) : StartupPacket
{
    /// <summary>What protocol options begin with; those that are not understood are named in NegotiateProtocolVersion.</summary>
    public const string OptionPrefix = "_pq_.";

    internal static StartupMessage Read(ProtocolVersion version, FieldReader fields)
    {
        if (version.Major != 3)
        {
            throw new ProtocolException(SqlState.FeatureNotSupported, $"unsupported frontend protocol {version}: 3.0 to {ProtocolVersion.V32} are supported");
        }

        ImmutableArray<KeyValuePair<string, string>>.Builder parameters = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
        HashSet<string> seen = new(StringComparer.OrdinalIgnoreCase);
        for (string name = fields.ReadText(); name.Length > 0; name = fields.ReadText())
        {
            if (!seen.Add(name))
            {
                throw new ProtocolException($"start-up parameter \"{name}\" is given twice");
            }

            parameters.Add(new(name, fields.ReadText()));
        }

        fields.End();
        return new StartupMessage(version, parameters.ToImmutable());
    }

    /// <summary>Writes the packet.</summary>
    public void Write(ByteBuffer buffer)
    {
        FrameWriter packet = FrameWriter.BeginStartup(buffer);
        packet.WriteInt32((int)Version.Code);
        foreach ((string name, string value) in Parameters)
        {
            packet.WriteCString(name);
            packet.WriteCString(value);
        }

        packet.WriteByte(0);
        packet.End();
    }
}
