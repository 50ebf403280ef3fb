using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Lockplane.Wire.Sasl;

namespace Lockplane.Gateway.Authentication;

/// <summary>The verifiers of a userlist, and one that fits nothing for everybody else.</summary>
/// <remarks>Verifiers of passwords are derived at construction (about a millisecond each), so that a known role's first login takes no longer than an unknown one's.</remarks>
internal sealed class ScramVerifiers
{
    private readonly FrozenDictionary<string, ScramVerifier> _verifiers;
    private readonly byte[] _saltKey = RandomNumberGenerator.GetBytes(32);

    public ScramVerifiers(Userlist users)
    {
        Dictionary<string, ScramVerifier> verifiers = new(StringComparer.Ordinal);
        foreach ((string role, string secret) in users.Entries)
        {
            verifiers[role] = ScramVerifier.TryParse(secret, out ScramVerifier? stored) ? stored! : ScramVerifier.FromPassword(secret, Salt(role));
        }

        _verifiers = verifiers.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>The role's verifier; for a role that is not known one with the same salt at every attempt, so that the answers do not tell.</summary>
    public ScramVerifier Find(string role) => _verifiers.TryGetValue(role, out ScramVerifier? verifier) ? verifier : ScramVerifier.Mock(Salt(role));

    private byte[] Salt(string role) => HMACSHA256.HashData(_saltKey, Encoding.UTF8.GetBytes(role))[..16];
}
