using System.Text.Json.Nodes;
using Lockplane.Schema.Catalogs;
using Lockplane.Sql.Errors;
using Npgsql;

namespace Lockplane.Cli;

/// <summary>How an error is told on standard error, and the exit code that it has.</summary>
internal static class ErrorText
{
    /// <summary>Set to 1, it shows where a fault of Lockplane's own came from.</summary>
    public const string TraceVariable = "LOCKPLANE_TRACE";

    /// <summary>Tells of an error and returns the exit code.</summary>
    public static int Write(Exception error, TextWriter output, bool json)
    {
        (Told? told, int exitCode) = Describe(error);
        if (json)
        {
            JsonObject members = new() { ["code"] = told.Code, ["name"] = told.Name, ["message"] = told.Message, ["detail"] = told.Detail, ["hint"] = told.Hint };
            output.WriteLine(System.Text.Encoding.UTF8.GetString(CanonicalText.Of(new JsonObject { ["error"] = members })));
        }
        else
        {
            output.WriteLine($"error{(told.Code.Any(char.IsAsciiDigit) ? " " + told.Code : "")}: {PrintableText.Line(told.Message)}");
            foreach (string line in told.Detail is null ? [] : PrintableText.Lines(told.Detail).Split('\n'))
            {
                output.WriteLine("  " + line);
            }

            if (told.Hint is not null)
            {
                output.WriteLine("hint: " + PrintableText.Line(told.Hint));
            }
        }

        if (Environment.GetEnvironmentVariable(TraceVariable) == "1")
        {
            output.WriteLine(error);
        }

        return exitCode;
    }

    private static (Told Told, int ExitCode) Describe(Exception error) => error switch
    {
        LockplaneException e => (new Told(e.Code.Code, e.Code.Name, e.Message, e.Detail, e.Hint), e.Code.ExitCode),
        UsageException e => (new Told("USAGE", "BAD_ARGUMENTS", e.Message, null, e.Hint), ExitCode.Usage),
        OperationCanceledException => (new Told("INTERRUPTED", "INTERRUPTED", "Interrupted; nothing that had begun was committed.", null, null), ExitCode.Interrupted),
        PostgresException e => (new Told(e.SqlState, "POSTGRES", e.MessageText, null, e.Hint), ExitCode.Error),
        NpgsqlException e => (new Told("CONNECTION", "CONNECTION", $"The connection to the server failed: {e.InnerException?.Message ?? e.Message}", null, "Check that the server runs and try again."), ExitCode.Error),
        IOException or UnauthorizedAccessException => (new Told("FILE", "FILE", error.Message, null, null), ExitCode.Error),
        _ => (new Told("BUG", "BUG", $"This is a bug in Lockplane: {error.GetType().Name}: {error.Message}", null, $"Please report it; {TraceVariable}=1 shows where it happened."), ExitCode.Error),
    };

    private sealed record Told(string Code, string Name, string Message, string? Detail, string? Hint);
}
