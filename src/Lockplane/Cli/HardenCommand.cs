using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Lockplane.Control.Walls;
using Lockplane.Hosting;
using Lockplane.Hosting.Configuration;

namespace Lockplane.Cli;

/// <summary><c>lockplane harden</c>: whether the database itself refuses what the gate refuses, and what makes it so.</summary>
internal static class HardenCommand
{
    private static readonly Option<bool> Check = new("--check") { Description = "Find which walls stand. Exits with 2 when one is missing." };
    private static readonly Option<bool> Apply = new("--apply") { Description = "Show what builds the missing ones, ask, and run it: one transaction, with a ledger entry." };
    private static readonly Option<string?> Administrator = new("--admin-db") { Description = "The administrator's login. With --check it also tries, as the roles, what the walls forbid; all is rolled back.", HelpName = "URL" };
    private static readonly Option<string[]> Roles = new("--role") { Description = "A login role of the application; may be repeated. Otherwise those that [[identity]], [[auth]] and [[profile]] name.", HelpName = "NAME" };
    private static readonly Option<string[]> Gateways = new("--gateway") { Description = "An address or network that the gateway connects from, or `local`; may be repeated. Otherwise walls.gateways.", HelpName = "ADDRESS" };
    private static readonly Option<bool> Strict = new("--strict") { Description = "Also the functions that verify a signed context, with walls.key; as walls.strict = true." };
    private static readonly Option<bool> Yes = new("--yes", "-y") { Description = "Do not ask whether to go on." };

    public static Command Create(Terminal terminal)
    {
        TargetOptions target = new();
        Command command = target.AddTo(new Command("harden", "Verify and build the second wall: what the database refuses by itself.") { Check, Apply, Administrator, Roles, Gateways, Strict, Yes });
        command.SetAction(async (parsed, cancellation) =>
        {
            string? administrator = parsed.GetValue(Administrator);
            if (parsed.GetValue(Check) == parsed.GetValue(Apply))
            {
                throw new UsageException("Give one of --check and --apply.", "See lockplane harden --help.");
            }

            if (parsed.GetValue(Apply) && administrator is null)
            {
                throw new UsageException("--apply needs --admin-db.", "Give the login of a superuser, or of your provider's administrator: --admin-db postgresql://...");
            }

            await using OpenDatabase database = target.Open(parsed, terminal);
            WallOptions walls = ReadOptions(parsed, database.Configuration);
            terminal.Progress("Checking walls");
            WallReport report = await database.Control.Hardening.CheckAsync(administrator, walls, cancellation);
            if (parsed.GetValue(Check))
            {
                Write(terminal, report, null, database.Json);
                return report.IsMissing ? ExitCode.Found : ExitCode.Done;
            }

            return await ApplyAsync(terminal, database, administrator!, walls, report, parsed.GetValue(Yes), cancellation);
        });
        return command;
    }

    private static async Task<int> ApplyAsync(Terminal terminal, OpenDatabase database, string administrator, WallOptions walls, WallReport report, bool yes, CancellationToken cancellation)
    {
        HardenResult? result = null;
        if (!report.Statements.IsEmpty)
        {
            foreach (string statement in report.Statements)
            {
                terminal.Error.WriteLine(PrintableText.Lines(statement) + ";");
            }

            string question = $"Run {PrintableText.Count(report.Statements.Length, "statement", "statements")} in database {PrintableText.Line(database.Name)} as the administrator? [y/N]";
            if (terminal.IsInteractive && !yes && (await terminal.AskAsync(question, cancellation))?.ToLowerInvariant() is not ("y" or "yes"))
            {
                terminal.Error.WriteLine("Nothing was changed.");
                return ExitCode.Done;
            }

            terminal.Progress("Building walls");
            result = await database.Control.Hardening.BuildAsync(administrator, walls, report.Statements, cancellation);
            report = await database.Control.Hardening.CheckAsync(administrator, walls, cancellation);
        }

        Write(terminal, report, result, database.Json);
        return report.IsMissing ? ExitCode.Found : ExitCode.Done;
    }

    private static WallOptions ReadOptions(ParseResult parsed, LockplaneConfiguration configuration)
    {
        ImmutableArray<string> gateways =
        [
            .. (parsed.GetValue(Gateways) ?? []).Select(text => WallsSection.Network(text) ?? throw new UsageException($"--gateway {text} is no address, network or `local`.", "Write --gateway 10.0.0.5.")),
        ];
        WallOptions walls = WallsOfConfiguration.Of(configuration, [.. parsed.GetValue(Roles) ?? []], gateways);
        walls = parsed.GetValue(Strict) ? walls with { Strict = WallsOfConfiguration.Strict(configuration) } : walls;
        return walls.Roles.IsEmpty ? throw new UsageException("No role of the application is known.", "Name it with --role, or in an [[identity]] of the configuration.") : walls;
    }

    private static void Write(Terminal terminal, WallReport report, HardenResult? result, bool json)
    {
        if (json)
        {
            terminal.WriteJson(CanonicalText.Of(new HardenOutput(report.Database, report.IsMissing, report.Findings, result)));
            return;
        }

        terminal.WriteTable(["ROLE", "WALL", "STATE", "DETAIL"], report.Findings.Select(finding => (string[])[finding.Role ?? "", finding.Wall, Word(finding.State), finding.Detail]));
        foreach (WallFinding finding in report.Findings.Where(finding => finding.State != WallState.Stands && finding.Decisions.Length > 0))
        {
            terminal.Output.WriteLine();
            terminal.Output.WriteLine($"For an owner to decide: {finding.Wall}{(finding.Role is null ? "" : $" of {PrintableText.Line(finding.Role)}")}");
            foreach (string decision in finding.Decisions)
            {
                terminal.Output.WriteLine("   " + PrintableText.Line(decision));
            }
        }

        if (result is not null)
        {
            terminal.Output.WriteLine();
            terminal.Output.WriteLine(terminal.Green(string.Create(CultureInfo.InvariantCulture, $"Walls were built: ledger entry {result.Seq}.")));
            terminal.Output.WriteLine($"   schema      {result.ToHash}");
            terminal.Output.WriteLine($"   entry       {result.EntryHash}");
        }
        else if (!report.Statements.IsEmpty)
        {
            terminal.Output.WriteLine();
            terminal.Output.WriteLine($"To build what is missing ({PrintableText.Count(report.Statements.Length, "statement", "statements")}): lockplane harden --apply --admin-db postgresql://...");
        }
    }

    private static string Word(WallState state) => state switch
    {
        WallState.Stands => "stands",
        WallState.Missing => "missing",
        WallState.NotAvailable => "not available here",
        WallState.NotCheckable => "not checkable",
        WallState.Kept => "kept",
        _ => "note",
    };

    /// <summary>What <c>--json</c> prints.</summary>
    private sealed record HardenOutput(string Database, bool Missing, ImmutableArray<WallFinding> Findings, HardenResult? Entry);
}
