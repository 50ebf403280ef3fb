using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Lockplane.Wire.Sasl;

namespace Lockplane.Gateway.Authentication;

/// <summary>What a userlist says of its roles, and for everybody else a secret that nothing fits.</summary>
/// <param name="users">The list.</param>
/// <param name="saltKey">Random; makes the salts that are ours. The same over reloads and in every process, so that a salt that changes does not tell which roles exist.</param>
/// <remarks>Verifiers of passwords are derived at construction (about a millisecond each), so that a known role's first login takes no longer than an unknown one's.</remarks>
internal sealed class RoleSecrets(Userlist users, byte[] saltKey)
{
    private const string Md5Prefix = "md5";
    private const int Md5Length = 35;

    private readonly FrozenDictionary<string, RoleSecret> _secrets =
        users.Entries.ToFrozenDictionary(entry => entry.Key, entry => Read(entry.Key, entry.Value, saltKey), StringComparer.Ordinal);

    /// <summary>What the userlist says; null for a role that is not in it.</summary>
    public RoleSecret? Find(string role) => _secrets.GetValueOrDefault(role);

    /// <summary>For a role that is not known: its challenge looks like any other, with the same salt at every attempt, so that the answers do not tell.</summary>
    public RoleSecret Unknown(string role) => new() { Verifier = Mock(role) };

    /// <summary>A verifier that nothing fits.</summary>
    public ScramVerifier Mock(string role) => ScramVerifier.Mock(Salt(role, saltKey));

    /// <summary>A new <c>saltKey</c>.</summary>
    public static byte[] NewSaltKey() => RandomNumberGenerator.GetBytes(GatewayOptions.MockSaltKeyBytes);

    /// <summary>Whether a secret is an MD5 hash as Postgres stores it.</summary>
    public static bool IsMd5(string secret) => secret.Length == Md5Length && secret.StartsWith(Md5Prefix, StringComparison.Ordinal) && secret[3..].All(char.IsAsciiHexDigitLower);

    private static RoleSecret Read(string role, string secret, byte[] saltKey)
    {
        if (ScramVerifier.TryParse(secret, out ScramVerifier? stored))
        {
            return new RoleSecret { Verifier = stored! };
        }

        if (StoredScramKeys.TryParse(secret, out StoredScramKeys? keys))
        {
            return new RoleSecret { Verifier = ScramVerifier.FromKeys(keys!.Keys, keys.Challenge) };
        }

        return IsMd5(secret)
            ? new RoleSecret { Verifier = ScramVerifier.Mock(Salt(role, saltKey)), Md5 = secret[3..] }
            : new RoleSecret { Verifier = ScramVerifier.FromPassword(secret, Salt(role, saltKey)), Md5 = RoleSecret.Md5Of(secret, role) };
    }

    private static byte[] Salt(string role, byte[] saltKey) => HMACSHA256.HashData(saltKey, Encoding.UTF8.GetBytes(role))[..16];
}
