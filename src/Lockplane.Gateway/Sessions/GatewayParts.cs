using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Identity;
using Lockplane.Gateway.Servers;
using Microsoft.Extensions.Logging;

namespace Lockplane.Gateway.Sessions;

/// <summary>What all sessions of a gateway share.</summary>
internal sealed class GatewayParts(GatewayOptions options, IIdentitySource identities, JudgeStatement judge, IDdlGate ddl, ILoggerFactory loggers)
{
    private int _sessions;

    public GatewayOptions Options { get; } = options;

    public IIdentitySource Identities { get; } = identities;

    public JudgeStatement Judge { get; } = judge;

    public IDdlGate Ddl { get; } = ddl;

    public ILogger Log { get; } = loggers.CreateLogger("Lockplane.Gateway");

    public LoginTerms LoginTerms { get; } = LoginTerms.From(options);

    public ServerTerms ServerTerms { get; } = ServerTerms.From(options.Server);

    public LoginAuthority Authority { get; } = new(options, loggers.CreateLogger("Lockplane.Gateway"));

    public ServerConnector Connector { get; } = new(options.Server);

    public CancelKeys CancelKeys { get; } = new();

    public int SessionCount => Volatile.Read(ref _sessions);

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
