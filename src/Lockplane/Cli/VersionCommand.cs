using System.CommandLine;
using System.Text.Json.Nodes;
using Lockplane.Control;

namespace Lockplane.Cli;

/// <summary><c>lockplane version</c>.</summary>
internal static class VersionCommand
{
    public static Command Create(Terminal terminal)
    {
        Option<bool> json = new(TargetOptions.JsonName) { Description = "As JSON." };
        Command command = new("version", "Print the version.") { json };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(json))
            {
                terminal.WriteJson(CanonicalText.Of(new JsonObject { ["version"] = Engine.Name.Split(' ')[^1] }));
            }
            else
            {
                terminal.Output.WriteLine(Engine.Name);
            }

            return ExitCode.Done;
        });
        return command;
    }
}
