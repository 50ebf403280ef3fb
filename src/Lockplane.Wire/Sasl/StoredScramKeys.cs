using System.Globalization;

namespace Lockplane.Wire.Sasl;

/// <summary>SCRAM keys as a file holds them: they log in at a server that has the verifier of this salt and count, and the password is not known.</summary>
/// <param name="Challenge">What the server asks with.</param>
/// <param name="Keys">Never printed.</param>
/// <remarks>Shape: <c>SCRAM-SHA-256-KEYS$iterations:salt$ClientKey:ServerKey</c>, in base64: as a verifier, with the ClientKey in place of its hash.</remarks>
public sealed record StoredScramKeys(ScramChallenge Challenge, ScramKeys Keys)
{
    /// <summary>What the text begins with.</summary>
    public const string Prefix = "SCRAM-SHA-256-KEYS$";

    /// <summary>Reads the text form.</summary>
    public static bool TryParse(string text, out StoredScramKeys? stored)
    {
        stored = null;
        string[] parts = text.StartsWith(Prefix, StringComparison.Ordinal) ? text[Prefix.Length..].Split('$', ':') : [];
        if (parts.Length != 4
            || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int iterations) || iterations is < 1 or > ScramKeys.MaxIterations
            || !ScramVerifier.TryBase64(parts[1], out byte[] salt) || salt.Length == 0
            || !ScramVerifier.TryBase64(parts[2], out byte[] client) || client.Length != 32
            || !ScramVerifier.TryBase64(parts[3], out byte[] server) || server.Length != 32)
        {
            return false;
        }

        stored = new StoredScramKeys(new ScramChallenge(parts[1], iterations), new ScramKeys(client, server));
        return true;
    }

    /// <summary>The text form.</summary>
    public string Format() => string.Create(CultureInfo.InvariantCulture,
        $"{Prefix}{Challenge.Iterations}:{Challenge.Salt}${Convert.ToBase64String(Keys.ClientKey)}:{Convert.ToBase64String(Keys.ServerKey)}");

    /// <summary>Without the keys.</summary>
    public override string ToString() => nameof(StoredScramKeys);
}
