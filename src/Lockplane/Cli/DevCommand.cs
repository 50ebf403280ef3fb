using System.CommandLine;
using Lockplane.Dev;
using Lockplane.Hosting;

namespace Lockplane.Cli;

/// <summary><c>lockplane dev</c>: what <c>./dev up</c> runs.</summary>
internal static class DevCommand
{
    public static Command Create(MakeHostParts makeParts)
    {
        Option<string> state = new("--state-dir") { Description = "The folder for cluster, secrets and configuration.", DefaultValueFactory = _ => ".lockplane" };
        Option<string?> db = new("--db") { Description = "A server that runs already, as a postgresql:// URL, instead of the embedded one." };
        Command command = new("dev", "Start Postgres with a sample database, gateway and HTTP; Ctrl-C stops them.") { state, db };
        command.SetAction(async (parsed, cancellation) =>
        {
            try
            {
                await new DevProcess(makeParts, Console.Out).RunAsync(parsed.GetRequiredValue(state), parsed.GetValue(db), cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                // Stopped while it was starting.
            }

            return 0;
        });
        return command;
    }
}
