using System.CommandLine;
using Lockplane.Control.Plans;

namespace Lockplane.Cli;

/// <summary><c>lockplane explain</c>: what a plan's steps do and what each hazard means.</summary>
internal static class ExplainCommand
{
    public static Command Create(Terminal terminal) => new("explain", "Explain a plan.") { CreatePlan(terminal) };

    private static Command CreatePlan(Terminal terminal)
    {
        TargetOptions target = new();
        Argument<string> plan = PlanReference.MakeArgument();
        Command command = target.AddTo(new Command("plan", "Explain a plan's steps, locks and hazards.") { plan });
        command.SetAction(async (parsed, cancellation) =>
        {
            await using OpenDatabase database = target.Open(parsed, terminal);
            StoredPlan stored = await PlanReference.ResolveAsync(database, parsed.GetRequiredValue(plan), cancellation);
            if (database.Json)
            {
                terminal.WriteJson(PlanText.ToJson(stored));
            }
            else
            {
                PlanText.Write(terminal, stored.Plan, explained: true);
            }

            return ExitCode.Done;
        });
        return command;
    }
}
