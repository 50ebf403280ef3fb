using System.Collections.Frozen;
using Lockplane.Gateway.Authentication.Queries;
using Lockplane.Wire;
using Microsoft.Extensions.Logging;

namespace Lockplane.Gateway.Authentication;

/// <summary>Answers logins: from the userlist at once, from the server's catalog, by the tokens' keys, and with keys for the login at the server. One for all sessions, from any thread.</summary>
internal sealed class LoginAuthority : ILoginAuthority, IAsyncDisposable
{
    private readonly byte[] _saltKey = RoleSecrets.NewSaltKey();
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private Sources _sources;

    /// <exception cref="Sql.Errors.LockplaneException">LP001: a file of keys cannot be read.</exception>
    public LoginAuthority(GatewayOptions options, ILogger log, TimeProvider? time = null)
    {
        (_log, _time) = (log, time ?? TimeProvider.System);
        _sources = new Sources(options, _saltKey, _time, _log);
    }

    /// <inheritdoc/>
    public ValueTask<LoginAnswer> AnswerAsync(LoginQuestion question, CancellationToken cancellation)
    {
        Sources sources = _sources;
        return question switch
        {
            SecretQuestion secret => FindSecretAsync(sources, secret.Role, cancellation),
            TokenQuestion token => VerifyAsync(sources, token, cancellation),
            KeysQuestion keys => sources.Credentials.TryFind(keys, out KeysAnswer? known)
                ? new(known!)
                : new(Task.Run<LoginAnswer>(() => sources.Credentials.Derive(keys), cancellation)),
            _ => throw new InvalidOperationException($"Nobody answers {question.GetType().Name}."),
        };
    }

    /// <summary>Answers from another configuration from now on. What was asked before is answered from the one before.</summary>
    /// <exception cref="Sql.Errors.LockplaneException">LP001: a file of keys cannot be read; the configuration before stays.</exception>
    public void Reload(GatewayOptions options)
    {
        Sources replaced = Interlocked.Exchange(ref _sources, new Sources(options, _saltKey, _time, _log));
        _ = replaced.EndAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _sources.EndAsync().ConfigureAwait(false);

    private ValueTask<LoginAnswer> FindSecretAsync(Sources sources, string role, CancellationToken cancellation)
    {
        if (sources.Secrets.Find(role) is { } listed)
        {
            return new(new SecretAnswer(listed));
        }

        return sources.Query is { } query ? AskServerAsync(sources.Secrets, query, role, cancellation) : new(new SecretAnswer(sources.Secrets.Unknown(role)));
    }

    private async ValueTask<LoginAnswer> AskServerAsync(RoleSecrets secrets, AuthQuery query, string role, CancellationToken cancellation)
    {
        CatalogRole? found = await query.FindAsync(role).WaitAsync(cancellation).ConfigureAwait(false);
        return new SecretAnswer(found is null ? secrets.Unknown(role) : found.At(_time.GetUtcNow(), secrets.Mock(role), () => query.Forget(role)));
    }

    private static async ValueTask<LoginAnswer> VerifyAsync(Sources sources, TokenQuestion question, CancellationToken cancellation) =>
        sources.Tokens.TryGetValue(question.Rule, out TokenVerifier? verifier)
            ? new TokenAnswer(await verifier.VerifyAsync(question.Token, question.Role, cancellation).ConfigureAwait(false))
            : throw new ProtocolException(SqlState.InvalidAuthorization, "the configuration changed during the login", hint: "Try again.");

    /// <summary>What one configuration answers from.</summary>
    private sealed class Sources
    {
        public Sources(GatewayOptions options, byte[] saltKey, TimeProvider time, ILogger log)
        {
            Secrets = new RoleSecrets(options.Users, saltKey);
            Credentials = new ServerCredentials(options.Server.Users, options.Server.Name);
            Tokens = options.Auth.Where(rule => rule.ByToken).Distinct().ToFrozenDictionary(rule => rule, rule => new TokenVerifier(rule.Jwt!, rule.Map));
            Query = options.Server.AuthQuery is null ? null : new AuthQuery(options.Server, time, log);
        }

        public RoleSecrets Secrets { get; }

        public ServerCredentials Credentials { get; }

        public FrozenDictionary<AuthRule, TokenVerifier> Tokens { get; }

        public AuthQuery? Query { get; }

        public async Task EndAsync()
        {
            if (Query is not null)
            {
                await Query.DisposeAsync().ConfigureAwait(false);
            }

            foreach (TokenVerifier verifier in Tokens.Values)
            {
                verifier.Dispose();
            }
        }
    }
}
