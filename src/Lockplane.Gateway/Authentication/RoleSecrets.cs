using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Lockplane.Wire.Sasl;

namespace Lockplane.Gateway.Authentication;

/// <summary>What a userlist says of its roles, and for everybody else a secret that nothing fits.</summary>
/// <remarks>Verifiers of passwords are derived at construction (about a millisecond each), so that a known role's first login takes no longer than an unknown one's.</remarks>
internal sealed class RoleSecrets
{
    private const string Md5Prefix = "md5";
    private const int Md5Length = 35;

    private readonly FrozenDictionary<string, RoleSecret> _secrets;
    private readonly byte[] _saltKey = RandomNumberGenerator.GetBytes(32);

    public RoleSecrets(Userlist users) =>
        _secrets = users.Entries.ToFrozenDictionary(entry => entry.Key, entry => Read(entry.Key, entry.Value), StringComparer.Ordinal);

    /// <summary>What the userlist says; null for a role that is not in it.</summary>
    public RoleSecret? Find(string role) => _secrets.GetValueOrDefault(role);

    /// <summary>For a role that is not known: its challenge looks like any other, with the same salt at every attempt, so that the answers do not tell.</summary>
    public RoleSecret Unknown(string role) => new() { Verifier = Mock(role) };

    /// <summary>A verifier that nothing fits.</summary>
    public ScramVerifier Mock(string role) => ScramVerifier.Mock(Salt(role));

    /// <summary>Whether a secret is an MD5 hash as Postgres stores it.</summary>
    public static bool IsMd5(string secret) => secret.Length == Md5Length && secret.StartsWith(Md5Prefix, StringComparison.Ordinal) && secret[3..].All(char.IsAsciiHexDigitLower);

    private RoleSecret Read(string role, string secret)
    {
        if (ScramVerifier.TryParse(secret, out ScramVerifier? stored))
        {
            return new RoleSecret { Verifier = stored! };
        }

        return IsMd5(secret)
            ? new RoleSecret { Verifier = Mock(role), Md5 = secret[3..] }
            : new RoleSecret { Verifier = ScramVerifier.FromPassword(secret, Salt(role)), Md5 = RoleSecret.Md5Of(secret, role) };
    }

    private byte[] Salt(string role) => HMACSHA256.HashData(_saltKey, Encoding.UTF8.GetBytes(role))[..16];
}
