using System.Collections.Immutable;
using Lockplane.Control.Connections;
using Lockplane.Control.Introspection;
using Lockplane.Control.Shadows;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Kinds;
using Lockplane.Schema.Plans;
using Lockplane.Sql.Errors;
using Lockplane.Sql.PgQuery;
using Lockplane.Sql.Statements;
using Npgsql;

namespace Lockplane.Corpus;

/// <summary>
/// Judges the plan that leads one side to the other: made twice it is the same bytes; a shadow validates it; it reaches what it promises, and what was asked for but for the order of columns;
/// made again it has no steps; its rollback reaches what it promises; and it names the hazards that the corpus expects.
/// </summary>
/// <remarks>A side is a database of its own, as steps commit. pg_dump is asked where it can read the server.</remarks>
internal sealed class PlanJudge(string administrator, int major, PgQueryParser parser, PgDump? dump) : IPairJudge
{
    private readonly StatementReader _reader = new(parser);
    private readonly ShadowValidation _shadows = new(new ShadowServer(new NpgsqlConnectionStringBuilder(administrator) { Database = "postgres", Pooling = false }, parser), Scope.All, TimeProvider.System);
    private const string AccessExclusive = "AccessExclusive";
    private const string ShareRowExclusive = "ShareRowExclusive";

    public string Mode => CorpusMode.Plan;

    public async Task<Findings> JudgeAsync(Pair pair, CancellationToken cancellation)
    {
        await ScratchDatabase.CreateRolesAsync(administrator, pair.Meta.Roles.Select(role => "CREATE ROLE " + role), cancellation);
        await using ScratchDatabase live = await ScratchDatabase.CreateAsync(administrator, cancellation);
        await using ScratchDatabase wanted = await ScratchDatabase.CreateAsync(administrator, cancellation);
        foreach ((string file, string script) in pair.Sides)
        {
            try
            {
                await LoadAsync(file == "from.sql" ? live : wanted, pair.Setup, script, cancellation);
            }
            catch (Exception refused) when (refused is ScriptRefusedException or FormatException)
            {
                return Findings.Refused(pair, file, major, refused.Message);
            }
        }

        try
        {
            return new Findings([.. await JudgeAsync(pair, live, wanted, cancellation)], []);
        }
        catch (Exception error) when (error is LockplaneException or PostgresException or FormatException or ArgumentException or NotSupportedException or InvalidOperationException)
        {
            return new Findings([$"fails: {error.Message.ReplaceLineEndings(" ")}"], []);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task LoadAsync(ScratchDatabase database, string setup, string text, CancellationToken cancellation)
    {
        foreach (Script script in (Script[])[Script.Cut(_reader, setup), Script.Cut(_reader, text)])
        {
            await ScratchDatabase.CreateRolesAsync(administrator, script.Roles, cancellation);
            await database.LoadAsync(script.Statements, cancellation);
        }
    }

    private async Task<IEnumerable<string>> JudgeAsync(Pair pair, ScratchDatabase live, ScratchDatabase wanted, CancellationToken cancellation)
    {
        Catalog from = await ReadAsync(live, cancellation);
        Catalog desired = Manifest.Read(Manifest.Write(await ReadAsync(wanted, cancellation)));
        string? dumpedBefore = dump is null ? null : await dump.WriteAsync(live.Name, cancellation);
        string? dumpedWanted = dump is null ? null : await dump.WriteAsync(wanted.Name, cancellation);
        Plan plan = Planner.Plan(from, desired, PlanOptions.Default);
        List<string> failures = [.. JudgeText(pair, plan, from, desired, pair.Meta.DumpsAlike || (dumpedBefore is not null && dumpedBefore == dumpedWanted))];

        try
        {
            await _shadows.ValidateAsync(live.Connection, from, plan, cancellation);
        }
        catch (LockplaneException invalid)
        {
            failures.Add($"its validation fails: {invalid.Code.Code} {invalid.Message} {invalid.Detail}".ReplaceLineEndings(" "));
        }

        if (await RunAsync(live, plan.Steps, cancellation) is { } refused)
        {
            return [.. failures, $"a step is refused: {refused}"];
        }

        Catalog after = await ReadAsync(live, cancellation);
        failures.AddRange(ManifestHash.Of(after) == plan.ToHash ? [] : ["the steps do not reach to_hash"]);
        failures.AddRange(RoundTrip.Named("it does not reach what was asked for", CatalogComparison.Of(InOrderOfNames(desired.WithUnmodelledOf(from)), InOrderOfNames(after)).Lines()));
        failures.AddRange(dump is null || dumpedWanted == await dump.WriteAsync(live.Name, cancellation) ? [] : ["pg_dump writes another database than was asked for"]);
        failures.AddRange(Planner.Plan(after, desired, PlanOptions.Default).Steps.IsEmpty ? [] : ["planned again it has steps"]);

        if (await RunAsync(live, plan.Rollback.Steps, cancellation) is { } stuck)
        {
            return [.. failures, $"a step of the rollback is refused: {stuck}"];
        }

        ManifestHash back = ManifestHash.Of(await ReadAsync(live, cancellation));
        failures.AddRange(back == plan.Rollback.ToHash ? [] : ["the rollback does not reach its to_hash"]);
        failures.AddRange(plan.Rollback.Reversibility != Reversibility.Exact || back == plan.FromHash ? [] : ["the rollback is exact and does not reach from_hash"]);
        return failures;
    }

    // What can be said of a plan before it runs.
    private static IEnumerable<string> JudgeText(Pair pair, Plan plan, Catalog from, Catalog desired, bool alike)
    {
        byte[] again = PlanJson.Write(Planner.Plan(from, desired, PlanOptions.Default));
        return
        [
            .. PlanJson.Write(plan).AsSpan().SequenceEqual(again) ? Array.Empty<string>() : ["made twice it is not the same"],
            .. plan.FromHash == ManifestHash.Of(from) ? Array.Empty<string>() : ["from_hash is not the database's"],
            .. (alike || pair.Meta.ExpectsEmptyPlan) && !plan.Steps.IsEmpty ? ["steps where nothing differs"] : Array.Empty<string>(),
            .. pair.Meta.ExpectedHazards.Where(expected => !Reports(plan, expected)).Select(expected => $"the hazard {expected} is not reported"),
        ];
    }

    // The corpus's words for what our plans say with hazards and locks; those that ours have no word for ask for nothing.
    private static bool Reports(Plan plan, string expected) => expected switch
    {
        "DeletesData" => Has(plan, Hazards.DropsData, Hazards.ConvertsData, Hazards.DropsUnmodelled),
        "AuthzUpdate" => Has(plan, Hazards.ChangesAccess, Hazards.TakesAccess),
        "AcquiresAccessExclusiveLock" => plan.Steps.Any(step => step.Locks.Any(held => held.Mode == AccessExclusive)),
        "AcquiresShareRowExclusiveLock" => plan.Steps.Any(step => step.Locks.Any(held => held.Mode is ShareRowExclusive or AccessExclusive)),
        "AcquiresShareLock" => plan.Steps.Any(step => !step.Locks.IsEmpty),
        _ => true,
    };

    private static bool Has(Plan plan, params ReadOnlySpan<Hazard> hazards)
    {
        foreach (Hazard hazard in hazards)
        {
            if (plan.Steps.Any(step => step.Hazards.Any(found => found.Name == hazard.Name)))
            {
                return true;
            }
        }

        return false;
    }

    // Null when all of them ran; otherwise what the server said.
    private static async Task<string?> RunAsync(ScratchDatabase database, ImmutableArray<PlanStep> steps, CancellationToken cancellation)
    {
        foreach (IGrouping<int, PlanStep> segment in steps.GroupBy(step => step.Segment))
        {
            try
            {
                if (segment.All(step => step.Transactional))
                {
                    await using NpgsqlTransaction transaction = await database.Connection.BeginTransactionAsync(cancellation);
                    await StepSettings.SetAsync(database.Connection, PlanOptions.Default, cancellation);
                    await database.LoadAsync(segment.Select(step => step.Sql), cancellation);
                    await transaction.CommitAsync(cancellation);
                }
                else
                {
                    await StepSettings.SetForSessionAsync(database.Connection, PlanOptions.Default, cancellation);
                    await database.LoadAsync(segment.Select(step => step.Sql), cancellation);
                }
            }
            catch (ScriptRefusedException refused)
            {
                return refused.Message;
            }
        }

        return null;
    }

    private static Catalog InOrderOfNames(Catalog catalog) => catalog.WithObjects(catalog.Objects.Select(item => item.Facts is RelationFacts relation
        ? item with { Facts = relation with { Columns = relation.Columns.OrderBy(column => column.Name, Utf8Order.Instance).ToFactList() } } : item));

    private static Task<Catalog> ReadAsync(ScratchDatabase database, CancellationToken cancellation) => CatalogReader.ReadAsync(database.Connection, null, Scope.All, cancellation);
}
