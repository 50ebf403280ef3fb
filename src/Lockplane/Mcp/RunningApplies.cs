using System.Collections.Concurrent;
using Lockplane.Control;
using Lockplane.Control.Execution;

namespace Lockplane.Mcp;

/// <summary>Applies that were begun through tools. They belong to the process: a request that ends does not end them.</summary>
internal sealed class RunningApplies(IHostApplicationLifetime lifetime)
{
    private readonly ConcurrentDictionary<(string Database, string PlanHash), Lazy<Task<ApplyResult>>> _running = new();

    /// <summary>Begins an apply, or joins the one of the same plan that runs already.</summary>
    public Task<ApplyResult> Begin(McpCaller caller, string planHash)
    {
        (string Database, string planHash) key = (caller.Database, planHash);
        Lazy<Task<ApplyResult>> begun = _running.GetOrAdd(key, _ => new Lazy<Task<ApplyResult>>(() => Task.Run(() => RunAsync(key, caller.Control, caller.Principal))));
        return begun.Value;
    }

    private async Task<ApplyResult> RunAsync((string Database, string PlanHash) key, ControlPlane control, Principal principal)
    {
        try
        {
            // The process's own end stops it: what has not been committed is rolled back.
            return await control.ApplyAsync(key.PlanHash, principal, lifetime.ApplicationStopping);
        }
        finally
        {
            _running.TryRemove(key, out _);
        }
    }
}
