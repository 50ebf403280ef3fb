using System.Collections.Concurrent;
using Lockplane.Wire;
using Lockplane.Wire.Sasl;

namespace Lockplane.Gateway.Authentication;

/// <summary>The roles' passwords for the login at the server, with the keys derived last, so that a login costs no key derivation once warm.</summary>
internal sealed class ServerCredentials(Userlist users, string server)
{
    private readonly ConcurrentDictionary<string, (ScramChallenge Challenge, ScramKeys Keys)> _keys = new(StringComparer.Ordinal);

    /// <summary>The keys, where they were derived already.</summary>
    public bool TryFind(KeysQuestion question, out KeysAnswer? answer)
    {
        answer = _keys.TryGetValue(question.Role, out (ScramChallenge Challenge, ScramKeys Keys) known) && known.Challenge == question.Challenge ? new KeysAnswer(known.Keys) : null;
        return answer is not null;
    }

    /// <summary>Derives the keys for the server's challenge, which takes a millisecond or more.</summary>
    /// <exception cref="ProtocolException">28000: no password is known.</exception>
    public KeysAnswer Derive(KeysQuestion question)
    {
        string password = Password(question.Role);
        ScramKeys keys = ScramKeys.Derive(password, Convert.FromBase64String(question.Challenge.Salt), question.Challenge.Iterations);
        _keys[question.Role] = (question.Challenge, keys);
        return new KeysAnswer(keys);
    }

    private string Password(string role)
    {
        string? secret = users.Find(role);
        bool usable = secret is not null && !RoleSecrets.IsMd5(secret) && !secret.StartsWith(ScramVerifier.Prefix, StringComparison.Ordinal);
        return usable ? secret! : throw new ProtocolException(SqlState.InvalidAuthorization, $"the gateway has no password for role \"{role}\" at server {server}",
            hint: $"Add the role's password to the userlist of server.{server}.secret.");
    }
}
