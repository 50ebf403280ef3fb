namespace Lockplane.Gateway.Authentication;

/// <summary>What a login has to know that its peer's bytes do not tell: a role's verifier, whether a token holds, keys derived from a password.</summary>
internal abstract record LoginQuestion;

/// <summary>The answer to a <see cref="LoginQuestion"/>; goes back to the login that asked.</summary>
internal abstract record LoginAnswer;

/// <summary>Answers logins, off their loops where it takes long.</summary>
internal interface ILoginAuthority
{
    /// <summary>Answers at once where the answer is known; the task fails with a <see cref="Wire.ProtocolException"/> only, which refuses the login.</summary>
    ValueTask<LoginAnswer> AnswerAsync(LoginQuestion question, CancellationToken cancellation);
}
