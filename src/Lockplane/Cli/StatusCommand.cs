using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Lockplane.Hosting.Operating;

namespace Lockplane.Cli;

/// <summary><c>lockplane status</c>: how the running gateway is.</summary>
internal static class StatusCommand
{
    public static Command Create(Terminal terminal)
    {
        GatewayVerbOptions options = new();
        Command command = options.AddTo(new Command("status", "Show how the running gateway is."));
        command.SetAction(async (parsed, cancellation) =>
        {
            JsonObject answer = await options.AskAsync(parsed, new JsonObject { ["verb"] = ControlVerbs.Status }, cancellation);
            IReadOnlyList<int> others = [.. ProcessSlot.Running(options.Folder(parsed)).Where(process => process != (int?)answer["process"])];
            answer["other_processes"] = new JsonArray([.. others.Select(process => (JsonNode)process)]);
            if (options.Json(parsed))
            {
                terminal.WriteJson(CanonicalText.Of(answer));
            }
            else
            {
                Write(terminal, answer);
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static void Write(Terminal terminal, JsonObject status)
    {
        List<(string Name, string Value)> lines =
        [
            ("gateway", $"lockplane {Text(status, "version")}, {Text(status, "state")}"),
            ("process", $"{Text(status, "process")} (pid {Text(status, "pid")}), up {TimeSpan.FromSeconds((long?)status["uptime_seconds"] ?? 0).ToString("c", CultureInfo.InvariantCulture)}"),
            ("configuration", Text(status, "configuration")),
            ("listens on", string.Join(", ", Items(status, "listeners").Select(listener => $"{listener}"))),
            ("http", Text(status, "http")),
            ("sessions", $"{Text(status, "sessions")} ({Text(status, "connections")} connections)"),
        ];
        lines.AddRange(Items(status, "servers").OfType<JsonObject>().Select(server => ($"server {Text(server, "name")}", $"{Text(server, "address")}: {Text(server, "state")}{Because(server)}")));
        if (status["audit"] is JsonObject audit)
        {
            lines.Add(("audit", $"{Text(audit, "target")}: {Text(audit, "state")}, {Text(audit, "written")} written, {Text(audit, "lost")} lost{Because(audit)}"));
        }

        lines.Add(("profiles", string.Join(", ", Items(status, "profiles").Select(profile => $"{profile}"))));
        lines.AddRange(Items(status, "passthrough").Select(role => ("not judged", $"{role}")));
        string others = string.Join(", ", Items(status, "other_processes").Select(process => $"{process}"));
        if (others.Length > 0)
        {
            lines.Add(("beside it", "process " + others));
        }

        foreach ((string name, string value) in lines)
        {
            terminal.Output.WriteLine($"{name,-15}{PrintableText.Line(value)}");
        }
    }

    private static string Because(JsonObject part) => part["failure"] is { } failure ? $" ({failure})" : "";

    private static JsonArray Items(JsonObject status, string name) => status[name] as JsonArray ?? [];

    private static string Text(JsonObject part, string name) => part[name]?.ToString() ?? "";
}
