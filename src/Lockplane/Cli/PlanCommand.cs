using System.CommandLine;
using Lockplane.Control.Connections;
using Lockplane.Control.Plans;
using Lockplane.Hosting;
using Lockplane.Hosting.Configuration;
using Lockplane.Schema.Plans;
using Lockplane.Sql.PgQuery;

namespace Lockplane.Cli;

/// <summary><c>lockplane plan</c>: how to get from one schema to another, validated on a shadow. From the live schema it is stored; with <c>--from</c> it is printed only.</summary>
internal sealed class PlanCommand
{
    /// <summary>Names the server of <c>--shadow-url</c> where the option does not; keeps a password out of the list of processes.</summary>
    public const string ShadowVariable = "LOCKPLANE_SHADOW_URL";

    private const string Schemas = "FILE|FOLDER|MANIFEST|ledger:SEQ|URL|NAME";

    private readonly Terminal _terminal;
    private readonly TargetOptions _target = new();
    private readonly Option<string?> _to = new("--to") { Description = "The schema that is wanted: a .sql file, a folder of them, a manifest, ledger:SEQ, or another database.", HelpName = Schemas };
    private readonly Option<string?> _from = new("--from") { Description = "The schema to start from instead of the live one; the plan is not stored. When --from and --to are both on disk, no database is needed.", HelpName = Schemas };
    private readonly Option<string?> _sql = new("--sql") { Description = "Statements to run as they are written; - reads standard input.", HelpName = "FILE|-" };
    private readonly Option<string?> _shadow = new("--shadow-url") { Description = $"Where scratch databases are made when no database is needed; otherwise {ShadowVariable}.", HelpName = "URL" };
    private readonly Option<string?> _output = new("--out") { Description = "Also write the plan to this file.", HelpName = "FILE" };
    private readonly Option<bool> _keepRows = new("--keep-rows") { Description = "Keep the rows that data changes of --sql touch in schema lockplane, so that the rollback restores them." };
    private readonly Option<bool> _again = new("--again") { Description = "Make a new plan of --sql where the same one was applied already: a data change that is to run once more." };
    private readonly Option<bool> _assess = new("--assess") { Description = "Also say how many rows there are, and how many data changes would touch, on the database as it is now. Never part of the plan." };
    private readonly Option<bool> _check = new("--check") { Description = "Exit with 2 when there is something to change." };
    private readonly Option<bool> _markdown = PlanOutput.MarkdownOption();

    private PlanCommand(Terminal terminal) => _terminal = terminal;

    public static Command Create(Terminal terminal)
    {
        PlanCommand plan = new(terminal);
        Command command = plan._target.AddTo(new Command("plan", "Make a plan: its steps, locks, hazards and way back. Changes nothing.")
        {
            plan._to, plan._from, plan._sql, plan._keepRows, plan._again, plan._shadow, plan._output, plan._check, plan._assess, plan._markdown,
        });
        command.Validators.Add(result =>
        {
            // Whether they are there, not what they hold: the value of an option that was given none cannot be read.
            if (result.GetResult(plan._to) is null == result.GetResult(plan._sql) is null)
            {
                result.AddError("Give one of --to and --sql.");
            }
            else if ((result.GetResult(plan._keepRows) is { Implicit: false } || result.GetResult(plan._again) is { Implicit: false }) && result.GetResult(plan._sql) is null)
            {
                result.AddError("Give --keep-rows and --again with --sql.");
            }
            else if (result.GetResult(plan._assess) is { Implicit: false } && result.GetResult(plan._from) is not null)
            {
                result.AddError("--assess looks at a database, and --from plans from a schema that is given.");
            }
            else if (result.GetResult(plan._from) is not null && result.GetResult(plan._to) is null)
            {
                result.AddError("--from goes with --to; statements start from the live schema.");
            }
            else if (result.GetResult(plan._shadow) is not null && result.GetResult(plan._from) is null)
            {
                result.AddError("--shadow-url goes with --from and --to; a database has its shadow_url in the configuration.");
            }
        });
        command.SetAction(plan.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        PlanFormat format = PlanOutput.Format(_target.Json(parsed), parsed.GetValue(_markdown));
        string? file = parsed.GetValue(_output);
        ShownPlan shown = parsed.GetValue(_from) is { } from
            ? await PlanFromAsync(parsed, from, parsed.GetValue(_to)!, file, cancellation)
            : ShownPlan.Of(await PlanFromLiveAsync(parsed, cancellation));
        if (file is not null)
        {
            await File.WriteAllBytesAsync(file, [.. PlanJson.Write(shown.Plan), (byte)'\n'], cancellation);
        }

        if (parsed.GetValue(_assess) && format == PlanFormat.Json)
        {
            PlanOutput.Explain(_terminal, shown, format);
        }
        else
        {
            PlanOutput.Write(_terminal, shown, format);
        }

        return parsed.GetValue(_check) && !shown.Plan.Steps.IsEmpty ? ExitCode.Found : ExitCode.Done;
    }

    private async Task<StoredPlan> PlanFromLiveAsync(ParseResult parsed, CancellationToken cancellation)
    {
        await using OpenDatabase database = _target.Open(parsed, _terminal);
        database.Control.Progress = new ShownProgress(_terminal);
        // What a person may type in is read before anything moves on the terminal.
        Func<Task<StoredPlan>> make;
        if (parsed.GetValue(_sql) is { } path)
        {
            string text = SchemaSource.StatementsOf(path, await SchemaSource.ReadTextAsync(path, _terminal, cancellation));
            make = () => database.Control.PlanSqlAsync(text, null, database.Me, null, null, cancellation, parsed.GetValue(_keepRows), parsed.GetValue(_again));
        }
        else
        {
            GivenSchema schema = await CatalogReference.GiveAsync(database, parsed.GetValue(_to)!, cancellation);
            make = () => schema.Catalog is null
                ? database.Control.PlanSchemaAsync(schema.Files, database.Me, null, cancellation)
                : database.Control.PlanCatalogAsync(schema.Catalog, database.Me, cancellation);
        }

        StoredPlan stored = await _terminal.WatchAsync("Planning", make);
        return parsed.GetValue(_assess) ? await database.Control.ObserveAsync(stored, cancellation) : stored;
    }

    private async Task<ShownPlan> PlanFromAsync(ParseResult parsed, string from, string to, string? file, CancellationToken cancellation)
    {
        LockplaneConfiguration configuration = _target.LoadConfiguration(parsed);
        if (_target.Database(parsed) is null && CatalogReference.IsOnDisk(configuration, from) && CatalogReference.IsOnDisk(configuration, to))
        {
            return await PlanFilesAsync(configuration, parsed.GetValue(_shadow), from, to, file, cancellation);
        }

        if (parsed.GetValue(_shadow) is not null)
        {
            throw new UsageException(
                _target.Database(parsed) is null ? "--shadow-url is for schemas on disk, and one of --from and --to is not." : "Give one of --db and --shadow-url.",
                "A database has its shadow_url in the configuration: [databases.NAME] shadow_url.");
        }

        await using OpenDatabase database = _target.Open(parsed, _terminal);
        GivenSchemas plans = database.GivenSchemas;
        GivenSchema start = await CatalogReference.GiveAsync(database, from, cancellation);
        return await PlanAsync(plans, start, await CatalogReference.GiveAsync(database, to, cancellation), file, cancellation);
    }

    private async Task<ShownPlan> PlanFilesAsync(LockplaneConfiguration configuration, string? shadowUrl, string from, string to, string? file, CancellationToken cancellation)
    {
        GivenSchema start = (await SchemaSource.ReadAsync(from, cancellation)).Given;
        GivenSchema desired = (await SchemaSource.ReadAsync(to, cancellation)).Given;
        string? url = shadowUrl ?? (Environment.GetEnvironmentVariable(ShadowVariable) is { Length: > 0 } given ? given : null);
        if (url is null && (start.Catalog is null || desired.Catalog is null))
        {
            throw new UsageException(
                $"The schema files of {(start.Catalog is null ? from : to)} are read by Postgres, and no server is named.", $"Give --shadow-url postgresql://..., or {ShadowVariable}: a login that may make scratch databases. Two manifests need none.");
        }

        using PgQueryParser parser = Corridor.MakeParser(configuration, _terminal.Progress);
        await using Target? server = url is null ? null : new Target(url);
        return await PlanAsync(new GivenSchemas(server, parser, configuration.ToControlOptions(), TimeProvider.System), start, desired, file, cancellation);
    }

    private async Task<ShownPlan> PlanAsync(GivenSchemas plans, GivenSchema from, GivenSchema to, string? file, CancellationToken cancellation)
    {
        plans.Progress = new ShownProgress(_terminal);
        UnstoredPlan made = await _terminal.WatchAsync("Planning", () => plans.PlanAsync(from, to, cancellation));
        return new ShownPlan(made.Plan, made.Assessment, file, null);
    }
}
