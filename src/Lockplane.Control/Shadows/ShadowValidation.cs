using System.Collections.Immutable;
using System.Diagnostics;
using Lockplane.Control.Connections;
using Lockplane.Control.Ledgers;
using Lockplane.Control.Plans;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Dsl;
using Lockplane.Schema.Plans;
using Lockplane.Sql.Errors;
using Npgsql;

namespace Lockplane.Control.Shadows;

/// <summary>Runs schemas and plans on scratch databases and says what they lead to.</summary>
internal sealed class ShadowValidation(ShadowServer server, Scope scope, TimeProvider clock)
{
    // Spec: ALTER TYPE, Notes: a value cannot be used in the transaction that adds it.
    private const string UnsafeNewEnumValue = "55P04";

    private readonly ShadowTemplates _templates = new(server);
    private readonly StatementRules _rules = new(server.Parser);

    // There are no rows that a policy could hide, and the role that applies may be one that policies do not bind.
    private const string SeesRows = "SET row_security = on";

    /// <summary>Who is told how far the work is; null where nobody looks on.</summary>
    internal IProgress<PlanProgress>? Progress { get; set; }

    /// <summary>A step as the shadow sees it.</summary>
    /// <param name="ChangesRows">Types and names are checked and none of it is run: on an empty database, a row that refers to another would fail.</param>
    private sealed record ShadowStep(int N, string Sql, bool ChangesRows)
    {
        public static ShadowStep Of(PlanStep step) => step.Restores is { } rows ? new(step.N, RestoringSql.OfNoRows(rows), true) : new(step.N, step.Sql, step.Rows is not null);
    }

    /// <summary>What schema files describe, as Postgres itself understands them.</summary>
    /// <exception cref="LockplaneException">LP401 with the statement that failed; LP202 for a directive about nothing.</exception>
    internal async Task<DescribedCatalog> ElaborateAsync(NpgsqlConnection live, SchemaDefinition definition, CancellationToken cancellation)
    {
        await using Shadow shadow = await server.CreateAsync(live, cancellation).ConfigureAwait(false);
        await Elaboration.LoadAsync(shadow, definition.Statements, Progress, cancellation).ConfigureAwait(false);
        (Catalog catalog, IReadOnlySet<ObjectId> granted) = await shadow.ReadAsync(scope, cancellation).ConfigureAwait(false);
        return DescribedCatalog.Of(catalog, granted, definition);
    }

    /// <summary>The plan to what is described. A shadow is asked only where something gets another name.</summary>
    /// <exception cref="LockplaneException">LP202 for a directive that does not fit the database; LP401 when the server refuses a name.</exception>
    internal async Task<Plan> PlanAsync(NpgsqlConnection live, Catalog from, DescribedCatalog desired, PlanOptions options, CancellationToken cancellation)
    {
        Renaming renaming = await RenameAsync(live, from, desired, cancellation).ConfigureAwait(false);
        Catalog wanted = desired.For(renaming.Renamed);
        return Planner.Plan(renaming, wanted, options, await FindReturnedAsync(live, renaming, wanted, cancellation).ConfigureAwait(false));
    }

    /// <summary>What gets another name in a database, with all that is named after it, and the catalog then.</summary>
    internal async Task<Renaming> RenameAsync(NpgsqlConnection live, Catalog from, DescribedCatalog desired, CancellationToken cancellation)
    {
        ImmutableArray<Rename> stated = desired.PendingIn(from);
        if (stated.IsEmpty)
        {
            return Renaming.None(from);
        }

        (Shadow shadow, Catalog built) = await BuildAsync(live, from, true, cancellation).ConfigureAwait(false);
        await using Shadow dropped = shadow;
        Catalog renamed = await RenameAsync(shadow, stated, from, built, cancellation).ConfigureAwait(false);
        ImmutableArray<Rename> implied = ImpliedRenames.Of(renamed, desired.For(renamed), stated);
        return new Renaming(from, stated.AddRange(implied), implied.IsEmpty ? renamed : await RenameAsync(shadow, implied, from, built, cancellation).ConfigureAwait(false));
    }

    /// <summary>What is renamed so that a plan is undone that renamed before.</summary>
    internal async Task<Renaming> TakeBackAsync(NpgsqlConnection live, Catalog from, IEnumerable<Rename> renames, CancellationToken cancellation)
    {
        return await RenameAsync(live, from, [.. Renaming.Reversed(renames)], cancellation).ConfigureAwait(false);
    }

    private async Task<Renaming> RenameAsync(NpgsqlConnection live, Catalog from, ImmutableArray<Rename> renames, CancellationToken cancellation)
    {
        if (renames.IsEmpty)
        {
            return Renaming.None(from);
        }

        (Shadow shadow, Catalog built) = await BuildAsync(live, from, true, cancellation).ConfigureAwait(false);
        await using Shadow dropped = shadow;
        return new Renaming(from, renames, await RenameAsync(shadow, renames, from, built, cancellation).ConfigureAwait(false));
    }

    /// <summary>What the rollback leaves, where it does not bring all back before it gives the old names back; null where that is known without a shadow.</summary>
    internal async Task<Catalog?> FindReturnedAsync(NpgsqlConnection live, Renaming renaming, Catalog desired, CancellationToken cancellation)
    {
        if (renaming.Renames.IsEmpty)
        {
            return null;
        }

        Catalog returned = Planner.Returned(renaming, desired);
        if (ManifestHash.Of(returned) == ManifestHash.Of(renaming.Renamed))
        {
            return null;
        }

        (Shadow shadow, Catalog built) = await BuildAsync(live, returned, true, cancellation).ConfigureAwait(false);
        await using Shadow dropped = shadow;
        return await RenameAsync(shadow, Renaming.Reversed(renaming.Renames), returned, built, cancellation).ConfigureAwait(false);
    }

    // What the statements rename, done alone. It fails where it needs another statement first; the way back then drops and makes what it renames.
    private async Task<Renaming> RenameAsync(NpgsqlConnection live, Catalog from, IReadOnlyList<JudgedStatement> statements, PlanOptions options, CancellationToken cancellation)
    {
        try
        {
            return await RenameAsync(live, from, StatedRenames.Of(from, statements, options.SearchPath), cancellation).ConfigureAwait(false);
        }
        catch (LockplaneException e) when (e.Code == ErrorCodes.ShadowStepFailed)
        {
            return Renaming.None(from);
        }
    }

    private async Task<Catalog> RenameAsync(Shadow shadow, IEnumerable<Rename> renames, Catalog source, Catalog built, CancellationToken cancellation)
    {
        await RunAsync(shadow, PlanWork.Run, [.. Renaming.Statements(renames).Select((sql, i) => new ShadowStep(i + 1, sql, false))], PlanOptions.Default, cancellation).ConfigureAwait(false);
        return (await ReadAsync(shadow, cancellation).ConfigureAwait(false)).WithUnmodelledFrom(source, built);
    }

    /// <summary>Makes and validates the plan of statements as a person wrote them: its <c>to_hash</c> is what the shadow has after them.</summary>
    internal async Task<(Plan Plan, Assessment Assessment)> PlanStatementsAsync(
        NpgsqlConnection live, Catalog from, IReadOnlyList<JudgedStatement> statements, PlanOptions options, CancellationToken cancellation)
    {
        Renaming stated = await RenameAsync(live, from, statements, options, cancellation).ConfigureAwait(false);
        (Shadow shadow, Catalog built) = await BuildAsync(live, from, true, cancellation).ConfigureAwait(false);
        await using Shadow dropped = shadow;
        ImmutableArray<StepObservation> observed = await RunAsync(
            shadow, PlanWork.Run, [.. statements.Select((s, i) => new ShadowStep(i + 1, s.Sql, s.Change is not null))], options, cancellation).ConfigureAwait(false);
        Catalog to = (await ReadAsync(shadow, cancellation).ConfigureAwait(false)).WithUnmodelledFrom(from, built);
        Renaming renaming = StatedRenames.HoldIn(to, stated.Renames) ? stated : Renaming.None(from);
        Plan plan = Planner.PlanStatements(renaming, to, statements, options, await FindReturnedAsync(live, renaming, to, cancellation).ConfigureAwait(false));
        string? rollback = await CheckRollbackAsync(shadow, from, built, plan, cancellation).ConfigureAwait(false);
        return (plan, Assess(plan, live, observed, to, rollback));
    }

    /// <summary>Runs a plan and its rollback on a shadow built from <paramref name="from"/>, and makes it again from the two catalogs: nothing that it says of itself is believed.</summary>
    /// <exception cref="LockplaneException">LP201 to LP205 for a step that no plan may hold, LP401 when a step fails, LP402 when the result is not what the plan promises, or the plan is not what is made of its steps.</exception>
    internal async Task<Assessment> ValidateAsync(NpgsqlConnection live, Catalog from, Plan plan, CancellationToken cancellation)
    {
        if (plan.Options.Scope != scope.Normalised())
        {
            throw new LockplaneException(ErrorCodes.Configuration, "The plan is for another part of the database than [scope] says.", hint: "Make the plan again with this configuration.");
        }

        if (plan.Options.SearchPath is not null)
        {
            (Plan remade, Assessment assessment) = await PlanStatementsAsync(live, from, _rules.JudgePlan(plan), plan.Options, cancellation).ConfigureAwait(false);
            RemadePlan.Demand(plan, remade);
            return assessment;
        }

        return await RunAsync(live, from, plan, to => RemakeAsync(live, from, to, plan, cancellation), cancellation).ConfigureAwait(false);
    }

    /// <summary>As <see cref="ValidateAsync(NpgsqlConnection, Catalog, Plan, CancellationToken)"/>, for a plan that was made again otherwise, or just made.</summary>
    internal Task<Assessment> ValidateAsync(NpgsqlConnection live, Catalog from, Plan plan, Plan remade, CancellationToken cancellation) =>
        RunAsync(live, from, plan, _ => Task.FromResult(remade), cancellation);

    private async Task<Plan> RemakeAsync(NpgsqlConnection live, Catalog from, Catalog to, Plan plan, CancellationToken cancellation)
    {
        Rename[] renames = [.. plan.Renames ?? default];
        if (!Renaming.AreSound(from, renames))
        {
            throw new LockplaneException(ErrorCodes.ShadowDiffers, "The plan is not one that Lockplane makes: renames names what is not there, or is none.", hint: "It was changed by hand: make the plan again.");
        }

        Renaming renaming = await RenameAsync(live, from, [.. renames], cancellation).ConfigureAwait(false);
        return Planner.Plan(renaming, to, plan.Options, await FindReturnedAsync(live, renaming, to, cancellation).ConfigureAwait(false));
    }

    // The way back is run when it is known to be one that is made of the steps.
    private async Task<Assessment> RunAsync(NpgsqlConnection live, Catalog from, Plan plan, Func<Catalog, Task<Plan>> remake, CancellationToken cancellation)
    {
        (Shadow shadow, Catalog built) = await BuildAsync(live, from, true, cancellation).ConfigureAwait(false);
        await using Shadow dropped = shadow;
        ImmutableArray<StepObservation> observed = await RunAsync(
            shadow, PlanWork.Run, [.. plan.Steps.Select(ShadowStep.Of)], plan.Options, cancellation).ConfigureAwait(false);
        Catalog to = (await ReadAsync(shadow, cancellation).ConfigureAwait(false)).WithUnmodelledFrom(from, built);
        DemandHash("The plan's steps", plan.ToHash, to);
        RemadePlan.Demand(plan, await remake(to).ConfigureAwait(false));
        string? rollback = await CheckRollbackAsync(shadow, from, built, plan, cancellation).ConfigureAwait(false);
        return Assess(plan, live, observed, to, rollback);
    }

    // A shadow that has what a catalog has, and the catalog as it is read there: a copy of a template, or one that is built, and made a template for this time and the next.
    private async Task<(Shadow Shadow, Catalog Built)> BuildAsync(NpgsqlConnection live, Catalog from, bool keeps, CancellationToken cancellation)
    {
        if (from.Requirements.Any())
        {
            throw new LockplaneException(
                ErrorCodes.Unreadable,
                "The catalog cannot be built on a shadow: objects in it need others that are not modelled yet.",
                string.Join("; ", from.Requirements.Take(10)),
                "Leave them out by [scope] ignore.");
        }

        IReadOnlyList<string> statements = [.. CatalogPrinter.Statements(from)];
        ManifestHash source = ManifestHash.Of(from);
        if (await FindCopyAsync(live, from, source, statements, cancellation).ConfigureAwait(false) is { } found)
        {
            return found;
        }

        Shadow shadow = await server.CreateAsync(live, cancellation).ConfigureAwait(false);
        try
        {
            Catalog built = await LoadAsync(shadow, from, source, statements, cancellation).ConfigureAwait(false);
            if (!keeps || !await ShadowTemplates.KeepAsync(shadow, live, source, cancellation).ConfigureAwait(false))
            {
                return (shadow, built);
            }
        }
        catch
        {
            await shadow.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        await shadow.DisposeAsync().ConfigureAwait(false);
        return await BuildAsync(live, from, false, cancellation).ConfigureAwait(false);
    }

    private async Task<(Shadow Shadow, Catalog Built)?> FindCopyAsync(NpgsqlConnection live, Catalog from, ManifestHash source, IReadOnlyList<string> statements, CancellationToken cancellation)
    {
        if (await _templates.FindAsync(live, source, cancellation).ConfigureAwait(false) is not { } copy)
        {
            return null;
        }

        try
        {
            return (copy, await LoadAsync(copy, from, source, [.. ShadowTemplates.NotCopied(statements)], cancellation).ConfigureAwait(false));
        }
        catch (LockplaneException e) when (e.Code == ErrorCodes.ShadowDiffers || e.Code == ErrorCodes.ShadowIncomplete)
        {
            await ShadowTemplates.DiscardAsync(copy).ConfigureAwait(false);
            return null;
        }
        catch
        {
            await copy.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<Catalog> LoadAsync(Shadow shadow, Catalog from, ManifestHash source, IReadOnlyList<string> statements, CancellationToken cancellation)
    {
        // As it is on the target: a function whose body names what is gone is one all the same.
        await shadow.Connection.RunAsync(cancellation, "SET check_function_bodies = off", "SET search_path = ''").ConfigureAwait(false);
        foreach ((int i, string sql) in statements.Index())
        {
            Progress?.Report(new PlanProgress(PlanWork.Build, i + 1, statements.Count));
            try
            {
                await shadow.RunAsync(sql, cancellation).ConfigureAwait(false);
            }
            catch (PostgresException e)
            {
                throw new LockplaneException(ErrorCodes.ShadowIncomplete, $"The catalog cannot be built on the shadow: {e.MessageText} ({e.SqlState}).", sql, inner: e);
            }
        }

        Catalog built = await ReadAsync(shadow, cancellation).ConfigureAwait(false);
        DemandHash("The shadow's catalog, built from the target's,", source, built.WithUnmodelledFrom(from, built), from);
        return built;
    }

    private async Task<string?> CheckRollbackAsync(Shadow shadow, Catalog from, Catalog built, Plan plan, CancellationToken cancellation)
    {
        if (plan.Rollback.Reversibility == Reversibility.Irreversible)
        {
            return null;
        }

        await RunAsync(shadow, PlanWork.Undo, [.. plan.Rollback.Steps.Select(ShadowStep.Of)], plan.Options with { SearchPath = null }, cancellation).ConfigureAwait(false);
        Catalog back = (await ReadAsync(shadow, cancellation).ConfigureAwait(false)).WithUnmodelledFrom(from, built);
        DemandHash("The rollback's steps", plan.Rollback.ToHash, back, from);
        return plan.Rollback.ToHash.Text;
    }

    private async Task<ImmutableArray<StepObservation>> RunAsync(
        Shadow shadow, PlanWork work, IReadOnlyList<ShadowStep> steps, PlanOptions options, CancellationToken cancellation)
    {
        // One transaction, as on the target; the administrator would not see into it.
        if (shadow.NeedsCommits(steps.Select(s => s.Sql)))
        {
            await StepSettings.SetForSessionAsync(shadow.Connection, options, cancellation).ConfigureAwait(false);
            await shadow.Connection.RunAsync(cancellation, SeesRows).ConfigureAwait(false);
            return await RunAsync(shadow, work, steps, cancellation).ConfigureAwait(false);
        }

        await using NpgsqlTransaction transaction = await shadow.Connection.BeginTransactionAsync(cancellation).ConfigureAwait(false);
        await StepSettings.SetAsync(shadow.Connection, options, cancellation).ConfigureAwait(false);
        await shadow.Connection.RunAsync(cancellation, SeesRows).ConfigureAwait(false);
        ImmutableArray<StepObservation> observed = await RunAsync(shadow, work, steps, cancellation).ConfigureAwait(false);
        await transaction.CommitAsync(cancellation).ConfigureAwait(false);
        return observed;
    }

    private async Task<ImmutableArray<StepObservation>> RunAsync(Shadow shadow, PlanWork work, IReadOnlyList<ShadowStep> steps, CancellationToken cancellation)
    {
        ImmutableArray<StepObservation>.Builder observed = ImmutableArray.CreateBuilder<StepObservation>(steps.Count);
        foreach ((int n, string sql, bool changesRows) in steps)
        {
            Progress?.Report(new PlanProgress(work, n, steps.Count));
            long started = Stopwatch.GetTimestamp();
            try
            {
                await (changesRows ? shadow.CheckAsync(sql, cancellation) : shadow.RunAsync(sql, cancellation)).ConfigureAwait(false);
            }
            catch (PostgresException e)
            {
                throw new LockplaneException(ErrorCodes.ShadowStepFailed, $"Step {n} failed on the shadow: {e.MessageText} ({e.SqlState}).", sql, HintOf(e), e);
            }

            observed.Add(new StepObservation(n, (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds));
        }

        return observed.MoveToImmutable();
    }

    private static string? HintOf(PostgresException e) => e.SqlState switch
    {
        UnsafeNewEnumValue => "Add the value by a plan of its own, apply that, and plan the rest then.",

        // A sequence of the shadow is at its start.
        PostgresErrorCodes.InvalidParameterValue when e.MessageText.StartsWith("RESTART value", StringComparison.Ordinal) =>
            "The position would be outside of the new limits, on a shadow at least: give limits and position at once by `lockplane plan --sql`, ALTER SEQUENCE ... RESTART WITH.",
        _ => e.Hint,
    };

    private async Task<Catalog> ReadAsync(Shadow shadow, CancellationToken cancellation) => (await shadow.ReadAsync(scope, cancellation).ConfigureAwait(false)).Catalog;

    private Assessment Assess(Plan plan, NpgsqlConnection live, ImmutableArray<StepObservation> observed, Catalog to, string? rollback) => new(
        plan.PlanHash.Text,
        ServerClock.Format(clock.GetUtcNow().UtcDateTime),
        live.ServerVersion,
        observed,
        ManifestHash.Of(to).Text,
        rollback) { Engine = Engine.Name };

    private static void DemandHash(string what, ManifestHash expected, Catalog actual, Catalog? wanted = null)
    {
        ManifestHash reached = ManifestHash.Of(actual);
        if (reached != expected)
        {
            throw new LockplaneException(
                ErrorCodes.ShadowDiffers,
                $"{what} should lead to {expected.Short} and led to {reached.Short}.",
                wanted is null ? null : string.Join('\n', CatalogComparison.Of(wanted, actual).Lines().Take(20)));
        }
    }
}
