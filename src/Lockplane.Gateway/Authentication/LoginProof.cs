using System.Collections.Immutable;
using Lockplane.Wire.Sasl;

namespace Lockplane.Gateway.Authentication;

/// <summary>What a client proved. Never logged whole.</summary>
/// <param name="Method">By what.</param>
/// <param name="User">The role that it may be.</param>
/// <param name="Claims">The token's single-valued claims; empty without one.</param>
/// <param name="CertificateName">The name in the client's certificate; null without one.</param>
/// <param name="Expires">When the token ends; null where nothing does.</param>
/// <param name="Keys">The SCRAM keys that the proof gave away, for the login at the server (<c>login = "pass-through"</c>); null otherwise.</param>
/// <param name="KeysFor">The salt and iterations that the keys are for.</param>
/// <param name="ConnectionLimit">rolconnlimit, where the server's catalog was asked; otherwise <see cref="RoleSecret.Unlimited"/>.</param>
internal sealed record LoginProof(
    AuthMethod Method, string User, ImmutableDictionary<string, string> Claims, string? CertificateName, DateTimeOffset? Expires, ScramKeys? Keys, ScramChallenge? KeysFor = null,
    int ConnectionLimit = RoleSecret.Unlimited)
{
    /// <summary>A proof without claims, certificate or keys.</summary>
    public static LoginProof Plain(AuthMethod method, string user) => new(method, user, ImmutableDictionary<string, string>.Empty, null, null, null);

    /// <summary>Without keys and claims.</summary>
    public override string ToString() => $"LoginProof {{ Method = {Method}, User = {User} }}";
}
