using System.Security.Cryptography;
using System.Text;

namespace Lockplane.Wire.Sasl;

/// <summary>What a password becomes with one salt and iteration count; computing it is the costly part of SCRAM.</summary>
/// <remarks>Spec: RFC 5802 and 7677. Passwords beyond ASCII are taken as the UTF-8 bytes they are (no SASLprep).</remarks>
public sealed class ScramKeys
{
    /// <summary>The mechanism's name.</summary>
    public const string Mechanism = "SCRAM-SHA-256";

    /// <summary>The mechanism with channel binding.</summary>
    public const string MechanismPlus = "SCRAM-SHA-256-PLUS";

    /// <summary>Postgres's default iteration count.</summary>
    public const int DefaultIterations = 4_096;

    /// <summary>More than this is refused from either side: each iteration is work that a peer makes us do.</summary>
    public const int MaxIterations = 100_000;

    /// <param name="clientKey">32 bytes: what proves the password to a server.</param>
    /// <param name="serverKey">32 bytes: what a server proves its knowledge by.</param>
    public ScramKeys(byte[] clientKey, byte[] serverKey)
    {
        ClientKey = clientKey;
        ServerKey = serverKey;
    }

    internal byte[] ClientKey { get; }

    internal byte[] ServerKey { get; }

    /// <summary>Derives the keys: <paramref name="iterations"/> rounds of HMAC-SHA-256.</summary>
    public static ScramKeys Derive(string password, ReadOnlySpan<byte> salt, int iterations)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)iterations, (uint)MaxIterations);
        byte[] salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, iterations, HashAlgorithmName.SHA256, 32);
        ScramKeys keys = new(HMACSHA256.HashData(salted, "Client Key"u8), HMACSHA256.HashData(salted, "Server Key"u8));
        CryptographicOperations.ZeroMemory(salted);
        return keys;
    }
}
