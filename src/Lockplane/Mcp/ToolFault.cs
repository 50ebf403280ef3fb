using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lockplane.Sql.Errors;
using ModelContextProtocol.Protocol;

namespace Lockplane.Mcp;

/// <summary>An argument that cannot be used.</summary>
internal sealed class BadArgumentException(string message, string next = "Correct the arguments and call the tool again.") : Exception(message)
{
    /// <summary>The one thing to do now.</summary>
    public string Next { get; } = next;
}

/// <summary>Errors as an agent reads them: <c>isError</c> and one text block <c>{"error":{code, name, message, next, details}}</c>.</summary>
/// <remarks>Never structured content: clients check that against the tool's output schema and would hide the error. Never Postgres's DETAIL or CONTEXT, which quote rows.</remarks>
internal static class ToolFault
{
    private const int LongestMessage = 1_000;
    private const int LongestDetails = 4_000;

    // The default encoder writes quotes as \u0027, which models read badly; the text goes into no HTML.
    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static CallToolResult ToResult(LockplaneException error) => Make(error.Code.Code, error.Code.Name, error.Message, Next(error), error.Detail);

    public static CallToolResult ToResult(BadArgumentException error) => BadArguments(error.Message, error.Next);

    public static CallToolResult BadArguments(string message, string next) => Make("BAD_ARGUMENTS", "BAD_ARGUMENTS", message, next, null);

    /// <summary>A fault of our own: what it was is in the log.</summary>
    public static CallToolResult Internal() => Make("INTERNAL", "INTERNAL", "The tool failed because of a fault in Lockplane.", "Tell a person; the log of the process has more.", null);

    public static CallToolResult Unavailable() => Make("UNAVAILABLE", "UNAVAILABLE", "The database did not answer.", "Try again later.", null);

    private static string Next(LockplaneException error) => error.Code.Code switch
    {
        "LP101" => "A person runs `lockplane verify` and decides what becomes of the drift.",
        "LP102" => "Call inspect_schema for the manifest hash as it is now, then plan_change from it.",
        "LP201" or "LP202" or "LP203" or "LP204" or "LP205" or "LP401" => "Correct the SQL and call plan_change again. " + error.Hint,
        "LP502" or "LP503" => "Wait, then call apply_plan again with the same plan_hash.",
        _ => error.Hint,
    };

    private static CallToolResult Make(string code, string name, string message, string next, string? details)
    {
        JsonObject members = new() { ["code"] = code, ["name"] = name, ["message"] = PrintableText.Line(message, LongestMessage), ["next"] = PrintableText.Line(next, LongestMessage) };
        if (details is not null)
        {
            members["details"] = PrintableText.Lines(details) is { Length: > LongestDetails } text ? text[..(LongestDetails - 3)] + "..." : PrintableText.Lines(details);
        }

        return new CallToolResult { IsError = true, Content = [new TextContentBlock { Text = new JsonObject { ["error"] = members }.ToJsonString(Options) }] };
    }
}
