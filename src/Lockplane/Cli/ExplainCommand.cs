using System.CommandLine;

namespace Lockplane.Cli;

/// <summary><c>lockplane explain</c>: what a plan's steps do, why, what can fail and how to go back.</summary>
internal static class ExplainCommand
{
    public static Command Create(Terminal terminal) => new("explain", "Explain a plan.") { CreatePlan(terminal) };

    private static Command CreatePlan(Terminal terminal)
    {
        TargetOptions target = new();
        Argument<string> plan = PlanReference.MakeArgument();
        Option<bool> markdown = PlanOutput.MarkdownOption();
        Command command = target.AddTo(new Command("plan", "Explain a plan's steps, locks, hazards and way back. A file is explained without a database.") { plan, markdown });
        command.SetAction(async (parsed, cancellation) =>
        {
            PlanFormat format = PlanOutput.Format(target.Json(parsed), parsed.GetValue(markdown));
            string reference = parsed.GetRequiredValue(plan);
            if (File.Exists(reference))
            {
                PlanOutput.Explain(terminal, new ShownPlan(await PlanReference.ReadAsync(reference, cancellation), null, reference, null), format);
                return ExitCode.Done;
            }

            await using OpenDatabase database = target.Open(parsed, terminal);
            PlanOutput.Explain(terminal, ShownPlan.Of(await database.Control.ObserveAsync(await PlanReference.ResolveAsync(database, reference, cancellation), cancellation)), format);
            return ExitCode.Done;
        });
        return command;
    }
}
