using Lockplane.Gateway;
using Lockplane.Hosting.Configuration;

namespace Lockplane.Hosting;

/// <summary>Makes what the host runs, from the configuration.</summary>
/// <param name="configuration">Checked.</param>
/// <param name="progress">Told, in a sentence, what is begun that takes a second or more.</param>
/// <param name="cancellation">Gives up.</param>
internal delegate Task<HostParts> MakeHostParts(LockplaneConfiguration configuration, Action<string> progress, CancellationToken cancellation);

/// <summary>What runs in the process beside HTTP itself.</summary>
internal sealed class HostParts : IAsyncDisposable
{
    /// <summary>The data plane; not started yet.</summary>
    public required GatewayServer Gateway { get; init; }

    /// <summary>Takes the first database of the configuration under management, when it is not: installs the ledger by the administrator of this URL and records the catalog as it is.</summary>
    public required Func<string, CancellationToken, Task> Adopt { get; init; }

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
