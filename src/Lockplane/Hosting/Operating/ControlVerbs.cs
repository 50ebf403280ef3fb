using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using Lockplane.Control;
using Lockplane.Gateway.Operations;
using Lockplane.Gateway.Statements;
using Lockplane.Hosting.Configuration;
using Lockplane.Sql.Errors;
using Lockplane.Wire.Frontend;

namespace Lockplane.Hosting.Operating;

/// <summary>What the control socket answers.</summary>
/// <param name="process">Its number.</param>
/// <param name="parts">What runs.</param>
/// <param name="reload">Reads the configuration again.</param>
internal sealed class ControlVerbs(int process, HostParts parts, ConfigurationReload reload)
{
    public const string Status = "status";
    public const string Sessions = "sessions";
    public const string Kill = "kill";
    public const string Reload = "reload";
    public const string Cancel = "cancel";

    private readonly DateTimeOffset _started = DateTimeOffset.UtcNow;

    /// <summary>Answers one request.</summary>
    /// <exception cref="LockplaneException">LP001: what is asked cannot be done.</exception>
    public async Task<JsonObject> AnswerAsync(JsonObject request, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        switch (TextOf(request, "verb"))
        {
            case Status:
                return StatusOf();
            case Sessions:
                return new JsonObject { ["process"] = process, ["sessions"] = new JsonArray([.. parts.Operated.Sessions.OrderBy(session => session.Id).Select(ToJson)]) };
            case Kill:
                return KillSession(NumberOf(request, "session"));
            case Reload:
                return ToJson(reload.Run());
            case Cancel:
                CancelRequest cancel = new((int)NumberOf(request, "process_id"), KeyOf(request));
                return new JsonObject { ["cancelled"] = await parts.Operated.CancelAsync(cancel) };
            default:
                throw new LockplaneException(ErrorCodes.Configuration, $"The gateway does not know the verb '{PrintableText.Line(TextOf(request, "verb"), 40)}'.",
                    hint: "Its version is another than that of the command: run the same version.");
        }
    }

    /// <summary>A reload's outcome, as JSON.</summary>
    public static JsonObject ToJson(ImmutableArray<ConfigurationChange> changes) => new()
    {
        ["changes"] = new JsonArray(
        [
            .. changes.Select(change => new JsonObject { ["key"] = change.Key, ["from"] = change.From, ["to"] = change.To, ["needs_restart"] = change.NeedsRestart }),
        ]),
    };

    private JsonObject KillSession(long session) => parts.Operated.Kill(session)
        ? new JsonObject { ["killed"] = session }
        : throw new LockplaneException(ErrorCodes.Configuration, string.Create(CultureInfo.InvariantCulture, $"There is no session {session} in gateway process {process}."),
            hint: "Run `lockplane sessions` to see those that there are; --process names another process.");

    private JsonObject StatusOf()
    {
        GatewayStatus status = parts.Operated.Status;
        LockplaneConfiguration configuration = reload.Current;
        return new JsonObject
        {
            ["version"] = Engine.Name.Split(' ')[^1],
            ["pid"] = Environment.ProcessId,
            ["process"] = process,
            ["started_at"] = _started.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            ["uptime_seconds"] = (long)(DateTimeOffset.UtcNow - _started).TotalSeconds,
            ["configuration"] = configuration.Path is null ? null : Path.GetFullPath(configuration.Path),
            ["state"] = status.Draining ? "draining" : "serving",
            ["listeners"] = new JsonArray([.. status.Listeners.Select(listener => (JsonNode)listener)]),
            ["http"] = configuration.Http.Listen + ":" + configuration.Http.Port.ToString(CultureInfo.InvariantCulture),
            ["sessions"] = status.Sessions,
            ["connections"] = status.Connections,
            ["servers"] = new JsonArray(new JsonObject
            {
                ["name"] = status.Server.Name,
                ["address"] = status.Server.Address,
                ["state"] = status.Server.At is null ? "not asked yet" : status.Server.Failure is null ? "ok" : "failed",
                ["failure"] = status.Server.Failure,
                ["at"] = status.Server.At?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            }),
            ["audit"] = new JsonObject
            {
                ["target"] = configuration.Audit.File ?? "standard output",
                ["state"] = parts.Audit.Failure is null ? "ok" : parts.Audit.Refuses ? "failed, new sessions are refused" : "failed, events are dropped",
                ["failure"] = parts.Audit.Failure,
                ["written"] = parts.Audit.Written,
                ["lost"] = parts.Audit.Lost,
            },
            ["profiles"] = new JsonArray([.. ProfileNames(configuration).Select(name => (JsonNode)name)]),
            ["passthrough"] = new JsonArray([.. configuration.PassthroughRoles.Select(role => (JsonNode)role)]),
        };
    }

    // Application is what sessions get that no rule is for.
    private static IEnumerable<string> ProfileNames(LockplaneConfiguration configuration) => configuration.Profiles.Select(rule => Profile.NameOf(rule.Kind) + (rule.Mode == ProfileMode.Observe ? " (observe)" : ""))
        .Append(Profile.NameOf(ProfileKind.Application)).Distinct();

    private static JsonObject ToJson(SessionInfo session) => new()
    {
        ["id"] = session.Id,
        ["state"] = session.State switch
        {
            SessionState.Starting => "starting",
            SessionState.Idle => "idle",
            SessionState.Active => "active",
            SessionState.IdleInTransaction => "idle in transaction",
            _ => "ending",
        },
        ["role"] = session.Role,
        ["database"] = session.Database,
        ["address"] = session.Address?.ToString() ?? "local",
        ["context"] = new JsonObject(session.Context.Settings.Select(setting => KeyValuePair.Create<string, JsonNode?>(setting.Key, setting.Value))),
        ["application_name"] = session.ApplicationName,
        ["profile"] = session.Profile,
        ["since"] = session.Since.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        ["tls"] = session.Tls,
    };

    private static ImmutableArray<byte> KeyOf(JsonObject request)
    {
        byte[] key = new byte[Wire.ProtocolLimits.CancelKeyBytes];
        return Convert.TryFromBase64String(TextOf(request, "key"), key, out int length) && length >= 4 ? [.. key.AsSpan(0, length)] : throw Missing("key");
    }

    private static string TextOf(JsonObject request, string name)
    {
        try
        {
            return request[name] is JsonValue value && value.TryGetValue(out string? text) ? text : throw Missing(name);
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair, or bytes that are no UTF-8: told only when the text is read.
            throw Missing(name);
        }
    }

    private static long NumberOf(JsonObject request, string name) => request[name] is JsonValue value && value.TryGetValue(out long number) ? number : throw Missing(name);

    private static LockplaneException Missing(string name) => new(ErrorCodes.Configuration, $"The request to the control socket lacks '{name}'.");
}
