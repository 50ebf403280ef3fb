using System.CommandLine;
using System.Text.Json.Nodes;
using Lockplane.Hosting.Operating;
using Lockplane.Sql.Errors;

namespace Lockplane.Cli;

/// <summary><c>lockplane sessions</c>: who is connected, in every process of the gateway.</summary>
internal static class SessionsCommand
{
    public static Command Create(Terminal terminal)
    {
        GatewayVerbOptions options = new();
        Command command = options.AddTo(new Command("sessions", "List the sessions of the running gateway."));
        command.SetAction(async (parsed, cancellation) =>
        {
            List<JsonObject> processes = await AskAllAsync(options.Folder(parsed), options.Process(parsed), cancellation);
            if (options.Json(parsed))
            {
                JsonArray sessions = [.. processes.SelectMany(process => Sessions(process).Select(session => WithProcess(session, (int?)process["process"])))];
                terminal.WriteJson(CanonicalText.Of(new JsonObject { ["sessions"] = sessions }));
            }
            else
            {
                terminal.WriteTable(
                    ["PROCESS", "SESSION", "STATE", "ROLE", "DATABASE", "ADDRESS", "CONTEXT", "APPLICATION", "SINCE"],
                    processes.SelectMany(process => Sessions(process).Select(session => Columns(process, session))));
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<List<JsonObject>> AskAllAsync(string folder, int? only, CancellationToken cancellation)
    {
        List<JsonObject> answers = [];
        IReadOnlyList<int> running = only is { } number ? [number] : ProcessSlot.Running(folder);
        LockplaneException? failure = null;
        foreach (int process in running)
        {
            try
            {
                answers.Add(await AskAsync(folder, process, cancellation));
            }
            catch (LockplaneException e)
            {
                failure = e;
            }
        }

        return answers.Count > 0 ? answers : throw failure ?? await NoneAsync(folder, cancellation);
    }

    // No process holds a number: the error is the one that a question to the newest gives.
    private static async Task<LockplaneException> NoneAsync(string folder, CancellationToken cancellation)
    {
        try
        {
            await AskAsync(folder, null, cancellation);
            return new LockplaneException(ErrorCodes.Configuration, $"No gateway runs from {folder}.");
        }
        catch (LockplaneException e)
        {
            return e;
        }
    }

    private static Task<JsonObject> AskAsync(string folder, int? process, CancellationToken cancellation) =>
        new ControlClient(folder).AskAsync(new JsonObject { ["verb"] = ControlVerbs.Sessions }, process, cancellation);

    private static IEnumerable<JsonObject> Sessions(JsonObject process) => (process["sessions"] as JsonArray ?? []).OfType<JsonObject>();

    private static JsonObject WithProcess(JsonObject session, int? process)
    {
        JsonObject copy = session.DeepClone().AsObject();
        copy["process"] = process;
        return copy;
    }

    private static string[] Columns(JsonObject process, JsonObject session) =>
    [
        process["process"]!.ToString(), session["id"]!.ToString(), Text(session, "state"), Text(session, "role"), Text(session, "database"), Text(session, "address"),
        string.Join(' ', (session["context"] as JsonObject ?? []).Select(setting => $"{setting.Key}={setting.Value}")), Text(session, "application_name"), Text(session, "since"),
    ];

    private static string Text(JsonObject session, string name) => (string?)session[name] ?? "";
}
