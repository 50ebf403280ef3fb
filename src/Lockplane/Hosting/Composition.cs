using Lockplane.Control;
using Lockplane.Gateway;
using Lockplane.Gateway.Audit;
using Lockplane.Gateway.Identity;
using Lockplane.Gateway.Metrics;
using Lockplane.Gateway.Operations;
using Lockplane.Gateway.Statements;
using Lockplane.Hosting.Configuration;
using Lockplane.Hosting.Operating;
using Lockplane.Mcp;
using Lockplane.Sql.Errors;
using Lockplane.Sql.PgQuery;

namespace Lockplane.Hosting;

/// <summary>Puts the process together: the one place where data plane and control plane meet.</summary>
internal static class Composition
{
    /// <summary>All that <c>serve</c> and <c>dev</c> run.</summary>
    public static async Task<HostParts> MakeAsync(LockplaneConfiguration configuration, HostPlace place, Action<string> progress, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        GatewayOptions options = configuration.ToGatewayOptions(place) with { MockSaltKey = MockSaltKey.LoadOrCreate(MockSaltKey.PathOf(place.StateDirectory)) };
        ILoggerFactory loggers = LoggerFactory.Create(LockplaneHost.ConfigureLogging);
        PgQueryParser parser = Corridor.MakeParser(configuration, progress);
        parser.Load();
        if (configuration.Databases.IsEmpty)
        {
            throw new LockplaneException(ErrorCodes.Configuration, "There is no [databases.NAME].");
        }

        // One signing key and one parser for all: corridors of two databases differ in their target.
        Dictionary<string, Corridor> corridors = configuration.Databases.Keys.ToDictionary(name => name, name => Corridor.Open(configuration, name, parser), StringComparer.Ordinal);
        string name = configuration.Databases.Keys.First();
        (ControlPlane? plane, string? applyRole) = (corridors[name].ControlPlane, corridors[name].ApplyRole);
        Dictionary<string, ControlPlane> byDatabase = corridors.Values.DistinctBy(corridor => corridor.ControlPlane.Target.Database).ToDictionary(
            corridor => corridor.ControlPlane.Target.Database, corridor => corridor.ControlPlane, StringComparer.Ordinal);
        LockplaneConfiguration inForce = configuration;
        WallPosture posture = new(() => inForce, corridors.ToDictionary(pair => pair.Key, pair => pair.Value.ControlPlane, StringComparer.Ordinal), TimeProvider.System, loggers.CreateLogger<WallPosture>());
        DdlCorridor ddl = new(byDatabase, loggers.CreateLogger<DdlCorridor>());
        CatalogFactsFeed facts = new(byDatabase, CatalogFactsFeed.DefaultInterval, TimeProvider.System, loggers.CreateLogger<CatalogFactsFeed>());
        await facts.StartAsync(cancellation);
        AuditLog audit = new(new AuditOptions { File = configuration.Audit.File, RefuseOnFailure = configuration.Audit.RefuseOnFailure, Process = place.Process }, parser, TimeProvider.System);
        GatewayMetrics metrics = new();
        metrics.Observe(audit);
        GatewayServer gateway = new(
            options, new RuleIdentitySource(options.Identity, options.ContextPrefix), new StatementGates(parser, options.MaxStatementBytes, facts), ddl, loggers, audit, metrics, new SocketCancelPeers(place.StateDirectory));
        return new HostParts
        {
            Gateway = gateway,
            Operated = gateway,
            Reload = next =>
            {
                Reload(gateway, next.ToGatewayOptions(place), parser, facts);
                inForce = next;
            },
            Audit = audit,
            Metrics = metrics,
            Adopt = async (administrator, stop) =>
            {
                if (await HasLedgerAsync(plane, stop))
                {
                    // What differs from its head is drift, for `lockplane verify` to say: never adopted by a start.
                    return;
                }

                progress($"Taking database {name} under management");
                await plane.BaselineAsync(administrator, Principal.Cli(applyRole), stop);
            },
            Walls = posture.ReadAsync,
            FunctionsUnread = () => [.. facts.Faults.Keys.Order(StringComparer.Ordinal)],
            AddServices = services => services.AddLockplaneMcp(configuration, corridors.ToDictionary(pair => pair.Key, pair => pair.Value.ControlPlane, StringComparer.Ordinal)),
            MapEndpoints = application => application.MapLockplaneMcp(),
            Owned = [new Owner(loggers), new Owner(parser), .. corridors.Values, facts, ddl, new Owner(audit), new Owner(metrics)],
        };
    }

    // New gates: what the old ones know was judged by other lists.
    private static void Reload(GatewayServer gateway, GatewayOptions options, PgQueryParser parser, ICatalogFacts facts) =>
        gateway.Reload(options, new RuleIdentitySource(options.Identity, options.ContextPrefix), new StatementGates(parser, options.MaxStatementBytes, facts));

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
