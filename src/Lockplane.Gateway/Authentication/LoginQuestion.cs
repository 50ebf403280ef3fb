using Lockplane.Wire.Sasl;

namespace Lockplane.Gateway.Authentication;

/// <summary>What a login has to know that its peer's bytes do not tell: a role's verifier, whether a token holds, keys derived from a password.</summary>
internal abstract record LoginQuestion;

/// <summary>What is known of a role's password. Answered by <see cref="SecretAnswer"/>, for a role that is not known too.</summary>
internal sealed record SecretQuestion(string Role) : LoginQuestion;

/// <summary>Whether a token holds and lets a role in. Answered by <see cref="TokenAnswer"/>.</summary>
/// <param name="Rule">Says how tokens are checked.</param>
/// <param name="Token">Never logged.</param>
/// <param name="Role">The role that was asked for.</param>
internal sealed record TokenQuestion(AuthRule Rule, string Token, string Role) : LoginQuestion
{
    /// <summary>Without the token.</summary>
    public override string ToString() => $"TokenQuestion {{ Role = {Role} }}";
}

/// <summary>A role's keys for a server's challenge. Answered by <see cref="KeysAnswer"/>; refused with 28000 where the gateway has no password for the role.</summary>
internal sealed record KeysQuestion(string Role, ScramChallenge Challenge) : LoginQuestion;

/// <summary>The answer to a <see cref="LoginQuestion"/>; goes back to the login that asked.</summary>
internal abstract record LoginAnswer;

/// <summary>Answers a <see cref="SecretQuestion"/>.</summary>
internal sealed record SecretAnswer(RoleSecret Secret) : LoginAnswer;

/// <summary>Answers a <see cref="TokenQuestion"/>.</summary>
internal sealed record TokenAnswer(TokenResult Result) : LoginAnswer;

/// <summary>Answers a <see cref="KeysQuestion"/>.</summary>
internal sealed record KeysAnswer(ScramKeys Keys) : LoginAnswer;

/// <summary>Answers logins, off their loops where it takes long.</summary>
internal interface ILoginAuthority
{
    /// <summary>Answers at once where the answer is known; the task fails with a <see cref="Wire.ProtocolException"/> only, which refuses the login.</summary>
    ValueTask<LoginAnswer> AnswerAsync(LoginQuestion question, CancellationToken cancellation);
}
