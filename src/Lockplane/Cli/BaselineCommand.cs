using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Lockplane.Control.Ledgers;

namespace Lockplane.Cli;

/// <summary><c>lockplane baseline</c>: takes a database under management, or accepts what others changed.</summary>
internal static class BaselineCommand
{
    public static Command Create(Terminal terminal)
    {
        TargetOptions target = new();
        Option<string?> administrator = new("--admin-db") { Description = "Who installs schema lockplane, where the database's own role may not.", HelpName = "URL" };
        Command command = target.AddTo(new Command("baseline", "Take the database under management: record the schema as it is.") { administrator });
        command.SetAction(async (parsed, cancellation) =>
        {
            await using OpenDatabase database = target.Open(parsed, terminal);
            LedgerRow row = await database.Control.BaselineAsync(parsed.GetValue(administrator), database.Me, cancellation);
            if (database.Json)
            {
                terminal.WriteJson(CanonicalText.Of(new JsonObject { ["seq"] = row.Seq, ["entry_hash"] = row.Hash, ["manifest_hash"] = row.Entry.ToHash }));
                return ExitCode.Done;
            }

            terminal.Output.WriteLine(terminal.Green(string.Create(CultureInfo.InvariantCulture, $"Database {PrintableText.Line(database.Name)} is under management: ledger entry {row.Seq} has its schema.")));
            terminal.Output.WriteLine($"   schema      {row.Entry.ToHash}");
            terminal.Output.WriteLine($"   entry       {row.Hash}");
            return ExitCode.Done;
        });
        return command;
    }
}
