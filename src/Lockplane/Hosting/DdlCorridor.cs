using System.Collections.Concurrent;
using System.Threading.RateLimiting;
using Lockplane.Control;
using Lockplane.Control.Execution;
using Lockplane.Control.Plans;
using Lockplane.Gateway;
using Lockplane.Gateway.Statements;
using Lockplane.Sql.Errors;

namespace Lockplane.Hosting;

/// <summary>The gateway's door to the corridor: a client's schema change becomes a plan, and for a migrator is applied; or a reason why not.</summary>
/// <param name="controlPlanes">The control planes by the name of their database on the server.</param>
/// <param name="log">Told of faults of our own.</param>
internal sealed partial class DdlCorridor(IReadOnlyDictionary<string, ControlPlane> controlPlanes, ILogger<DdlCorridor> log) : IDdlGate, IAsyncDisposable
{
    /// <summary>The most new plans of a login role in a minute. A plan that is stored already costs nothing.</summary>
    internal const int NewPlansPerMinute = 6;

    private const int MostShadows = 2;

    // Each holds a connection of its database's pool, which has more.
    private const int MostProposals = 6;
    private const int MostProposalsOfRole = 3;

    private const int MostTries = 5;

    /// <summary>How long a plan may take that nobody needs to wait for any more.</summary>
    internal static readonly TimeSpan PlanDeadline = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan TryAgain = TimeSpan.FromMilliseconds(200);

    private readonly SemaphoreSlim _shadows = new(MostShadows, MostShadows);

    // By login role, of which a server has few. A PartitionedRateLimiter would wake the process ten times a second.
    private readonly ConcurrentDictionary<string, SlidingWindowRateLimiter> _newPlans = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<ControlPlane, SemaphoreSlim> _applying = new();
    private readonly Dictionary<DdlRequest, Task<DdlAnswer>> _proposals = [];
    private readonly HashSet<Task> _running = [];
    private readonly CancellationTokenSource _shutdown = new();

    /// <inheritdoc/>
    public Task<DdlAnswer> ProposeAsync(DdlRequest request, CancellationToken cancellation)
    {
        Task<DdlAnswer>? made;
        lock (_proposals)
        {
            // Whoever sends the same again waits for the same.
            if (!_proposals.TryGetValue(request, out made))
            {
                if (_shutdown.IsCancellationRequested || _proposals.Count >= MostProposals || _proposals.Keys.Count(other => other.LoginRole == request.LoginRole) >= MostProposalsOfRole)
                {
                    return Task.FromResult(Refuse("Too many plans are being made; send the statement again later."));
                }

                made = Task.Run(() => MakeAsync(request));
                _proposals.Add(request, made);
            }
        }

        return made.WaitAsync(cancellation);
    }

    /// <inheritdoc/>
    public Task<DdlOutcome> ApplyAsync(DdlRequest request, CancellationToken cancellation)
    {
        lock (_proposals)
        {
            Task<DdlOutcome> apply = Task.Run(() => ApplyWholeAsync(request, cancellation), CancellationToken.None);
            _running.Add(apply);
            _ = apply.ContinueWith(
                done =>
                {
                    lock (_proposals)
                    {
                        _running.Remove(done);
                    }
                },
                CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            return apply;
        }
    }

    /// <summary>Cancels what is being planned and applied, and waits for its end.</summary>
    public async ValueTask DisposeAsync()
    {
        Task[] running;
        lock (_proposals)
        {
            running = [.. _running, .. _proposals.Values];
        }

        await _shutdown.CancelAsync();
        await Task.WhenAll(running).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        foreach (SlidingWindowRateLimiter limiter in _newPlans.Values)
        {
            await limiter.DisposeAsync();
        }

        foreach (SemaphoreSlim turn in _applying.Values)
        {
            turn.Dispose();
        }

        _shadows.Dispose();
        _shutdown.Dispose();
    }

    private async Task<DdlAnswer> MakeAsync(DdlRequest request)
    {
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(_shutdown.Token);
        over.CancelAfter(PlanDeadline);
        try
        {
            ControlPlane controlPlane = Find(request);
            return new DdlAnswer((await PlanAsync(controlPlane, request, () => Demand(request.LoginRole), over.Token)).Plan.PlanHash.Text, null);
        }
        catch (LockplaneException e)
        {
            return Refuse(e.Message);
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            return Refuse($"No plan was made within {PlanDeadline.TotalSeconds:0.###} s.");
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
            lock (_proposals)
            {
                _proposals.Remove(request);
            }
        }
    }

    private async Task<DdlOutcome> ApplyWholeAsync(DdlRequest request, CancellationToken cancellation)
    {
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(_shutdown.Token, cancellation);
        try
        {
            ControlPlane controlPlane = Find(request);

            // One after the other, as Postgres's own locks would have it: each is planned on what the one before it left.
            SemaphoreSlim turn = _applying.GetOrAdd(controlPlane, static _ => new SemaphoreSlim(1, 1));
            await turn.WaitAsync(over.Token);
            try
            {
                return await ApplyInTurnAsync(controlPlane, request, over.Token);
            }
            finally
            {
                turn.Release();
            }
        }
        catch (LockplaneException e)
        {
            return new DdlOutcome(null, new Refusal(e.Code.Code, e.Message, e.Detail, e.Hint));
        }
        catch (OperationCanceledException e) when (over.IsCancellationRequested)
        {
            throw new OperationCanceledException(e.Message, e, cancellation);
        }
    }

    private async Task<DdlOutcome> ApplyInTurnAsync(ControlPlane controlPlane, DdlRequest request, CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                // No limit per minute: a migrator's plans are applied, and end as ledger entries.
                StoredPlan stored = await PlanAsync(controlPlane, request, null, cancellation);
                string hash = stored.Plan.PlanHash.Text;
                if (stored.Plan.Steps.IsEmpty)
                {
                    return new DdlOutcome(new AppliedChange(hash, null, null), null);
                }

                ApplyResult result = await controlPlane.ApplyAsync(hash, Principal.Session(request.LoginRole), cancellation);
                string? warning = result.Drift.IsEmpty ? null : "the schema was changed past Lockplane meanwhile: " + string.Join("; ", result.Drift.Take(5));
                return new DdlOutcome(new AppliedChange(hash, result.Seq, result.EntryHash, result.Replayed, warning), null);
            }
            catch (LockplaneException e) when (attempt < MostTries && (e.Code == ErrorCodes.AnotherApplier || e.Code == ErrorCodes.StaleBase))
            {
                // Another process, or the command line, applied something meanwhile.
                await Task.Delay(TryAgain * attempt, cancellation);
            }
        }
    }

    private async Task<StoredPlan> PlanAsync(ControlPlane controlPlane, DdlRequest request, Action? demand, CancellationToken cancellation)
    {
        IReadOnlyList<string>? path = null;
        string? written = request.SearchPath ?? await controlPlane.FindSearchPathAsync(request.LoginRole, cancellation);
        if (written is not null && (path = SearchPath.Parse(written, request.LoginRole)) is null)
        {
            throw new LockplaneException(ErrorCodes.DeniedByPolicy, "The session's search_path is not a list of names.", hint: "Name schemas only, such as shop, public.");
        }

        bool admitted = false;
        try
        {
            return await controlPlane.PlanSqlAsync(
                request.Sql, path, Principal.Session(request.LoginRole), null,
                async waiting =>
                {
                    demand?.Invoke();
                    await _shadows.WaitAsync(waiting);
                    admitted = true;
                },
                cancellation);
        }
        finally
        {
            if (admitted)
            {
                _shadows.Release();
            }
        }
    }

    private ControlPlane Find(DdlRequest request) => controlPlanes.GetValueOrDefault(request.Database)
        ?? throw new LockplaneException(ErrorCodes.NotManaged, $"Database {request.Database} is not one that Lockplane plans for.", hint: "Add it to the configuration as [databases.NAME].");

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
