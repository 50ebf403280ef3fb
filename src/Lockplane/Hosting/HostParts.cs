using Lockplane.Gateway;
using Lockplane.Gateway.Audit;
using Lockplane.Gateway.Metrics;
using Lockplane.Gateway.Operations;
using Lockplane.Hosting.Configuration;

namespace Lockplane.Hosting;

/// <summary>Makes what the host runs, from the configuration.</summary>
/// <param name="configuration">Checked.</param>
/// <param name="place">Where it runs.</param>
/// <param name="progress">Told, in a sentence, what is begun that takes a second or more.</param>
/// <param name="cancellation">Gives up.</param>
internal delegate Task<HostParts> MakeHostParts(LockplaneConfiguration configuration, HostPlace place, Action<string> progress, CancellationToken cancellation);

/// <summary>Where a process runs among others.</summary>
/// <param name="StateDirectory">The folder of keys, caches and control sockets.</param>
/// <param name="Process">Its number among the processes of the folder.</param>
/// <param name="SharesPorts">Whether another process of the folder may listen on its ports beside it, for a rolling restart.</param>
internal sealed record HostPlace(string StateDirectory, int Process, bool SharesPorts);

/// <summary>What runs in the process beside HTTP itself.</summary>
internal sealed class HostParts : IAsyncDisposable
{
    /// <summary>The data plane; not started yet.</summary>
    public required GatewayServer Gateway { get; init; }

    /// <summary>What operators see and do.</summary>
    public required IOperatedGateway Operated { get; init; }

    /// <summary>Puts another configuration into force, in so far as that can be done while it runs.</summary>
    /// <exception cref="Sql.Errors.LockplaneException">LP001: it cannot work; nothing has changed.</exception>
    public required Action<LockplaneConfiguration> Reload { get; init; }

    /// <summary>Where events go.</summary>
    public required AuditLog Audit { get; init; }

    /// <summary>What is measured.</summary>
    public required GatewayMetrics Metrics { get; init; }

    /// <summary>Takes the first database of the configuration under management, when it is not: installs the ledger by the administrator of this URL and records the catalog as it is.</summary>
    public required Func<string, CancellationToken, Task> Adopt { get; init; }

    /// <summary>Which walls stand, by database.</summary>
    public Func<CancellationToken, Task<IReadOnlyDictionary<string, string>>> Walls { get; init; } = _ => Task.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string>());

    /// <summary>The databases whose functions cannot be read at the moment.</summary>
    public Func<IReadOnlyList<string>> FunctionsUnread { get; init; } = static () => [];

    /// <summary>Adds what the HTTP endpoints need.</summary>
    public Action<IServiceCollection> AddServices { get; init; } = _ => { };

    /// <summary>Maps endpoints beside <c>/healthz</c> and <c>/readyz</c>.</summary>
    public Action<WebApplication> MapEndpoints { get; init; } = _ => { };

    /// <summary>Ended after the gateway, in reverse order.</summary>
    public IReadOnlyList<IAsyncDisposable> Owned { get; init; } = [];

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        foreach (IAsyncDisposable? part in Owned.Reverse())
        {
            await part.DisposeAsync();
        }
    }
}
