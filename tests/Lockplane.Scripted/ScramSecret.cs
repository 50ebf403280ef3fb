using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Lockplane.Scripted;

/// <summary>A password with one salt and iteration count, derived once: both sides of SCRAM-SHA-256, written apart from Lockplane's own so that each checks the other.</summary>
/// <remarks>Spec: RFC 5802 and 7677.</remarks>
public sealed class ScramSecret
{
    private readonly byte[] _clientKey;
    private readonly byte[] _serverKey;

    private static readonly ConcurrentDictionary<(string Password, string Salt, int Iterations), ScramSecret> Derived = new();

    /// <summary>Derives the keys of a password.</summary>
    public ScramSecret(string password, byte[] salt, int iterations = 4_096)
    {
        (Salt, Iterations) = (Convert.ToBase64String(salt), iterations);
        byte[] salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, iterations, HashAlgorithmName.SHA256, 32);
        _clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        _serverKey = HMACSHA256.HashData(salted, "Server Key"u8);
        StoredKey = SHA256.HashData(_clientKey);
    }

    /// <summary>The keys of a password, derived at the first time that they are asked for: thousands of logins of one role cost one derivation.</summary>
    /// <param name="password">The password.</param>
    /// <param name="salt">In base64.</param>
    /// <param name="iterations">As the server asks for them.</param>
    public static ScramSecret Of(string password, string salt, int iterations) =>
        Derived.GetOrAdd((password, salt, iterations), static key => new ScramSecret(key.Password, Convert.FromBase64String(key.Salt), key.Iterations));

    /// <summary>In base64.</summary>
    public string Salt { get; }

    /// <summary>The iteration count.</summary>
    public int Iterations { get; }

    /// <summary>As pg_authid.rolpassword holds it.</summary>
    public string Verifier => string.Create(CultureInfo.InvariantCulture, $"SCRAM-SHA-256${Iterations}:{Salt}${Convert.ToBase64String(StoredKey)}:{Convert.ToBase64String(_serverKey)}");

    private byte[] StoredKey { get; }

    /// <summary>The client's proof over what was said.</summary>
    public string Proof(string authMessage) => Convert.ToBase64String(Xor(HMACSHA256.HashData(StoredKey, Encoding.UTF8.GetBytes(authMessage)), _clientKey));

    /// <summary>The server's signature over what was said.</summary>
    public string Signature(string authMessage) => Convert.ToBase64String(HMACSHA256.HashData(_serverKey, Encoding.UTF8.GetBytes(authMessage)));

    /// <summary>Whether a proof is this password's.</summary>
    public bool Fits(string authMessage, string proof)
    {
        byte[] given = Convert.FromBase64String(proof);
        return given.Length == 32 && SHA256.HashData(Xor(HMACSHA256.HashData(StoredKey, Encoding.UTF8.GetBytes(authMessage)), given)).AsSpan().SequenceEqual(StoredKey);
    }

    private static byte[] Xor(byte[] left, byte[] right)
    {
        for (int i = 0; i < left.Length; i++)
        {
            left[i] ^= right[i];
        }

        return left;
    }
}
