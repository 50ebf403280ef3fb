using System.CommandLine;
using System.Globalization;
using Lockplane.Control.Plans;
using Lockplane.Control.Shadows;

namespace Lockplane.Cli;

/// <summary><c>lockplane validate</c>: runs a plan and its rollback on a fresh shadow.</summary>
internal static class ValidateCommand
{
    public static Command Create(Terminal terminal)
    {
        TargetOptions target = new();
        Argument<string> plan = PlanReference.MakeArgument();
        Command command = target.AddTo(new Command("validate", "Run a plan and its rollback on a shadow of the database as it is now.") { plan });
        command.SetAction(async (parsed, cancellation) =>
        {
            await using OpenDatabase database = target.Open(parsed, terminal);
            database.Control.Progress = new ShownProgress(terminal);
            (StoredPlan stored, Assessment assessment) = await terminal.WatchAsync("Validating on a shadow", async () =>
            {
                StoredPlan stored = await PlanReference.ResolveAsync(database, parsed.GetRequiredValue(plan), cancellation);
                return (stored, await database.Control.ValidateAsync(stored.Plan.PlanHash.Text, cancellation));
            });
            if (database.Json)
            {
                terminal.WriteJson(assessment.ToJson());
                return ExitCode.Done;
            }

            foreach (StepObservation step in assessment.Steps)
            {
                terminal.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{step.N}. {PrintableText.Line(stored.Plan.Steps[step.N - 1].Description)}: {step.DurationMs} ms"));
            }

            terminal.Output.WriteLine($"reached     {assessment.ReachedHash}");
            terminal.Output.WriteLine($"rolled back {assessment.RollbackHash ?? "not: the plan is irreversible"}");
            terminal.Output.WriteLine(terminal.Green($"Valid: the plan leads where it says on Postgres {assessment.ServerVersion}."));
            return ExitCode.Done;
        });
        return command;
    }
}
