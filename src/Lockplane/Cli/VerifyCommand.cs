using System.CommandLine;
using Lockplane.Control.Ledgers;

namespace Lockplane.Cli;

/// <summary><c>lockplane verify</c>: whether the database is what the ledger says, and the ledger is whole.</summary>
internal static class VerifyCommand
{
    public static Command Create(Terminal terminal)
    {
        TargetOptions target = new();
        Command command = target.AddTo(new Command("verify", "Compare the live schema with the ledger and check the ledger. Exits with 2 when something is found."));
        command.SetAction(async (parsed, cancellation) =>
        {
            await using OpenDatabase database = target.Open(parsed, terminal);
            terminal.Progress("Reading catalog and ledger");
            VerifyReport report = await database.Control.VerifyAsync(cancellation);
            if (database.Json)
            {
                terminal.WriteJson(CanonicalText.Of(report));
            }
            else
            {
                Write(terminal, report);
            }

            return report.IsClean ? ExitCode.Done : ExitCode.Found;
        });
        return command;
    }

    internal static void Write(Terminal terminal, VerifyReport report)
    {
        if (report.IsClean)
        {
            terminal.Output.WriteLine(terminal.Green($"Clean: {PrintableText.Count(report.Entries, "ledger entry holds", "ledger entries hold")}, and the live schema is what the last one says."));
        }

        if (!report.InSync)
        {
            terminal.Output.WriteLine(terminal.Red("Drift: the live schema is not what the last ledger entry says."));
            foreach (string line in report.Drift)
            {
                terminal.Output.WriteLine("   " + PrintableText.Line(line));
            }
        }

        if (!report.Faults.IsEmpty)
        {
            terminal.Output.WriteLine(terminal.Red("The ledger does not hold:"));
            foreach (string fault in report.Faults)
            {
                terminal.Output.WriteLine("   " + PrintableText.Line(fault));
            }
        }

        terminal.Output.WriteLine($"   expected    {report.ExpectedHash}");
        terminal.Output.WriteLine($"   live        {report.ActualHash}");
    }
}
