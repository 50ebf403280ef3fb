using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Lockplane.Cli;

/// <summary><c>lockplane baseline</c>: takes a database under management, or accepts what others changed.</summary>
internal static class BaselineCommand
{
    public static Command Create(Terminal terminal)
    {
        var target = new TargetOptions();
        var administrator = new Option<string?>("--admin-db") { Description = "Who installs schema lockplane, where the database's own role may not.", HelpName = "URL" };
        var command = target.AddTo(new Command("baseline", "Take the database under management: record the schema as it is.") { administrator });
        command.SetAction(async (parsed, cancellation) =>
        {
            await using var database = target.Open(parsed, terminal);
            var row = await database.Control.BaselineAsync(parsed.GetValue(administrator), database.Me, cancellation);
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
