using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Lockplane.Hosting.Operating;

namespace Lockplane.Cli;

/// <summary><c>lockplane kill</c>: ends a session.</summary>
internal static class KillCommand
{
    public static Command Create(Terminal terminal)
    {
        GatewayVerbOptions options = new();
        Argument<long> session = new("session") { Description = "The session's number, as `lockplane sessions` prints it." };
        Command command = options.AddTo(new Command("kill", "End a session of the running gateway with 57P01; the audit records it.") { session });
        command.SetAction(async (parsed, cancellation) =>
        {
            long number = parsed.GetValue(session);
            JsonObject answer = await options.AskAsync(parsed, new JsonObject { ["verb"] = ControlVerbs.Kill, ["session"] = number }, cancellation);
            if (options.Json(parsed))
            {
                terminal.WriteJson(CanonicalText.Of(answer));
            }
            else
            {
                terminal.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Session {number} is ended."));
            }

            return ExitCode.Done;
        });
        return command;
    }
}
