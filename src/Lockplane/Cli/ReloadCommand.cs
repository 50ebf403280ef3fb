using System.CommandLine;
using System.Text.Json.Nodes;
using Lockplane.Hosting.Operating;

namespace Lockplane.Cli;

/// <summary><c>lockplane reload</c>: the running gateway reads its configuration again.</summary>
internal static class ReloadCommand
{
    public static Command Create(Terminal terminal)
    {
        GatewayVerbOptions options = new();
        Command command = options.AddTo(new Command("reload", "Let the running gateway read its configuration again, and print what changed. An invalid one is refused, and nothing changes."));
        command.SetAction(async (parsed, cancellation) =>
        {
            JsonObject answer = await options.AskAsync(parsed, new JsonObject { ["verb"] = ControlVerbs.Reload }, cancellation);
            if (options.Json(parsed))
            {
                terminal.WriteJson(CanonicalText.Of(answer));
                return ExitCode.Done;
            }

            List<JsonObject> changes = [.. (answer["changes"] as JsonArray ?? []).OfType<JsonObject>()];
            terminal.Output.WriteLine(changes.Count == 0
                ? "No key changed. Files that the configuration names were read again."
                : $"{PrintableText.Count(changes.Count, "key", "keys")} changed:");
            foreach (JsonObject change in changes)
            {
                (string? from, string? to) = ((string?)change["from"], (string?)change["to"]);
                string text = from is not null && from == to ? "another secret" : $"{from ?? "(none)"} -> {to ?? "(none)"}";
                string effect = (bool?)change["needs_restart"] == true ? terminal.Red("  takes effect after a restart") : "";
                terminal.Output.WriteLine($"  {PrintableText.Line((string?)change["key"] ?? "")}: {PrintableText.Line(text)}{effect}");
            }

            return ExitCode.Done;
        });
        return command;
    }
}
