using System.Collections.Concurrent;
using System.Threading.RateLimiting;
using Lockplane.Control;
using Lockplane.Control.Plans;
using Lockplane.Gateway;
using Lockplane.Gateway.Statements;
using Lockplane.Sql.Errors;

namespace Lockplane.Hosting;

/// <summary>The gateway's door to the corridor: a client's schema change becomes a plan, or a reason why not. Never applies anything.</summary>
/// <param name="controlPlanes">The control planes by the name of their database on the server.</param>
/// <param name="deadline">How long an answer may take.</param>
/// <param name="log">Told of faults of our own.</param>
internal sealed partial class DdlCorridor(IReadOnlyDictionary<string, ControlPlane> controlPlanes, TimeSpan deadline, ILogger<DdlCorridor> log) : IDdlGate, IAsyncDisposable
{
    /// <summary>The most new plans of a login role in a minute. A plan that is stored already costs nothing.</summary>
    internal const int NewPlansPerMinute = 6;

    private const int MostShadows = 2;

    private readonly SemaphoreSlim _shadows = new(MostShadows, MostShadows);

    // By login role, of which a server has few. A PartitionedRateLimiter would wake the process ten times a second.
    private readonly ConcurrentDictionary<string, SlidingWindowRateLimiter> _newPlans = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public async Task<DdlAnswer> ProposeAsync(DdlRequest request, CancellationToken cancellation)
    {
        if (!controlPlanes.TryGetValue(request.Database, out ControlPlane? controlPlane))
        {
            return Refuse($"Database {request.Database} is not one that Lockplane plans for.");
        }

        IReadOnlyList<string>? path = null;
        if (request.SearchPath is not null && (path = SearchPath.Parse(request.SearchPath, request.LoginRole)) is null)
        {
            return Refuse("The session's search_path is not a list of names.");
        }

        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        over.CancelAfter(deadline);
        bool admitted = false;
        try
        {
            StoredPlan stored = await controlPlane.PlanSqlAsync(
                request.Sql, path, Principal.Session(request.LoginRole), null,
                async waiting =>
                {
                    Demand(request.LoginRole);
                    await _shadows.WaitAsync(waiting);
                    admitted = true;
                },
                over.Token);
            return new DdlAnswer(stored.Plan.PlanHash.Text, null);
        }
        catch (LockplaneException e)
        {
            return Refuse(e.Message);
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            return Refuse($"No plan was made within {deadline.TotalSeconds:0.###} s; the same statement can be sent again.");
        }
#pragma warning disable CA1031 // Whatever goes wrong here must not end the client's session.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogFault(e, request.Database);
            return Refuse("No plan could be made because of a fault in Lockplane; its log has more.");
        }
        finally
        {
            if (admitted)
            {
                _shadows.Release();
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (SlidingWindowRateLimiter limiter in _newPlans.Values)
        {
            await limiter.DisposeAsync();
        }

        _shadows.Dispose();
    }

    private void Demand(string role)
    {
        using RateLimitLease lease = _newPlans.GetOrAdd(role, static _ => new SlidingWindowRateLimiter(
            new SlidingWindowRateLimiterOptions { PermitLimit = NewPlansPerMinute, Window = TimeSpan.FromMinutes(1), SegmentsPerWindow = 6 })).AttemptAcquire();
        if (!lease.IsAcquired)
        {
            throw new LockplaneException(ErrorCodes.DeniedByPolicy, $"Role {role} has made {NewPlansPerMinute} new plans within a minute; wait before the next.");
        }
    }

    private static DdlAnswer Refuse(string reason) => new(null, string.Join(' ', reason.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)));

    [LoggerMessage(Level = LogLevel.Error, Message = "A schema change for database {Database} could not be planned")]
    private partial void LogFault(Exception error, string database);
}
