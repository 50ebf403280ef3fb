using System.Globalization;
using System.Security.Cryptography;

namespace Lockplane.Wire.Sasl;

/// <summary>What suffices to check a SCRAM proof and does not suffice to make one: what pg_authid.rolpassword holds.</summary>
/// <remarks>Shape: <c>SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey</c>, in base64. Spec: "pg_authid".</remarks>
public sealed class ScramVerifier
{
    /// <summary>What the text of every verifier begins with.</summary>
    public const string Prefix = "SCRAM-SHA-256$";

    private ScramVerifier(byte[] salt, int iterations, byte[] storedKey, byte[] serverKey)
    {
        Salt = salt;
        Iterations = iterations;
        StoredKey = storedKey;
        ServerKey = serverKey;
    }

    /// <summary>What a login with this verifier is asked with.</summary>
    public ScramChallenge Challenge => new(Convert.ToBase64String(Salt), Iterations);

    internal byte[] Salt { get; }

    internal int Iterations { get; }

    internal byte[] StoredKey { get; }

    internal byte[] ServerKey { get; }

    /// <summary>The verifier of a password.</summary>
    public static ScramVerifier FromPassword(string password, ReadOnlySpan<byte> salt, int iterations = ScramKeys.DefaultIterations)
    {
        ScramKeys keys = ScramKeys.Derive(password, salt, iterations);
        return new ScramVerifier(salt.ToArray(), iterations, SHA256.HashData(keys.ClientKey), keys.ServerKey);
    }

    /// <summary>The verifier of keys.</summary>
    public static ScramVerifier FromKeys(ScramKeys keys, ScramChallenge challenge) =>
        new(Convert.FromBase64String(challenge.Salt), challenge.Iterations, SHA256.HashData(keys.ClientKey), keys.ServerKey);

    /// <summary>A verifier that no proof fits, for roles that are not known: its challenge looks like any other.</summary>
    public static ScramVerifier Mock(ReadOnlySpan<byte> salt) => new(salt.ToArray(), ScramKeys.DefaultIterations, new byte[32], new byte[32]);

    /// <summary>Reads Postgres's text form.</summary>
    public static bool TryParse(string text, out ScramVerifier? verifier)
    {
        verifier = null;
        string[] parts = text.Split('$');
        if (parts.Length != 3 || parts[0] != ScramKeys.Mechanism)
        {
            return false;
        }

        string[] cost = parts[1].Split(':');
        string[] keys = parts[2].Split(':');
        if (cost.Length != 2 || keys.Length != 2
            || !int.TryParse(cost[0], NumberStyles.None, CultureInfo.InvariantCulture, out int iterations)
            || iterations is < 1 or > ScramKeys.MaxIterations
            || !TryBase64(cost[1], out byte[] salt) || salt.Length == 0
            || !TryBase64(keys[0], out byte[] stored) || stored.Length != 32
            || !TryBase64(keys[1], out byte[] server) || server.Length != 32)
        {
            return false;
        }

        verifier = new ScramVerifier(salt, iterations, stored, server);
        return true;
    }

    internal static bool TryBase64(string text, out byte[] bytes)
    {
        bytes = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, bytes, out int count))
        {
            return false;
        }

        bytes = bytes[..count];
        return true;
    }
}
