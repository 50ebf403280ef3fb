using System.Collections.Concurrent;
using Lockplane.Wire;
using Lockplane.Wire.Sasl;

namespace Lockplane.Gateway.Authentication;

/// <summary>The roles' passwords and keys for the login at the server, with the keys derived last, so that a login costs no key derivation once warm.</summary>
internal sealed class ServerCredentials(Userlist users, string server)
{
    // Roles are those of the userlist, so that the cache cannot grow beyond it.
    private readonly ConcurrentDictionary<string, (ScramChallenge Challenge, ScramKeys Keys)> _keys = new(StringComparer.Ordinal);

    /// <summary>The keys, where they were derived already or are what the userlist holds.</summary>
    /// <exception cref="ProtocolException">28000: nothing is known that this server takes.</exception>
    public bool TryFind(KeysQuestion question, out KeysAnswer? answer)
    {
        answer = _keys.TryGetValue(question.Role, out (ScramChallenge Challenge, ScramKeys Keys) known) && known.Challenge == question.Challenge ? new KeysAnswer(known.Keys) : null;
        if (answer is null && StoredScramKeys.TryParse(Secret(question.Role), out StoredScramKeys? stored))
        {
            answer = stored!.Challenge == question.Challenge ? new KeysAnswer(stored.Keys) : throw new ProtocolException(SqlState.InvalidAuthorization,
                $"the gateway's SCRAM keys for role \"{question.Role}\" are not those of its password at server {server}: salt or iterations differ",
                hint: $"Renew them in the userlist of server.{server}.secret.");
        }

        return answer is not null;
    }

    /// <summary>Derives the keys for the server's challenge, which takes a millisecond or more.</summary>
    /// <exception cref="ProtocolException">28000: no password is known.</exception>
    public KeysAnswer Derive(KeysQuestion question)
    {
        ScramKeys keys = ScramKeys.Derive(Secret(question.Role), Convert.FromBase64String(question.Challenge.Salt), question.Challenge.Iterations);
        _keys[question.Role] = (question.Challenge, keys);
        return new KeysAnswer(keys);
    }

    private string Secret(string role) => users.CanLogIn(role)
        ? users.Find(role)!
        : throw new ProtocolException(SqlState.InvalidAuthorization, $"the gateway has no password for role \"{role}\" at server {server}",
            hint: $"Add the role's password to the userlist of server.{server}.secret.");
}
