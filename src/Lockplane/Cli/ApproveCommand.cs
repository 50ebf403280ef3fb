using System.CommandLine;
using Lockplane.Control.Plans;
using Lockplane.Sql.Errors;

namespace Lockplane.Cli;

/// <summary><c>lockplane approve</c>: a person takes responsibility for what a plan destroys, opens or brings in.</summary>
internal static class ApproveCommand
{
    public static Command Create(Terminal terminal)
    {
        TargetOptions target = new();
        Argument<string> plan = PlanReference.MakeArgument();
        Command command = target.AddTo(new Command("approve", "Approve a plan that destroys something, opens access or brings code in. Asks a person at a terminal.") { plan });
        command.SetAction(async (parsed, cancellation) =>
        {
            await using OpenDatabase database = target.Open(parsed, terminal);
            StoredPlan stored = await PlanReference.ResolveAsync(database, parsed.GetRequiredValue(plan), cancellation);
            if (!stored.Plan.NeedsApproval)
            {
                terminal.Error.WriteLine("The plan needs no approval.");
                return ExitCode.Done;
            }

            if (terminal.IsInteractive)
            {
                await ApprovalQuestion.AskAsync(terminal, database, stored, cancellation);
            }
            else if (database.Configuration.Approval.AllowNonInteractive)
            {
                await ApprovalQuestion.RecordAsync(terminal, database, stored, cancellation);
            }
            else
            {
                throw new LockplaneException(
                    ErrorCodes.DeniedByPolicy,
                    "An approval is given by a person, and there is no terminal to ask one at.",
                    hint: "Run it at a terminal, or set approval.allow_noninteractive = true where that is meant.");
            }

            return ExitCode.Done;
        });
        return command;
    }
}
