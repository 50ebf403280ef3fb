using System.Collections.Immutable;
using System.Diagnostics;
using Lockplane.Control.Connections;
using Lockplane.Control.Introspection;
using Lockplane.Control.Ledgers;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Dsl;
using Lockplane.Schema.Plans;
using Lockplane.Sql.Errors;
using Npgsql;

namespace Lockplane.Control.Shadows;

/// <summary>Runs schemas and plans on scratch databases and says what they lead to.</summary>
internal sealed class ShadowValidation(ShadowServer server, Scope scope, TimeProvider clock)
{
    /// <summary>The catalog that schema statements describe, as Postgres itself understands them.</summary>
    /// <exception cref="LockplaneException">LP401 with the statement that failed.</exception>
    internal async Task<Catalog> ElaborateAsync(NpgsqlConnection live, IReadOnlyList<SchemaStatement> statements, CancellationToken cancellation)
    {
        await using Shadow shadow = await server.CreateAsync(live, cancellation).ConfigureAwait(false);
        foreach (SchemaStatement statement in statements)
        {
            try
            {
                await shadow.Connection.RunAsync(cancellation, statement.Sql).ConfigureAwait(false);
            }
            catch (PostgresException e)
            {
                throw new LockplaneException(
                    ErrorCodes.ShadowStepFailed,
                    $"{statement.File}:{statement.Line}:{statement.Column}: {e.MessageText} ({e.SqlState}).",
                    hint: e.Hint ?? "Correct the statement; files are loaded from top to bottom.",
                    inner: e);
            }
        }

        return await ReadAsync(shadow, cancellation).ConfigureAwait(false);
    }

    /// <summary>Makes and validates the plan of statements as a person wrote them: its <c>to_hash</c> is what the shadow has after them.</summary>
    internal async Task<(Plan Plan, Assessment Assessment)> PlanStatementsAsync(
        NpgsqlConnection live, Catalog from, IReadOnlyList<JudgedStatement> statements, PlanOptions options, CancellationToken cancellation)
    {
        await using Shadow shadow = await server.CreateAsync(live, cancellation).ConfigureAwait(false);
        Catalog built = await BuildAsync(shadow, from, cancellation).ConfigureAwait(false);
        ImmutableArray<StepObservation> observed = await RunAsync(
            shadow, [.. statements.Select((s, i) => (i + 1, s.Sql))], options, cancellation).ConfigureAwait(false);
        Catalog to = (await ReadAsync(shadow, cancellation).ConfigureAwait(false)).WithUnmodelledFrom(from, built);
        Plan plan = Planner.PlanStatements(from, to, statements, options);
        string? rollback = await CheckRollbackAsync(shadow, from, built, plan, cancellation).ConfigureAwait(false);
        return (plan, Assess(plan, live, observed, to, rollback));
    }

    /// <summary>Runs a plan and its rollback on a shadow built from <paramref name="from"/>.</summary>
    /// <exception cref="LockplaneException">LP401 when a step fails, LP402 when the result is not what the plan promises.</exception>
    internal async Task<Assessment> ValidateAsync(NpgsqlConnection live, Catalog from, Plan plan, CancellationToken cancellation)
    {
        await using Shadow shadow = await server.CreateAsync(live, cancellation).ConfigureAwait(false);
        Catalog built = await BuildAsync(shadow, from, cancellation).ConfigureAwait(false);
        ImmutableArray<StepObservation> observed = await RunAsync(
            shadow, [.. plan.Steps.Select(s => (s.N, s.Sql))], plan.Options, cancellation).ConfigureAwait(false);
        Catalog to = (await ReadAsync(shadow, cancellation).ConfigureAwait(false)).WithUnmodelledFrom(from, built);
        DemandHash("The plan's steps", plan.ToHash, to);
        string? rollback = await CheckRollbackAsync(shadow, from, built, plan, cancellation).ConfigureAwait(false);
        return Assess(plan, live, observed, to, rollback);
    }

    private async Task<Catalog> BuildAsync(Shadow shadow, Catalog from, CancellationToken cancellation)
    {
        if (from.Requirements.Length > 0)
        {
            throw new LockplaneException(
                ErrorCodes.Unreadable,
                "The catalog cannot be built on a shadow: objects in it need others that are not modelled yet.",
                string.Join("; ", from.Requirements.Take(10)),
                "Leave them out by [scope] ignore.");
        }

        try
        {
            await shadow.Connection.RunAsync(cancellation, CatalogPrinter.Statements(from)).ConfigureAwait(false);
        }
        catch (PostgresException e)
        {
            throw new LockplaneException(
                ErrorCodes.ShadowIncomplete, $"The catalog cannot be built on the shadow: {e.MessageText} ({e.SqlState}).", e.BatchCommand?.ToString(), inner: e);
        }

        Catalog built = await ReadAsync(shadow, cancellation).ConfigureAwait(false);
        DemandHash("The shadow's catalog, built from the target's,", ManifestHash.Of(from), built.WithUnmodelledFrom(from, built), from);
        return built;
    }

    private async Task<string?> CheckRollbackAsync(Shadow shadow, Catalog from, Catalog built, Plan plan, CancellationToken cancellation)
    {
        if (plan.Rollback.Reversibility == Reversibility.Irreversible)
        {
            return null;
        }

        await RunAsync(shadow, [.. plan.Rollback.Steps.Select(s => (s.N, s.Sql))], plan.Options with { SearchPath = null }, cancellation).ConfigureAwait(false);
        Catalog back = (await ReadAsync(shadow, cancellation).ConfigureAwait(false)).WithUnmodelledFrom(from, built);
        DemandHash("The rollback's steps", plan.Rollback.ToHash, back, from);
        return plan.Rollback.ToHash.Text;
    }

    private static async Task<ImmutableArray<StepObservation>> RunAsync(
        Shadow shadow, IReadOnlyList<(int N, string Sql)> steps, PlanOptions options, CancellationToken cancellation)
    {
        ImmutableArray<StepObservation>.Builder observed = ImmutableArray.CreateBuilder<StepObservation>(steps.Count);
        await using NpgsqlTransaction transaction = await shadow.Connection.BeginTransactionAsync(cancellation).ConfigureAwait(false);
        await StepSettings.SetAsync(shadow.Connection, options, cancellation).ConfigureAwait(false);
        foreach ((int n, string sql) in steps)
        {
            long started = Stopwatch.GetTimestamp();
            try
            {
                await shadow.Connection.RunAsync(cancellation, sql).ConfigureAwait(false);
            }
            catch (PostgresException e)
            {
                throw new LockplaneException(ErrorCodes.ShadowStepFailed, $"Step {n} failed on the shadow: {e.MessageText} ({e.SqlState}).", sql, e.Hint, e);
            }

            observed.Add(new StepObservation(n, (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds));
        }

        await transaction.CommitAsync(cancellation).ConfigureAwait(false);
        return observed.MoveToImmutable();
    }

    private Task<Catalog> ReadAsync(Shadow shadow, CancellationToken cancellation) => CatalogReader.ReadAsync(shadow.Connection, null, scope, cancellation);

    private Assessment Assess(Plan plan, NpgsqlConnection live, ImmutableArray<StepObservation> observed, Catalog to, string? rollback) => new(
        plan.PlanHash.Text,
        ServerClock.Format(clock.GetUtcNow().UtcDateTime),
        live.ServerVersion,
        observed,
        ManifestHash.Of(to).Text,
        rollback);

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
