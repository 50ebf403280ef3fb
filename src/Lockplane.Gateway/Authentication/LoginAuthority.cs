using System.Collections.Frozen;
using Lockplane.Wire;

namespace Lockplane.Gateway.Authentication;

/// <summary>Answers logins from the userlist, the tokens' keys and the passwords for the server.</summary>
internal sealed class LoginAuthority(GatewayOptions options) : ILoginAuthority
{
    private readonly RoleSecrets _secrets = new(options.Users);
    private readonly ServerCredentials _credentials = new(options.Server.Users, options.Server.Name);

    private readonly FrozenDictionary<AuthRule, TokenVerifier> _tokens = options.Auth.Where(rule => rule.Jwt is not null).Distinct()
        .ToFrozenDictionary(rule => rule, rule => new TokenVerifier(rule.Jwt!));

    /// <inheritdoc/>
    public ValueTask<LoginAnswer> AnswerAsync(LoginQuestion question, CancellationToken cancellation) => question switch
    {
        SecretQuestion secret => new(new SecretAnswer(_secrets.Find(secret.Role) ?? _secrets.Unknown(secret.Role))),
        TokenQuestion token => VerifyAsync(token),
        KeysQuestion keys => DeriveAsync(keys, cancellation),
        _ => throw new InvalidOperationException($"Nobody answers {question.GetType().Name}."),
    };

    private async ValueTask<LoginAnswer> VerifyAsync(TokenQuestion question) =>
        new TokenAnswer(await _tokens[question.Rule].VerifyAsync(question.Token, question.Role).ConfigureAwait(false));

    private ValueTask<LoginAnswer> DeriveAsync(KeysQuestion question, CancellationToken cancellation) => _credentials.TryFind(question, out KeysAnswer? known)
        ? new(known!)
        : new(Task.Run<LoginAnswer>(() => _credentials.Derive(question), cancellation));
}
