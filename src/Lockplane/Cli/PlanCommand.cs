using System.CommandLine;
using Lockplane.Control.Plans;
using Lockplane.Schema.Plans;

namespace Lockplane.Cli;

/// <summary><c>lockplane plan</c>: how to get from the live schema to another, validated on a shadow and stored.</summary>
internal static class PlanCommand
{
    public static Command Create(Terminal terminal)
    {
        TargetOptions target = new();
        Option<string?> to = new("--to") { Description = "The schema that is wanted: a .sql file, a folder of them, a manifest, ledger:SEQ, or another database.", HelpName = "FILE|FOLDER|MANIFEST|ledger:SEQ|URL|NAME" };
        Option<string?> sql = new("--sql") { Description = "Statements to run as they are written; - reads standard input.", HelpName = "FILE|-" };
        Option<string?> output = new("--out") { Description = "Also write the plan to this file.", HelpName = "FILE" };
        Option<bool> check = new("--check") { Description = "Exit with 2 when there is something to change." };
        Command command = target.AddTo(new Command("plan", "Make a plan: its steps, locks, hazards and way back. Changes nothing.") { to, sql, output, check });
        command.Validators.Add(result =>
        {
            // Whether they are there, not what they hold: the value of an option that was given none cannot be read.
            if (result.GetResult(to) is null == result.GetResult(sql) is null)
            {
                result.AddError("Give one of --to and --sql.");
            }
        });
        command.SetAction(async (parsed, cancellation) =>
        {
            await using OpenDatabase database = target.Open(parsed, terminal);
            terminal.Progress("Planning, and validating on a shadow");
            StoredPlan stored = parsed.GetValue(to) is { } schema
                ? await PlanSchemaAsync(database, schema, cancellation)
                : await PlanStatementsAsync(database, parsed.GetValue(sql)!, terminal, cancellation);
            if (parsed.GetValue(output) is { } file)
            {
                await File.WriteAllBytesAsync(file, [.. PlanJson.Write(stored.Plan), (byte)'\n'], cancellation);
            }

            Write(terminal, stored, database.Json);
            return parsed.GetValue(check) && !stored.Plan.Steps.IsEmpty ? ExitCode.Found : ExitCode.Done;
        });
        return command;
    }

    /// <summary>Prints a plan and the command that comes next.</summary>
    public static void Write(Terminal terminal, StoredPlan stored, bool json)
    {
        if (json)
        {
            terminal.WriteJson(PlanJson.Write(stored.Plan));
            return;
        }

        if (stored.Plan.Steps.IsEmpty)
        {
            terminal.Output.WriteLine("Nothing to do: the database is as it should be.");
            foreach (UnreachedFact fact in stored.Plan.Unreached)
            {
                terminal.Output.WriteLine(PrintableText.Line($"Not reached: {fact.Object}: {fact.Fact}"));
            }

            return;
        }

        PlanText.Write(terminal, stored.Plan);
        terminal.Output.WriteLine();
        terminal.Output.WriteLine($"Validated on a shadow of Postgres {stored.Assessment.ServerVersion}: {PrintableText.Count(stored.Plan.Steps.Length, "step", "steps")}{(stored.Assessment.RollbackHash is null ? "" : " and back")}.");
        if (stored.Plan.NeedsApproval)
        {
            terminal.Output.WriteLine(terminal.Red("A person has to approve it: see its hazards."));
            terminal.Output.WriteLine($"Next: lockplane approve {stored.Plan.PlanHash.Text}");
            terminal.Output.WriteLine($"then: lockplane apply {stored.Plan.PlanHash.Text}");
        }
        else
        {
            terminal.Output.WriteLine($"Next: lockplane apply {stored.Plan.PlanHash.Text}");
        }
    }

    private static async Task<StoredPlan> PlanSchemaAsync(OpenDatabase database, string path, CancellationToken cancellation)
    {
        if (await CatalogReference.FindAsync(database, path, cancellation) is { } catalog)
        {
            return await database.Control.PlanCatalogAsync(catalog, database.Me, cancellation);
        }

        SchemaSource source = await SchemaSource.ReadAsync(path, cancellation);
        return source.Manifest is null
            ? await database.Control.PlanSchemaAsync(source.Files, database.Me, null, cancellation)
            : await database.Control.PlanCatalogAsync(source.Manifest, database.Me, cancellation);
    }

    private static async Task<StoredPlan> PlanStatementsAsync(OpenDatabase database, string path, Terminal terminal, CancellationToken cancellation)
    {
        string text = SchemaSource.StatementsOf(path, await SchemaSource.ReadTextAsync(path, terminal, cancellation));
        return await database.Control.PlanSqlAsync(text, null, database.Me, null, null, cancellation);
    }
}
