using Lockplane.Gateway.Identity;
using Lockplane.Gateway.Statements;
using Microsoft.Extensions.Logging;

namespace Lockplane.Gateway;

/// <summary>Decides about the text of one Query or Parse message (valid or not, without its terminating NUL).</summary>
public delegate Verdict JudgeStatement(ReadOnlySpan<byte> text);

/// <summary>The data plane: a listener and its sessions.</summary>
public sealed class GatewayServer : IAsyncDisposable
{
    /// <param name="options">Validated here: LP001 for what cannot work.</param>
    /// <param name="identities">Who a login is for row level security; <see cref="RuleIdentitySource"/> follows the configuration.</param>
    /// <param name="judge">The statement gate.</param>
    /// <param name="ddl">Where schema changes go.</param>
    /// <param name="loggers">For logins, refusals and ends of sessions; no SQL text above Debug.</param>
    public GatewayServer(GatewayOptions options, IIdentitySource identities, JudgeStatement judge, IDdlGate ddl, ILoggerFactory loggers)
    {
        options.Validate();
        _ = (identities, judge, ddl, loggers);
    }

    /// <summary>The port that is listened on.</summary>
    public int Port { get; private set; }

    /// <summary>Sessions that are logged in or logging in.</summary>
    public int SessionCount { get; private set; }

    /// <summary>Begins to listen.</summary>
    /// <exception cref="Lockplane.Sql.Errors.LockplaneException">LP001 when the port cannot be listened on.</exception>
    public Task StartAsync(CancellationToken cancellation) => throw new NotSupportedException();

    /// <summary>Stops accepting; idle sessions end at once with 57P01, others when their transaction does, all after <paramref name="drain"/>.</summary>
    public Task StopAsync(TimeSpan drain) => throw new NotSupportedException();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync(TimeSpan.Zero).ConfigureAwait(false);
}
