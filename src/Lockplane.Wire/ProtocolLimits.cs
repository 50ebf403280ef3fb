namespace Lockplane.Wire;

/// <summary>What a peer may announce, in bytes of a message's length field (which counts itself but not the type byte).</summary>
/// <remarks>The figures are Postgres's own: src/include/libpq/pqcomm.h and libpq.h.</remarks>
public static class ProtocolLimits
{
    /// <summary>A start-up packet.</summary>
    public const int StartupPacket = 10_000;

    /// <summary>A message before the login is complete, from either side.</summary>
    public const int AuthenticationMessage = 65_535;

    /// <summary>A message that carries neither text nor data, such as Sync, Execute or Close.</summary>
    public const int SmallMessage = 10_000;

    /// <summary>Every other message.</summary>
    public const int LargeMessage = 0x3FFF_FFFE;

    /// <summary>A role or database name; Postgres cuts longer ones, so that two names could become one.</summary>
    public const int NameBytes = 63;

    /// <summary>A cancel key in protocol 3.2.</summary>
    public const int CancelKeyBytes = 256;
}
