using System.Collections.Concurrent;
using Lockplane.Wire;
using Lockplane.Wire.Sasl;

namespace Lockplane.Gateway.Authentication;

/// <summary>The roles' passwords for the login at the server, with the keys derived last, so that a login costs no key derivation once warm.</summary>
internal sealed class ServerCredentials(Userlist users, string server)
{
    private readonly ConcurrentDictionary<string, (ScramChallenge Challenge, ScramKeys Keys)> _keys = new(StringComparer.Ordinal);

    /// <summary>The keys for the server's challenge.</summary>
    /// <exception cref="ProtocolException">28000: no password is known.</exception>
    public ScramKeys Keys(string role, ScramChallenge challenge)
    {
        string password = Password(role);
        if (_keys.TryGetValue(role, out (ScramChallenge Challenge, ScramKeys Keys) known) && known.Challenge == challenge)
        {
            return known.Keys;
        }

        ScramKeys keys = ScramKeys.Derive(password, Convert.FromBase64String(challenge.Salt), challenge.Iterations);
        _keys[role] = (challenge, keys);
        return keys;
    }

    private string Password(string role)
    {
        string? secret = users.Find(role);
        bool usable = secret is not null && !secret.StartsWith(ScramVerifier.Prefix, StringComparison.Ordinal);
        return usable ? secret! : throw new ProtocolException(SqlState.InvalidAuthorization, $"the gateway has no password for role \"{role}\" at server {server}",
            hint: $"Add the role's password to the userlist of server.{server}.secret.");
    }
}
