using System.CommandLine;
using Lockplane.Control.Plans;

namespace Lockplane.Cli;

/// <summary><c>lockplane rollback</c>: makes the plan that undoes a ledger entry. To apply it is a second step.</summary>
internal static class RollbackCommand
{
    public static Command Create(Terminal terminal)
    {
        TargetOptions target = new();
        Argument<long> seq = new("seq") { Description = "The ledger entry to undo." };
        Command command = target.AddTo(new Command("rollback", "Make the plan that undoes a ledger entry. Changes nothing.") { seq });
        command.SetAction(async (parsed, cancellation) =>
        {
            await using OpenDatabase database = target.Open(parsed, terminal);
            database.Control.Progress = new ShownProgress(terminal);
            StoredPlan stored = await terminal.WatchAsync("Planning", () => database.Control.PlanRollbackAsync(parsed.GetValue(seq), database.Me, null, cancellation));
            PlanOutput.Write(terminal, stored, database.Json);
            return ExitCode.Done;
        });
        return command;
    }
}
