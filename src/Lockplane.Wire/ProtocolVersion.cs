namespace Lockplane.Wire;

/// <summary>A protocol version, or one of the request codes that stand in its place in a start-up packet.</summary>
/// <param name="Code">Major version in the high 16 bits, minor in the low.</param>
/// <remarks>Spec: "Message Flow", Start-up; "Message Formats", StartupMessage.</remarks>
public readonly record struct ProtocolVersion(uint Code)
{
    /// <summary>3.0, which every driver speaks: cancel keys have 4 bytes.</summary>
    public static readonly ProtocolVersion V30 = new(0x0003_0000);

    /// <summary>3.2 (Postgres 18): cancel keys have 4 to 256 bytes.</summary>
    public static readonly ProtocolVersion V32 = new(0x0003_0002);

    internal static readonly ProtocolVersion CancelRequest = new(80877102);
    internal static readonly ProtocolVersion SslRequest = new(80877103);
    internal static readonly ProtocolVersion GssEncRequest = new(80877104);

    public int Major => (int)(Code >> 16);

    public int Minor => (int)(Code & 0xFFFF);

    /// <summary>Whether cancel keys may be longer than 4 bytes.</summary>
    public bool HasLongCancelKeys => Major == 3 && Minor >= 2;

    /// <inheritdoc/>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Major}.{Minor}");
}
