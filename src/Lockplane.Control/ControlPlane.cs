using System.Data;
using System.Security.Cryptography;
using System.Text;
using Lockplane.Control.Approvals;
using Lockplane.Control.Connections;
using Lockplane.Control.Execution;
using Lockplane.Control.Introspection;
using Lockplane.Control.Ledgers;
using Lockplane.Control.Plans;
using Lockplane.Control.Shadows;
using Lockplane.Control.Walls;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Dsl;
using Lockplane.Schema.Plans;
using Lockplane.Sql.Errors;
using Lockplane.Sql.PgQuery;
using Lockplane.Sql.Statements;
using Npgsql;

namespace Lockplane.Control;

/// <summary>The corridor: every verb that reads or changes a database's schema, the same at every door.</summary>
/// <remarks>
/// Thread-safe. Doors parse input, call this and print. Errors are <see cref="LockplaneException"/>; anything else is a fault of ours.
/// The target and the key are the caller's to dispose.
/// </remarks>
public sealed class ControlPlane(Target target, SigningKey key, PgQueryParser parser, ControlOptions options, TimeProvider clock)
{
    private readonly Executor _executor = new(target, key, options);
    private readonly StatementRules _rules = new(parser);
    private readonly SchemaFileReader _files = new(parser);
    private readonly ShadowValidation _shadows = new(new ShadowServer(target.Shadow, parser), options.Scope, clock);

    /// <summary>The database that this is the corridor of.</summary>
    public Target Target => target;

    /// <summary>The second wall.</summary>
    public Hardening Hardening { get; } = new(target, key, options);

    /// <summary>Waited for after each apply, whether it succeeded or not, before its end is told: who keeps something of the catalog reads it again. Must not throw.</summary>
    public Func<Task>? AfterApply { get; set; }

    /// <summary>Who is told how far planning and validating are; null where nobody looks on.</summary>
    public IProgress<PlanProgress>? Progress
    {
        get => _shadows.Progress;
        set => _shadows.Progress = value;
    }

    private PlanOptions PlanOptions => PlanOptions.Default with { Scope = options.Scope };

    /// <summary>The live catalog.</summary>
    public async Task<Catalog> InspectAsync(CancellationToken cancellation)
    {
        await using NpgsqlConnection connection = await target.OpenAsync(cancellation).ConfigureAwait(false);
        return await ReadAsync(connection, cancellation).ConfigureAwait(false);
    }

    /// <summary>The database's own functions, for the gateway to judge.</summary>
    public async Task<FunctionCatalog> ReadFunctionsAsync(CancellationToken cancellation)
    {
        await using NpgsqlConnection connection = await target.OpenAsync(cancellation).ConfigureAwait(false);
        return await FunctionReader.ReadAsync(connection, cancellation).ConfigureAwait(false);
    }

    /// <summary>The catalog as a ledger entry left it.</summary>
    /// <exception cref="LockplaneException">LP104; LP505 when the stored manifest is broken; LP102 when there is no such entry.</exception>
    public async Task<Catalog> InspectAsync(long seq, CancellationToken cancellation)
    {
        await using NpgsqlConnection connection = await OpenManagedAsync(cancellation).ConfigureAwait(false);
        Ledger ledger = new(connection);
        LedgerRow row = await GetEntryAsync(ledger, seq, cancellation).ConfigureAwait(false);
        return await ledger.ReadManifestAsync(ManifestHash.Parse(row.Entry.ToHash), cancellation).ConfigureAwait(false);
    }

    /// <summary>Makes, validates and stores the plan from the live catalog to the one that schema files describe.</summary>
    /// <param name="files">The schema as it should be.</param>
    /// <param name="proposer">Who wants it.</param>
    /// <param name="seen">The catalog that the proposer looked at: LP102 when the live one is another. Null does not ask.</param>
    /// <param name="cancellation">Gives up; the shadow is dropped.</param>
    public async Task<StoredPlan> PlanSchemaAsync(IReadOnlyList<SchemaFile> files, Principal proposer, ManifestHash? seen, CancellationToken cancellation)
    {
        SchemaDefinition definition = _files.Read(files);
        await using NpgsqlConnection connection = await OpenManagedAsync(cancellation).ConfigureAwait(false);
        Catalog from = await ReadBaseAsync(connection, seen, cancellation).ConfigureAwait(false);
        DescribedCatalog desired = await _shadows.ElaborateAsync(connection, definition, cancellation).ConfigureAwait(false);
        return await PlanCatalogAsync(connection, from, desired, Digest("schema", files.Select(f => f.Text)), proposer, cancellation).ConfigureAwait(false);
    }

    /// <summary>Makes, validates and stores the plan from the live catalog to one that is given.</summary>
    public async Task<StoredPlan> PlanCatalogAsync(Catalog desired, Principal proposer, CancellationToken cancellation)
    {
        await using NpgsqlConnection connection = await OpenManagedAsync(cancellation).ConfigureAwait(false);
        Catalog from = await ReadAsync(connection, cancellation).ConfigureAwait(false);
        return await PlanCatalogAsync(connection, from, DescribedCatalog.Whole(desired), Digest("catalog", [ManifestHash.Of(desired).Text]), proposer, cancellation).ConfigureAwait(false);
    }

    /// <summary>Makes, validates and stores the plan that runs statements as they were written; finds it again when the same text was planned on the same catalog.</summary>
    /// <param name="sql">One or more statements.</param>
    /// <param name="searchPath">The schemas that unqualified names are meant for; null means <c>public</c>.</param>
    /// <param name="proposer">Who wants it.</param>
    /// <param name="seen">The catalog that the proposer looked at: LP102 when the live one is another. Null does not ask.</param>
    /// <param name="admit">Waited for before a shadow is made, not when the plan is stored already: a limit on new plans. Throws to refuse.</param>
    /// <param name="cancellation">Gives up; the shadow is dropped.</param>
    /// <param name="keepRows">Whether data changes keep the rows that they touch.</param>
    /// <param name="again">Whether a new plan is made where one of the same text was applied already.</param>
    public async Task<StoredPlan> PlanSqlAsync(
        string sql, IReadOnlyList<string>? searchPath, Principal proposer, ManifestHash? seen, Func<CancellationToken, Task>? admit, CancellationToken cancellation, bool keepRows = false,
        bool again = false)
    {
        IReadOnlyList<JudgedStatement> statements = _rules.CheckPlanStatements(sql);
        FactList<string> path = (searchPath ?? ["public"]).ToFactList();
        bool keeps = keepRows && statements.Any(s => s.Change is not null);
        string[] texts = [.. path, .. statements.SelectMany(s => s.Change is { Rows: var rows } ? [s.Sql, $"{rows.Min}..{rows.Max}"] : new[] { s.Sql })];
        await using NpgsqlConnection connection = await OpenManagedAsync(cancellation).ConfigureAwait(false);
        Catalog from = await ReadBaseAsync(connection, seen, cancellation).ConfigureAwait(false);
        for (int? time = null; ; time = (time ?? 0) + 1)
        {
            StoredPlan stored = await PlanSqlAsync(connection, from, statements, texts, PlanOptions with { SearchPath = path, Again = time, KeepRows = keeps ? true : null }, proposer, admit, cancellation).ConfigureAwait(false);
            if (!again || stored.AppliedSeq is null)
            {
                return stored;
            }
        }
    }

    private async Task<StoredPlan> PlanSqlAsync(
        NpgsqlConnection connection, Catalog from, IReadOnlyList<JudgedStatement> statements, string[] texts, PlanOptions planning, Principal proposer, Func<CancellationToken, Task>? admit, CancellationToken cancellation)
    {
        PlanStore store = new(connection);
        bool keeps = planning.KeepRows == true;
        string source = Digest(planning.Again is { } time ? $"sql again {time} {keeps}" : keeps ? "sql that keeps rows" : "sql", texts);
        if (await store.FindBySourceAsync(ManifestHash.Of(from), source, cancellation).ConfigureAwait(false) is { } hash
            && await store.GetAsync(hash, cancellation).ConfigureAwait(false) is var stored && (stored.AppliedSeq is not null || stored.Assessment.Engine == Engine.Name))
        {
            // One of another version that nobody has applied is made anew: apply would refuse it where this version makes another.
            return stored;
        }

        if (keeps)
        {
            await LedgerSchema.DemandKeepingAsync(connection, cancellation).ConfigureAwait(false);
        }

        if (admit is not null)
        {
            await admit(cancellation).ConfigureAwait(false);
        }

        (Plan plan, Assessment assessment) = await _shadows.PlanStatementsAsync(connection, from, statements, planning, cancellation).ConfigureAwait(false);
        return await StoreAsync(store, plan, source, proposer, assessment, null, cancellation).ConfigureAwait(false);
    }

    /// <summary>The search_path that a role's sessions begin with, as it was written; null where none was set for it.</summary>
    public async Task<string?> FindSearchPathAsync(string role, CancellationToken cancellation)
    {
        await using NpgsqlConnection connection = await target.OpenAsync(cancellation).ConfigureAwait(false);
        return await RoleDefaults.FindSearchPathAsync(connection, role, cancellation).ConfigureAwait(false);
    }

    /// <summary>Makes, validates and stores the plan that undoes a ledger entry. Applying it is a second step.</summary>
    /// <exception cref="LockplaneException">LP102 when later entries are in the way, or <paramref name="seen"/> is not the live catalog.</exception>
    public async Task<StoredPlan> PlanRollbackAsync(long seq, Principal proposer, ManifestHash? seen, CancellationToken cancellation)
    {
        await using NpgsqlConnection connection = await OpenManagedAsync(cancellation).ConfigureAwait(false);
        LedgerRow row = await GetEntryAsync(new Ledger(connection), seq, cancellation).ConfigureAwait(false);
        Catalog from = await ReadBaseAsync(connection, seen, cancellation).ConfigureAwait(false);
        Plan plan = await new Undoing(connection, _shadows, PlanOptions).PlanAsync(row, from, cancellation).ConfigureAwait(false);
        Assessment assessment = await _shadows.ValidateAsync(connection, from, plan, plan, cancellation).ConfigureAwait(false);
        return await StoreAsync(new PlanStore(connection), plan, Digest("rollback", [row.Hash]), proposer, assessment, seq, cancellation).ConfigureAwait(false);
    }

    /// <summary>Takes in a plan that was made elsewhere: it is validated on a shadow of this database, made again and stored, unless it is stored already.</summary>
    /// <exception cref="LockplaneException">LP102 when it starts from another catalog; LP402 when it says of its steps what they are not.</exception>
    public async Task<StoredPlan> ImportAsync(Plan plan, Principal proposer, CancellationToken cancellation)
    {
        await using NpgsqlConnection connection = await OpenManagedAsync(cancellation).ConfigureAwait(false);
        PlanStore store = new(connection);
        if (await store.FindAsync(plan.PlanHash, cancellation).ConfigureAwait(false) is { } known)
        {
            return known;
        }

        _rules.JudgePlan(plan);
        Assessment assessment = await ValidateAsync(connection, plan, null, cancellation).ConfigureAwait(false);
        return await StoreAsync(store, plan, Digest("plan", [plan.PlanHash.Text]), proposer, assessment, null, cancellation).ConfigureAwait(false);
    }

    /// <summary>The stored plan of this hash or unique prefix.</summary>
    public async Task<StoredPlan> GetPlanAsync(string hash, CancellationToken cancellation)
    {
        await using NpgsqlConnection connection = await OpenManagedAsync(cancellation).ConfigureAwait(false);
        return await new PlanStore(connection).GetAsync(hash, cancellation).ConfigureAwait(false);
    }

    /// <summary>Runs a stored plan and its rollback on a fresh shadow of the live catalog.</summary>
    public async Task<Assessment> ValidateAsync(string hash, CancellationToken cancellation)
    {
        await using NpgsqlConnection connection = await OpenManagedAsync(cancellation).ConfigureAwait(false);
        StoredPlan stored = await new PlanStore(connection).GetAsync(hash, cancellation).ConfigureAwait(false);
        return await ValidateAsync(connection, stored.Plan, stored.RollbackOf, cancellation).ConfigureAwait(false);
    }

    /// <summary>The plan with what its tables are like on the target now: how many rows are there, and how many its data changes would touch. Nothing of it is stored.</summary>
    public async Task<StoredPlan> ObserveAsync(StoredPlan stored, CancellationToken cancellation)
    {
        await using NpgsqlConnection connection = await OpenManagedAsync(cancellation).ConfigureAwait(false);
        TargetObservation target = await TargetObserver.ObserveAsync(connection, stored.Plan, cancellation).ConfigureAwait(false);
        return stored with { Assessment = stored.Assessment with { Target = target } };
    }

    /// <summary>Applies a stored plan: approval, fresh shadow validation, one transaction, ledger entry.</summary>
    public async Task<ApplyResult> ApplyAsync(string hash, Principal applier, CancellationToken cancellation)
    {
        StoredPlan stored;
        // Null where the executor is only to say why not: applied already, drifted or stale. A change of rows alone leaves the catalog as it was.
        Assessment? assessment = null;
        await using (NpgsqlConnection connection = await OpenManagedAsync(cancellation).ConfigureAwait(false))
        {
            stored = await new PlanStore(connection).GetAsync(hash, cancellation).ConfigureAwait(false);
            Catalog live = await ReadAsync(connection, cancellation).ConfigureAwait(false);
            if (ManifestHash.Of(live) == stored.Plan.FromHash && stored.AppliedSeq != (await new Ledger(connection).ReadHeadAsync(cancellation).ConfigureAwait(false)).Seq)
            {
                await new ApprovalGate(connection, key, options).DemandAsync(stored, cancellation).ConfigureAwait(false);
                assessment = await ValidateAsync(connection, live, stored.Plan, stored.RollbackOf, cancellation).ConfigureAwait(false);
            }
        }

        Progress?.Report(new PlanProgress(PlanWork.Apply, stored.Plan.Steps.Length, stored.Plan.Steps.Length));
        try
        {
            return await _executor.ApplyAsync(stored, assessment, applier, cancellation).ConfigureAwait(false);
        }
        finally
        {
            if (AfterApply is { } after)
            {
                await after().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Records a person's approval of a stored plan; returns when it expires.</summary>
    public async Task<DateTime> ApproveAsync(string hash, Principal approver, CancellationToken cancellation)
    {
        await using NpgsqlConnection connection = await OpenManagedAsync(cancellation).ConfigureAwait(false);
        StoredPlan stored = await new PlanStore(connection).GetAsync(hash, cancellation).ConfigureAwait(false);
        return await new ApprovalGate(connection, key, options).ApproveAsync(stored, approver, cancellation).ConfigureAwait(false);
    }

    /// <summary>Ledger entries after <paramref name="after"/>, in order.</summary>
    public async Task<IReadOnlyList<LedgerRow>> ReadLedgerAsync(long after, int limit, CancellationToken cancellation)
    {
        await using NpgsqlConnection connection = await OpenManagedAsync(cancellation).ConfigureAwait(false);
        return await new Ledger(connection).ReadPageAsync(after, limit, cancellation).ConfigureAwait(false);
    }

    /// <summary>Compares the live catalog with the ledger's head and checks the whole ledger.</summary>
    public async Task<VerifyReport> VerifyAsync(CancellationToken cancellation)
    {
        await using NpgsqlConnection connection = await OpenManagedAsync(cancellation).ConfigureAwait(false);
        // Ledger and catalog in one snapshot: an apply that commits meanwhile is seen whole or not at all.
        await using NpgsqlTransaction snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation).ConfigureAwait(false);
        Ledger ledger = new(connection);
        Ledger.Head head = await ledger.ReadHeadAsync(cancellation).ConfigureAwait(false);
        LedgerCheck check = new(key, head.DatabaseId);
        LedgerRow? last = null;
        foreach (LedgerRow row in await ledger.ReadToEndAsync(cancellation).ConfigureAwait(false))
        {
            check.Next(row);
            last = row;
        }

        check.End(head);
        Catalog live = await CatalogReader.ReadAsync(connection, snapshot, options.Scope, cancellation).ConfigureAwait(false);
        string actual = ManifestHash.Of(live).Text;
        List<string> faults = [.. check.Faults];
        Catalog? recorded = null;
        try
        {
            recorded = last is null ? null : await ledger.ReadManifestAsync(ManifestHash.Parse(last.Entry.ToHash), cancellation).ConfigureAwait(false);
        }
        catch (LockplaneException e) when (e.Code == ErrorCodes.LedgerBroken)
        {
            faults.Add(e.Message);
        }

        string expected = last?.Entry.ToHash ?? "";
        return new VerifyReport(
            actual == expected, expected, actual, recorded is null ? [] : [.. CatalogComparison.Of(recorded, live).Lines()], check.Entries, [.. faults]);
    }

    /// <summary>Takes the database under management: installs schema <c>lockplane</c> where it is missing and records the catalog as it is.</summary>
    /// <param name="administratorUrl">Who installs; null when the apply role itself may.</param>
    /// <param name="applier">Who asked.</param>
    /// <param name="cancellation">Gives up before the commit.</param>
    /// <returns>The entry; the last one when the catalog is what it says already.</returns>
    public async Task<LedgerRow> BaselineAsync(string? administratorUrl, Principal applier, CancellationToken cancellation)
    {
        await using (NpgsqlConnection administrator = administratorUrl is null
            ? await target.OpenAsync(cancellation).ConfigureAwait(false)
            : await target.OpenAdministratorAsync(administratorUrl, cancellation).ConfigureAwait(false))
        {
            await LedgerSchema.InstallAsync(administrator, target.ApplyRole, new StatementReader(parser), cancellation).ConfigureAwait(false);
        }

        await using NpgsqlConnection connection = await target.OpenAsync(cancellation).ConfigureAwait(false);
        return await new Baseline(key, options).RecordAsync(connection, applier, cancellation).ConfigureAwait(false);
    }

    private async Task<StoredPlan> PlanCatalogAsync(
        NpgsqlConnection connection, Catalog from, DescribedCatalog desired, string source, Principal proposer, CancellationToken cancellation)
    {
        Plan plan = await _shadows.PlanAsync(connection, from, desired, PlanOptions, cancellation).ConfigureAwait(false);
        Assessment assessment = await _shadows.ValidateAsync(connection, from, plan, plan, cancellation).ConfigureAwait(false);
        return await StoreAsync(new PlanStore(connection), plan, source, proposer, assessment, null, cancellation).ConfigureAwait(false);
    }

    private async Task<Assessment> ValidateAsync(NpgsqlConnection connection, Plan plan, long? rollbackOf, CancellationToken cancellation)
    {
        Catalog live = await ReadAsync(connection, cancellation).ConfigureAwait(false);
        if (ManifestHash.Of(live) != plan.FromHash)
        {
            throw new LockplaneException(ErrorCodes.StaleBase, $"The live catalog is {ManifestHash.Of(live).Short}; the plan starts from {plan.FromHash.Short}.");
        }

        return await ValidateAsync(connection, live, plan, rollbackOf, cancellation).ConfigureAwait(false);
    }

    private async Task<Assessment> ValidateAsync(NpgsqlConnection connection, Catalog live, Plan plan, long? rollbackOf, CancellationToken cancellation)
    {
        if (rollbackOf is not { } seq)
        {
            return await _shadows.ValidateAsync(connection, live, plan, cancellation).ConfigureAwait(false);
        }

        LedgerRow row = await GetEntryAsync(new Ledger(connection), seq, cancellation).ConfigureAwait(false);
        Plan remade = await new Undoing(connection, _shadows, PlanOptions).PlanAsync(row, live, cancellation).ConfigureAwait(false);
        return await _shadows.ValidateAsync(connection, live, plan, remade, cancellation).ConfigureAwait(false);
    }

    private static async Task<StoredPlan> StoreAsync(
        PlanStore store, Plan plan, string source, Principal proposer, Assessment assessment, long? rollbackOf, CancellationToken cancellation)
    {
        if (!await store.PutAsync(plan, source, proposer, assessment, rollbackOf, cancellation).ConfigureAwait(false))
        {
            throw new LockplaneException(ErrorCodes.DeniedByPolicy, "The database has 1000 plans that nobody applied; sessions at the gateway get no more.", hint: "Apply some; unapplied ones are dropped after seven days.");
        }

        return await store.GetAsync(plan.PlanHash.Text, cancellation).ConfigureAwait(false);
    }

    private async Task<NpgsqlConnection> OpenManagedAsync(CancellationToken cancellation)
    {
        NpgsqlConnection connection = await target.OpenAsync(cancellation).ConfigureAwait(false);
        try
        {
            await LedgerSchema.DemandAsync(connection, cancellation).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<Catalog> ReadBaseAsync(NpgsqlConnection connection, ManifestHash? seen, CancellationToken cancellation)
    {
        Catalog live = await ReadAsync(connection, cancellation).ConfigureAwait(false);
        ManifestHash hash = ManifestHash.Of(live);
        return seen is null || seen == hash
            ? live
            : throw new LockplaneException(ErrorCodes.StaleBase, $"The live catalog is {hash.Text}; the plan was to start from {seen.Text}.");
    }

    private Task<Catalog> ReadAsync(NpgsqlConnection connection, CancellationToken cancellation) =>
        CatalogReader.ReadAsync(connection, null, options.Scope, cancellation);

    private static async Task<LedgerRow> GetEntryAsync(Ledger ledger, long seq, CancellationToken cancellation) =>
        await ledger.FindAsync(seq, cancellation).ConfigureAwait(false)
        ?? throw new LockplaneException(ErrorCodes.StaleBase, $"The ledger has no entry {seq}.", hint: "Run `lockplane ledger` to see the entries.");

    private static string Digest(string kind, IEnumerable<string> texts)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string text in texts.Prepend(kind))
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            hash.AppendData(BitConverter.GetBytes(bytes.LongLength));
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
