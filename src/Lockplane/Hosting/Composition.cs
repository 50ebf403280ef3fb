using Lockplane.Control;
using Lockplane.Control.Connections;
using Lockplane.Control.Ledgers;
using Lockplane.Gateway;
using Lockplane.Gateway.Identity;
using Lockplane.Gateway.Statements;
using Lockplane.Hosting.Configuration;
using Lockplane.Sql.Errors;
using Lockplane.Sql.PgQuery;

namespace Lockplane.Hosting;

/// <summary>Puts the process together: the one place where data plane and control plane meet.</summary>
internal static class Composition
{
    /// <summary>All that <c>serve</c> and <c>dev</c> run.</summary>
    public static Task<HostParts> MakeAsync(LockplaneConfiguration configuration, Action<string> progress, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var options = configuration.ToGatewayOptions();
        var loggers = LoggerFactory.Create(LockplaneHost.ConfigureLogging);
        var parser = new PgQueryParser(new PgQueryOptions { CacheFolder = Path.Combine(configuration.StateDirectory, "cache"), Progress = progress });
        parser.Load();
        var (name, database) = configuration.Databases.IsEmpty
            ? throw new LockplaneException(ErrorCodes.Configuration, "There is no [databases.NAME].")
            : configuration.Databases.First();
        var target = new Target(database.ApplyUrl, database.ShadowUrl);
        var key = SigningKey.LoadOrCreate(Path.Combine(configuration.StateDirectory, "secrets", "signing-key"));
        var plane = new ControlPlane(target, key, parser, configuration.ToControlOptions(), TimeProvider.System);
        var gate = new StatementGate(parser, Profile.Application(configuration.Profile), options.MaxStatementBytes);
        var gateway = new GatewayServer(
            options, new RuleIdentitySource(options.Identity, options.ContextPrefix), gate.Judge, new CorridorGate(plane, TimeProvider.System), loggers);
        return Task.FromResult(new HostParts
        {
            Gateway = gateway,
            Adopt = async (administrator, stop) =>
            {
                if (await HasLedgerAsync(plane, stop))
                {
                    // What differs from its head is drift, for `lockplane verify` to say: never adopted by a start.
                    return;
                }

                progress($"Taking database {name} under management");
                await plane.BaselineAsync(administrator, Principal.Cli(target.ApplyRole), stop);
            },
            Owned = [new Owner(loggers), target, new Owner(key), new Owner(parser)],
        });
    }

    private static async Task<bool> HasLedgerAsync(ControlPlane plane, CancellationToken cancellation)
    {
        try
        {
            return (await plane.ReadLedgerAsync(0, 1, cancellation)).Count > 0;
        }
        catch (LockplaneException e) when (e.Code == ErrorCodes.NotManaged)
        {
            return false;
        }
    }

    private sealed class Owner(IDisposable owned) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            owned.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
