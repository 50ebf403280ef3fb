using System.Collections.Immutable;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Lockplane.Control.Approvals;
using Lockplane.Control.Connections;
using Lockplane.Control.Introspection;
using Lockplane.Control.Ledgers;
using Lockplane.Control.Plans;
using Lockplane.Control.Shadows;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql.Errors;
using Npgsql;

namespace Lockplane.Control.Execution;

/// <summary>Applies a validated plan in one transaction, with its ledger entry.</summary>
/// <remarks>
/// Invariant 3 of the design: READ COMMITTED; locks; the catalog must be <c>from_hash</c>; steps; the catalog, read again as one statement,
/// must be <c>to_hash</c>; commit. What others commit between that read and our commit is found by a read after the commit.
/// </remarks>
internal sealed class Executor(Target target, SigningKey key, ControlOptions options)
{
    /// <summary>What is applied, for whom, and how it went: filled in as steps run.</summary>
    private sealed record Work(StoredPlan Stored, Assessment? Assessment, Principal Applier, string Operation)
    {
        public Plan Plan => Stored.Plan;

        /// <summary>How long each step took that ran, in milliseconds.</summary>
        public List<long> Durations { get; } = [];
    }

    private sealed record Committed(LedgerRow Row, Catalog Catalog);

    /// <summary>Applies the plan, or finds that it was the last thing applied.</summary>
    /// <param name="stored">The plan.</param>
    /// <param name="assessment">What the shadow showed just now; null where it was not asked, since the plan did not fit: then nothing is run.</param>
    /// <param name="applier">Who applies.</param>
    /// <param name="cancellation">Gives up before the commit.</param>
    /// <exception cref="LockplaneException">LP101 to LP104, LP302, LP303, LP501 to LP507; the database is as before, LP506 apart.</exception>
    internal async Task<ApplyResult> ApplyAsync(StoredPlan stored, Assessment? assessment, Principal applier, CancellationToken cancellation)
    {
        await using NpgsqlConnection connection = await target.OpenAsync(cancellation).ConfigureAwait(false);
        await LedgerSchema.DemandAsync(connection, cancellation).ConfigureAwait(false);
        if (stored.Plan.Options.KeepRows == true)
        {
            await LedgerSchema.DemandKeepingAsync(connection, cancellation).ConfigureAwait(false);
        }

        Ledger ledger = new(connection);
        Ledger.Head head = await ledger.ReadHeadAsync(cancellation).ConfigureAwait(false);
        if (await FindReplayAsync(connection, ledger, head, stored.Plan, cancellation).ConfigureAwait(false) is ApplyResult replay)
        {
            return replay;
        }

        string operation = OperationId(head.DatabaseId, stored.Plan.PlanHash, head.Hash);
        await ledger.CallAsync("lockplane.begin_operation($1, $2, $3, $4)", cancellation, operation, stored.Plan.PlanHash.Text, applier.Name, applier.Door).ConfigureAwait(false);
        Work work = new(stored, assessment, applier, operation);
        Committed committed;
        try
        {
            committed = await AttemptAsync(connection, work, cancellation).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await RecordFailureAsync(work, e).ConfigureAwait(false);
            // Of two that apply one plan at once, the second finds it applied.
            if (e is LockplaneException { Code: var code } && code == ErrorCodes.StaleBase
                && await FindReplayAsync(connection, ledger, await ledger.ReadHeadAsync(cancellation).ConfigureAwait(false), stored.Plan, cancellation).ConfigureAwait(false) is { } done)
            {
                return done;
            }

            throw;
        }

        ImmutableArray<string> drift = await FindDriftAsync(committed.Catalog, operation).ConfigureAwait(false);
        return new ApplyResult(
            operation, committed.Row.Seq, committed.Row.Hash, stored.Plan.PlanHash.Text, stored.Plan.ToHash.Text, stored.Plan.Steps.Length, Replayed: false, drift);
    }

    /// <summary>Names an attempt: the same plan on the same head is the same operation.</summary>
    internal static string OperationId(string databaseId, ManifestHash plan, string headHash) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{databaseId}\n{plan.Text}\n{headHash}")));

    private async Task<ApplyResult?> FindReplayAsync(NpgsqlConnection connection, Ledger ledger, Ledger.Head head, Plan plan, CancellationToken cancellation)
    {
        if (head.Seq == 0 || await ledger.FindAsync(head.Seq, cancellation).ConfigureAwait(false) is not { } row || row.Entry.PlanHash != plan.PlanHash.Text)
        {
            return null;
        }

        Catalog live = await CatalogReader.ReadAsync(connection, null, options.Scope, cancellation).ConfigureAwait(false);
        return ManifestHash.Of(live) == plan.ToHash
            ? new ApplyResult(OperationId(head.DatabaseId, plan.PlanHash, row.Entry.Prev ?? ""), row.Seq, row.Hash, plan.PlanHash.Text, plan.ToHash.Text, plan.Steps.Length, Replayed: true, [])
            : null;
    }

    // A lock that is not had in time gives everything back, so that nobody queues behind us for long; then the whole transaction is tried again.
    private async Task<Committed> AttemptAsync(NpgsqlConnection connection, Work work, CancellationToken cancellation)
    {
        int wait = options.LockMs;
        for (int attempt = 1; ; attempt++)
        {
            work.Durations.Clear();
            try
            {
                return await RunAsync(connection, work, wait, cancellation).ConfigureAwait(false);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
            {
                if (attempt >= options.LockAttempts)
                {
                    throw new LockplaneException(ErrorCodes.LockTimeout, $"A lock could not be had in {attempt} tries; everything was rolled back.", e.MessageText, inner: e);
                }

                wait = Math.Min(wait * 2, options.LockMsMax);
            }
        }
    }

    private async Task<Committed> RunAsync(NpgsqlConnection connection, Work work, int lockMs, CancellationToken cancellation)
    {
        Plan plan = work.Plan;
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.ReadCommitted, cancellation).ConfigureAwait(false);
        if (!await ApplyLock.TryTakeAsync(connection, cancellation).ConfigureAwait(false))
        {
            string? holder = await ApplyLock.FindHolderAsync(connection, cancellation).ConfigureAwait(false);
            throw new LockplaneException(ErrorCodes.AnotherApplier, "Another process is applying a plan to this database.", holder);
        }

        Ledger ledger = new(connection);
        string startedAt = await ServerClock.ReadAsync(connection, cancellation).ConfigureAwait(false);
        await StepSettings.SetAsync(connection, plan.Options, cancellation).ConfigureAwait(false);
        await SetTimeoutsAsync(connection, lockMs, 0, cancellation).ConfigureAwait(false);
        Ledger.Head head = await ledger.LockHeadAsync(cancellation).ConfigureAwait(false);
        LedgerRow? last = head.Seq == 0 ? null : await ledger.FindAsync(head.Seq, cancellation).ConfigureAwait(false);
        if (last is not null && key.Fault(last.Hash, last.Signature) is { } fault)
        {
            throw new LockplaneException(ErrorCodes.LedgerBroken, $"Entry {last.Seq}, the ledger's head, {fault}.");
        }

        await TakeLocksAsync(connection, plan, cancellation).ConfigureAwait(false);
        Catalog before = await CatalogReader.ReadAsync(connection, transaction, options.Scope, cancellation).ConfigureAwait(false);
        DemandBase(plan, before, last);
        string assessed = work.Assessment?.Hash.Text ?? throw new LockplaneException(
            ErrorCodes.StaleBase, "The catalog became the one that the plan starts from while the plan was being looked at, so it was not validated.", hint: "Apply it again.");
        ApprovalGate.Approval? approval = await new ApprovalGate(connection, key, options).DemandAsync(work.Stored, cancellation).ConfigureAwait(false);

        await RunStepsAsync(connection, work, head.Seq + 1, lockMs, cancellation).ConfigureAwait(false);

        Catalog after = await CatalogReader.ReadAsync(connection, transaction, options.Scope, cancellation).ConfigureAwait(false);
        DemandResult(plan, before, after);
        await SetTimeoutsAsync(connection, lockMs, 0, cancellation).ConfigureAwait(false);
        string committingAt = await ServerClock.ReadAsync(connection, cancellation).ConfigureAwait(false);
        LedgerEntry entry = EntryOf(work, assessed, head, approval, startedAt, committingAt, connection.ServerVersion);
        LedgerRow row = await ledger.AppendAsync(entry, key, cancellation).ConfigureAwait(false);
        await ledger.PutManifestAsync(after, before, cancellation).ConfigureAwait(false);
        await ledger.MarkAppliedAsync(plan.PlanHash.Text, row.Seq, cancellation).ConfigureAwait(false);
        if (approval is not null)
        {
            await ledger.UseApprovalAsync(approval.Id, row.Seq, cancellation).ConfigureAwait(false);
        }

        await ledger.CallAsync("lockplane.end_operation($1, $2, NULL, $3)", cancellation, work.Operation, row.Seq, work.Durations.ToArray()).ConfigureAwait(false);
        await CommitAsync(transaction, row).ConfigureAwait(false);
        return new Committed(row, after);
    }

    private static LedgerEntry EntryOf(Work work, string assessed, Ledger.Head head, ApprovalGate.Approval? approval, string startedAt, string committingAt, string serverVersion) => new(
        LedgerEntry.CurrentFormat,
        head.Seq + 1,
        head.Seq == 0 ? null : head.Hash,
        work.Stored.RollbackOf is null ? EntryKind.Apply : EntryKind.Rollback,
        head.DatabaseId,
        work.Plan.PlanHash.Text,
        new EntrySegment(1, 1),
        work.Plan.FromHash.Text,
        work.Plan.ToHash.Text,
        work.Stored.Proposer,
        approval is null ? [] : [new EntryApproval(approval.Approver, ServerClock.Format(approval.ApprovedAt))],
        work.Applier.Name,
        work.Applier.Door,
        [.. work.Plan.Steps.Select(s => new EntryStep(s.Description, s.Sql))],
        assessed,
        startedAt,
        committingAt,
        Engine.Name,
        serverVersion);

    private async Task RunStepsAsync(NpgsqlConnection connection, Work work, long entry, int lockMs, CancellationToken cancellation)
    {
        StepRun run = new(connection, entry, options);
        foreach (PlanStep step in work.Plan.Steps)
        {
            await SetTimeoutsAsync(connection, Math.Min(lockMs, step.Timeouts.LockMs), step.Timeouts.StatementMs, cancellation).ConfigureAwait(false);
            long started = Stopwatch.GetTimestamp();
            try
            {
                await run.RunAsync(step, cancellation).ConfigureAwait(false);
            }
            catch (PostgresException e) when (e.SqlState != PostgresErrorCodes.LockNotAvailable)
            {
                throw new LockplaneException(
                    ErrorCodes.StepFailed, $"Step {step.N} ({step.Description}) failed: {e.MessageText} ({e.SqlState}). Everything was rolled back.", step.Sql, e.Hint, e);
            }

            work.Durations.Add((long)Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }
    }

    private static Task SetTimeoutsAsync(NpgsqlConnection connection, int lockMs, int statementMs, CancellationToken cancellation) =>
        connection.RunAsync(cancellation, $"SET LOCAL lock_timeout = {lockMs}", $"SET LOCAL statement_timeout = {statementMs}");

    // All at once and before the catalog is read, so that nobody changes these relations between the read and the steps.
    private static async Task TakeLocksAsync(NpgsqlConnection connection, Plan plan, CancellationToken cancellation)
    {
        Dictionary<string, int> strengths = plan.Steps.SelectMany(s => s.Locks)
            .GroupBy(l => l.Relation, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.Max(l => LockModes.StrengthOf(l.Mode)), StringComparer.Ordinal);
        // LOCK TABLE takes tables and views only, and of a view all that it reads, too, which a statement about the view does not lock; what is not there any more is told of by the comparison with from_hash.
        string[] lockable = await connection.ReadScalarAsync<string[]>(
            """
            SELECT pg_catalog.array_agg(r ORDER BY r COLLATE "C") FROM pg_catalog.unnest($1::pg_catalog.text[]) r
            WHERE (SELECT c.relkind FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass(r)) IN ('r', 'p')
            """,
            cancellation,
            (object)strengths.Keys.ToArray()).ConfigureAwait(false) ?? [];

        // The weakest first: while it waits for one of them, it has none that is stronger.
        await connection.RunAsync(cancellation, lockable.OrderBy(r => strengths[r]).Select(r => $"LOCK TABLE ONLY {r} IN {LockModes.SqlOf(strengths[r])} MODE")).ConfigureAwait(false);
    }

    private static void DemandBase(Plan plan, Catalog live, LedgerRow? last)
    {
        if (live.Unreadable.Length > 0)
        {
            throw new LockplaneException(ErrorCodes.Unreadable, "The applying role may not read everything.", string.Join("; ", live.Unreadable.Take(10)));
        }

        if (live.ServerMajor != plan.ServerMajor)
        {
            throw new LockplaneException(ErrorCodes.MajorChanged, $"The plan is for Postgres {plan.ServerMajor}; the server is {live.ServerMajor}.");
        }

        ManifestHash hash = ManifestHash.Of(live);
        if (hash.Text != last?.Entry.ToHash)
        {
            throw Ledger.Drifted(hash, last);
        }

        if (hash != plan.FromHash)
        {
            throw new LockplaneException(ErrorCodes.StaleBase, $"The live catalog is {hash.Short}; the plan starts from {plan.FromHash.Short}.");
        }
    }

    private static void DemandResult(Plan plan, Catalog before, Catalog after)
    {
        ManifestHash reached = ManifestHash.Of(after);
        if (reached != plan.ToHash)
        {
            throw new LockplaneException(
                ErrorCodes.ResultDiffers,
                $"The steps led to {reached.Short}; the plan promises {plan.ToHash.Short}. Everything was rolled back.",
                "This is what the steps changed:\n" + string.Join('\n', CatalogComparison.Of(before, after).Lines().Take(20)));
        }
    }

    // Whether a commit that was cut off happened is asked of the ledger on a new connection: the entry is there, or it is not.
    private async Task CommitAsync(NpgsqlTransaction transaction, LedgerRow row)
    {
        try
        {
            // Not cancellable: from here on the outcome is the server's.
            await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.InvariantSeverity == "ERROR")
        {
            // A deferred constraint, for one, is checked only now.
            throw new LockplaneException(ErrorCodes.StepFailed, $"The commit failed: {e.MessageText} ({e.SqlState}). Everything was rolled back.", hint: e.Hint, inner: e);
        }
        catch (NpgsqlException e)
        {
            bool? found = await FindEntryAsync(row).ConfigureAwait(false);
            if (found is null)
            {
                throw new LockplaneException(ErrorCodes.InDoubt, "The connection was lost at commit and the server cannot be asked.", inner: e);
            }

            if (found == false)
            {
                throw new LockplaneException(ErrorCodes.StepFailed, "The connection was lost at commit; everything was rolled back.", inner: e);
            }
        }
    }

    private async Task<bool?> FindEntryAsync(LedgerRow row)
    {
        try
        {
            await using NpgsqlConnection connection = await target.OpenAsync(CancellationToken.None).ConfigureAwait(false);
            // Whoever holds the head now has it until its outcome is known.
            await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync().ConfigureAwait(false);
            Ledger ledger = new(connection);
            await ledger.LockHeadAsync(CancellationToken.None).ConfigureAwait(false);
            return (await ledger.FindAsync(row.Seq, CancellationToken.None).ConfigureAwait(false))?.Hash == row.Hash;
        }
        catch (Exception e) when (e is NpgsqlException or LockplaneException)
        {
            return null;
        }
    }

    private async Task<ImmutableArray<string>> FindDriftAsync(Catalog expected, string operation)
    {
        try
        {
            // On a connection of its own: the one that committed may be the one that was lost at the commit.
            await using NpgsqlConnection connection = await target.OpenAsync(CancellationToken.None).ConfigureAwait(false);
            Catalog now = await CatalogReader.ReadAsync(connection, null, options.Scope, CancellationToken.None).ConfigureAwait(false);
            ImmutableArray<string> lines = [.. CatalogComparison.Of(expected, now).Lines()];
            if (lines.Length > 0)
            {
                await new Ledger(connection).CallAsync("lockplane.record_drift($1, $2)", CancellationToken.None, operation, string.Join('\n', lines)).ConfigureAwait(false);
            }

            return lines;
        }
        catch (Exception e) when (e is NpgsqlException or LockplaneException)
        {
            // What was committed stays committed: the apply is no failure.
            return ["? the catalog could not be read after the commit; `lockplane verify` will tell"];
        }
    }

    private async Task RecordFailureAsync(Work work, Exception error)
    {
        string code = error is LockplaneException known ? known.Code.Code : error is OperationCanceledException ? "cancelled" : error.GetType().Name;
        try
        {
            await using NpgsqlConnection connection = await target.OpenAsync(CancellationToken.None).ConfigureAwait(false);
            await new Ledger(connection).CallAsync("lockplane.end_operation($1, NULL, $2, $3)", CancellationToken.None, work.Operation, code, work.Durations.ToArray()).ConfigureAwait(false);
        }
        catch (Exception e) when (e is NpgsqlException or LockplaneException)
        {
            // The server is away: the row says running while nobody holds the apply lock, which means the same.
        }
    }
}
