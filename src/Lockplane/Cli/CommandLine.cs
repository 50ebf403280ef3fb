using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Lockplane.Hosting;

namespace Lockplane.Cli;

/// <summary>The command line: every verb, and what becomes of errors.</summary>
internal static class CommandLine
{
    /// <summary>Two minutes for a verb to end in order after Ctrl-C or SIGTERM: the gateway drains, Postgres shuts down, an apply rolls back.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>How long a gateway drains is its configuration's to say.</summary>
    private static readonly TimeSpan DrainPatience = TimeSpan.FromDays(8);

    /// <summary>Runs one command line and returns its exit code.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, Terminal terminal, MakeHostParts makeParts, CancellationToken cancellation)
    {
        bool json = arguments.Contains(TargetOptions.JsonName, StringComparer.Ordinal);
        try
        {
            ParseResult parsed = MakeRoot(terminal, makeParts).Parse(arguments);
            if (parsed.Action is ParseErrorAction)
            {
                throw new UsageException(string.Join(' ', parsed.Errors.Select(error => error.Message)), $"See lockplane {HelpPath(parsed)}--help.");
            }

            return await parsed.InvokeAsync(
                new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = arguments is ["serve", ..] ? DrainPatience : Patience, Output = terminal.Output, Error = terminal.Error }, cancellation);
        }
#pragma warning disable CA1031 // The last place where an error can be told as one.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return ErrorText.Write(e, terminal.Error, json);
        }
    }

    /// <summary>All verbs, in the order of the help.</summary>
    internal static RootCommand MakeRoot(Terminal terminal, MakeHostParts makeParts) => new("Postgres gateway and schema control plane.")
    {
        DevCommand.Create(makeParts),
        ServeCommand.Create(makeParts),
        InspectCommand.Create(terminal),
        DiffCommand.Create(terminal),
        PlanCommand.Create(terminal),
        ValidateCommand.Create(terminal),
        ApproveCommand.Create(terminal),
        ApplyCommand.Create(terminal),
        RollbackCommand.Create(terminal),
        LedgerCommand.Create(terminal),
        VerifyCommand.Create(terminal),
        BaselineCommand.Create(terminal),
        HardenCommand.Create(terminal),
        ExplainCommand.Create(terminal),
        CheckSqlCommand.Create(terminal),
        StatusCommand.Create(terminal),
        SessionsCommand.Create(terminal),
        KillCommand.Create(terminal),
        ReloadCommand.Create(terminal),
        VersionCommand.Create(terminal),
    };

    private static string HelpPath(ParseResult parsed)
    {
        List<string> names = [];
        for (CommandResult? result = parsed.CommandResult; result is { Command: not RootCommand }; result = result.Parent as System.CommandLine.Parsing.CommandResult)
        {
            names.Insert(0, result.Command.Name + " ");
        }

        return string.Concat(names);
    }
}
