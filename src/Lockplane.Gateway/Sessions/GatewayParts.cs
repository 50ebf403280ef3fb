using System.Collections.Frozen;
using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Identity;
using Lockplane.Gateway.Servers;
using Microsoft.Extensions.Logging;

namespace Lockplane.Gateway.Sessions;

/// <summary>What all sessions of a gateway share.</summary>
internal sealed class GatewayParts(GatewayOptions options, IIdentitySource identities, JudgeStatement judge, IDdlGate ddl, ILoggerFactory loggers)
{
    private readonly FrozenDictionary<AuthRule, TokenVerifier> _tokens = options.Auth.Where(rule => rule.Jwt is not null).Distinct()
        .ToFrozenDictionary(rule => rule, rule => new TokenVerifier(rule.Jwt!));

    private int _sessions;

    public GatewayOptions Options { get; } = options;

    public IIdentitySource Identities { get; } = identities;

    public JudgeStatement Judge { get; } = judge;

    public IDdlGate Ddl { get; } = ddl;

    public ILogger Log { get; } = loggers.CreateLogger("Lockplane.Gateway");

    public ScramVerifiers Verifiers { get; } = new(options.Users);

    public ServerCredentials Credentials { get; } = new(options.Server.Users, options.Server.Name);

    public ServerConnector Connector { get; } = new(options.Server);

    public CancelKeys CancelKeys { get; } = new();

    public int SessionCount => Volatile.Read(ref _sessions);

    public TokenVerifier TokensOf(AuthRule rule) => _tokens[rule];

    /// <summary>Takes one of the gateway's sessions; false when all are taken.</summary>
    public bool TryAdmit()
    {
        if (Interlocked.Increment(ref _sessions) <= Options.MaxSessions)
        {
            return true;
        }

        Interlocked.Decrement(ref _sessions);
        return false;
    }

    /// <summary>Gives an admitted session back.</summary>
    public void Release() => Interlocked.Decrement(ref _sessions);
}
