using System.CommandLine;
using System.Text.Json.Nodes;
using Lockplane.Hosting;
using Lockplane.Hosting.Configuration;
using Lockplane.Hosting.Operating;

namespace Lockplane.Cli;

/// <summary>The options of every verb that speaks with a running gateway: which one, and which kind of output.</summary>
internal sealed class GatewayVerbOptions
{
    private readonly Option<string?> _config = new("--config") { Description = "The configuration of the gateway, whose state_dir has its control socket.", HelpName = "FILE" };
    private readonly Option<string?> _state = new("--state-dir") { Description = "Its state_dir; the configuration is then not read.", HelpName = "FOLDER" };
    private readonly Option<int?> _process = new("--process") { Description = "The number of the process, where several run; otherwise the newest.", HelpName = "N" };
    private readonly Option<bool> _json = new(TargetOptions.JsonName) { Description = "Canonical JSON on standard output and nothing else." };

    /// <summary>Adds the options to a verb.</summary>
    public Command AddTo(Command command)
    {
        command.Add(_config);
        command.Add(_state);
        command.Add(_process);
        command.Add(_json);
        return command;
    }

    public bool Json(ParseResult parsed) => parsed.GetValue(_json);

    /// <summary>The process that was named; null for the newest.</summary>
    public int? Process(ParseResult parsed) => parsed.GetValue(_process);

    /// <summary>The folder of the control sockets.</summary>
    public string Folder(ParseResult parsed) => parsed.GetValue(_state) is { } folder ? Path.GetFullPath(folder) : Corridor.StateDirectory(ConfigurationLoader.Load(parsed.GetValue(_config)));

    /// <summary>Asks the gateway that the options name.</summary>
    public Task<JsonObject> AskAsync(ParseResult parsed, JsonObject request, CancellationToken cancellation) =>
        new ControlClient(Folder(parsed)).AskAsync(request, Process(parsed), cancellation);
}
