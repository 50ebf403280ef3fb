using System.Collections.Frozen;
using Lockplane.Gateway.Authentication.Queries;
using Lockplane.Wire;
using Microsoft.Extensions.Logging;

namespace Lockplane.Gateway.Authentication;

/// <summary>Answers logins: from the userlist at once, from the server's catalog, by the tokens' keys, and with keys for the login at the server. One for all sessions, from any thread.</summary>
internal sealed class LoginAuthority : ILoginAuthority, IAsyncDisposable
{
    private readonly byte[] _saltKey;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Func<HttpMessageHandler>? _network;
    private readonly Lock _reloading = new();
    private Sources _sources;

    /// <param name="options">The configuration.</param>
    /// <param name="log">Told when the auth query fails.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <param name="network">For tests: what key sets are fetched by; null for the network.</param>
    /// <exception cref="Sql.Errors.LockplaneException">LP001: a file of keys cannot be read.</exception>
    public LoginAuthority(GatewayOptions options, ILogger log, TimeProvider? time = null, Func<HttpMessageHandler>? network = null)
    {
        (_log, _time, _network) = (log, time ?? TimeProvider.System, network);
        _saltKey = options.MockSaltKey.IsEmpty ? RoleSecrets.NewSaltKey() : [.. options.MockSaltKey];
        _sources = Make(options, null);
    }

    /// <inheritdoc/>
    public ValueTask<LoginAnswer> AnswerAsync(LoginQuestion question, CancellationToken cancellation)
    {
        Sources sources = Volatile.Read(ref _sources);
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

    /// <summary>Answers from another configuration from now on. What was asked before is answered from the one before.
    /// Keys that were fetched from a URL, and the connection of the auth query, are kept where the configuration of them is the same; files are read again.</summary>
    /// <exception cref="Sql.Errors.LockplaneException">LP001: a file of keys cannot be read; the configuration before stays.</exception>
    public void Reload(GatewayOptions options)
    {
        // One at a time: two that both keep something of the same sources would end it for each other.
        lock (_reloading)
        {
            Sources replaced = _sources;
            Sources next = Make(options, replaced);
            Volatile.Write(ref _sources, next);
            _ = replaced.EndAsync(next);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _sources.EndAsync(null).ConfigureAwait(false);

    private Sources Make(GatewayOptions options, Sources? before)
    {
        Dictionary<(Uri Url, TokenAlgorithm Algorithm), KeySet> fetched = [];
        Dictionary<AuthRule, TokenVerifier> tokens = [];
        foreach (AuthRule rule in options.Auth.Where(rule => rule.ByToken).Distinct())
        {
            tokens[rule] = new TokenVerifier(rule.Jwt!, Keys(rule.Jwt!, fetched, before), rule.Map);
        }

        return new Sources
        {
            Secrets = new RoleSecrets(options.Users, _saltKey),
            Credentials = new ServerCredentials(options.Server.Users, options.Server.Name),
            Fetched = fetched.ToFrozenDictionary(),
            Tokens = tokens.ToFrozenDictionary(),
            Query = options.Server.AuthQuery is null ? null : before?.Query is { } query && query.IsOf(options.Server) ? query : new AuthQuery(options.Server, _time, _log),
        };
    }

    // Rules that name the same URL share what is fetched from it.
    private KeySet Keys(JwtOptions options, Dictionary<(Uri Url, TokenAlgorithm Algorithm), KeySet> fetched, Sources? before)
    {
        if (options.JwksUrl is not { } url)
        {
            return new KeySet(options, _time);
        }

        (Uri Url, TokenAlgorithm Algorithm) source = (url, options.Algorithm);
        if (!fetched.TryGetValue(source, out KeySet? keys))
        {
            keys = before?.Fetched.GetValueOrDefault(source) ?? new KeySet(options, _time, _network?.Invoke());
            fetched.Add(source, keys);
        }

        return keys;
    }

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
        public required RoleSecrets Secrets { get; init; }

        public required ServerCredentials Credentials { get; init; }

        /// <summary>The key sets of URLs; those of files hold nothing that must be ended.</summary>
        public required FrozenDictionary<(Uri Url, TokenAlgorithm Algorithm), KeySet> Fetched { get; init; }

        public required FrozenDictionary<AuthRule, TokenVerifier> Tokens { get; init; }

        public required AuthQuery? Query { get; init; }

        /// <summary>Ends what the next ones did not take over.</summary>
        public async Task EndAsync(Sources? next)
        {
            foreach (((Uri Url, TokenAlgorithm Algorithm) source, KeySet keys) in Fetched)
            {
                if (next is null || !ReferenceEquals(next.Fetched.GetValueOrDefault(source), keys))
                {
                    keys.Dispose();
                }
            }

            if (Query is not null && !ReferenceEquals(next?.Query, Query))
            {
                await Query.DisposeAsync().ConfigureAwait(false);
            }
        }
    }
}
