using System.CommandLine;
using System.Globalization;
using Lockplane.Control.Execution;
using Lockplane.Control.Plans;
using Lockplane.Schema.Plans;
using Lockplane.Sql.Errors;

namespace Lockplane.Cli;

/// <summary><c>lockplane apply</c>: runs a plan on the database and writes the ledger entry.</summary>
internal static class ApplyCommand
{
    public static Command Create(Terminal terminal)
    {
        TargetOptions target = new();
        Argument<string> plan = PlanReference.MakeArgument();
        Option<bool> dryRun = new("--dry-run") { Description = "Only validate on a shadow and show the plan; the database is not touched." };
        Option<bool> yes = new("--yes", "-y") { Description = "Do not ask whether to go on. Does not stand for an approval." };
        Command command = target.AddTo(new Command("apply", "Apply a plan: one transaction, checked before and after, with a ledger entry.") { plan, dryRun, yes });
        command.SetAction(async (parsed, cancellation) =>
        {
            await using OpenDatabase database = target.Open(parsed, terminal);
            database.Control.Progress = new ShownProgress(terminal);
            StoredPlan stored = await PlanReference.ResolveAsync(database, parsed.GetRequiredValue(plan), cancellation);
            if (parsed.GetValue(dryRun))
            {
                await terminal.WatchAsync("Validating on a shadow", () => database.Control.ValidateAsync(stored.Plan.PlanHash.Text, cancellation));
                PlanOutput.Write(terminal, stored, database.Json);
                return ExitCode.Done;
            }

            if (terminal.IsInteractive && !parsed.GetValue(yes) && !stored.Plan.NeedsApproval && !await ConfirmAsync(terminal, database, stored, cancellation))
            {
                terminal.Error.WriteLine("Nothing was applied.");
                return ExitCode.Done;
            }

            Write(terminal, stored.Plan, await ApplyAsync(terminal, database, stored, cancellation), database.Json);
            return ExitCode.Done;
        });
        return command;
    }

    // One person may do both in mode owner: asked here, where the plan is in sight, when nobody has approved yet.
    private static async Task<ApplyResult> ApplyAsync(Terminal terminal, OpenDatabase database, StoredPlan stored, CancellationToken cancellation)
    {
        string hash = stored.Plan.PlanHash.Text;
        try
        {
            return await terminal.WatchAsync("Validating on a shadow, then applying", () => database.Control.ApplyAsync(hash, database.Me, cancellation));
        }
        catch (LockplaneException e) when (
            (e.Code == ErrorCodes.ApprovalRequired || e.Code == ErrorCodes.ApprovalVoid) && terminal.IsInteractive && database.Configuration.Approval.Mode == "owner")
        {
            await ApprovalQuestion.AskAsync(terminal, database, stored, cancellation);
            return await terminal.WatchAsync("Validating on a shadow, then applying", () => database.Control.ApplyAsync(hash, database.Me, cancellation));
        }
    }

    private static async Task<bool> ConfirmAsync(Terminal terminal, OpenDatabase database, StoredPlan stored, CancellationToken cancellation)
    {
        PlanText.WriteForQuestion(terminal, stored.Plan);
        string question = $"Apply {PrintableText.Count(stored.Plan.Steps.Length, "step", "steps")} to database {PrintableText.Line(database.Name)}? [y/N]";
        return (await terminal.AskAsync(question, cancellation))?.ToLowerInvariant() is "y" or "yes";
    }

    private static void Write(Terminal terminal, Plan plan, ApplyResult result, bool json)
    {
        foreach (string line in result.Drift)
        {
            terminal.Error.WriteLine("Changed by somebody else meanwhile: " + PrintableText.Line(line));
        }

        if (json)
        {
            terminal.WriteJson(CanonicalText.Of(result));
            return;
        }

        terminal.Output.WriteLine(terminal.Green(result.Replayed
            ? string.Create(CultureInfo.InvariantCulture, $"Applied before: it is ledger entry {result.Seq}. Nothing was done.")
            : string.Create(CultureInfo.InvariantCulture, $"Applied {PrintableText.Count(result.Steps, "step", "steps")}: ledger entry {result.Seq}.")));
        terminal.Output.WriteLine($"   schema      {result.ToHash}");
        terminal.Output.WriteLine($"   entry       {result.EntryHash}");
        terminal.Output.WriteLine(plan.Rollback.Reversibility == Reversibility.Irreversible
            ? new PlanSummary(plan).Undo : string.Create(CultureInfo.InvariantCulture, $"To undo it: lockplane rollback {result.Seq}"));
    }
}
