using System.CommandLine;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Dsl;

namespace Lockplane.Cli;

/// <summary><c>lockplane inspect</c>: the schema as it is, or as a ledger entry left it.</summary>
internal static class InspectCommand
{
    public static Command Create(Terminal terminal)
    {
        TargetOptions target = new();
        Option<string?> format = new("--format") { Description = "json: the manifest; sql: statements that make it; hash: its hash; summary: a list (default)." };
        format.AcceptOnlyFromAmong("json", "sql", "hash", "summary");
        Option<long?> at = new("--at") { Description = "As this entry of the ledger left it.", HelpName = "SEQ" };
        Option<string?> split = new("--split") { Description = "With --format sql: write a file for each object into this folder instead.", HelpName = "DIR" };
        Command command = target.AddTo(new Command("inspect", "Show the schema of the database.") { format, at, split });
        command.Validators.Add(result =>
        {
            if (result.GetValue<bool>(TargetOptions.JsonName) && result.GetValue(format) is not (null or "json"))
            {
                result.AddError("--json is --format json; give one of them.");
            }
        });
        command.Validators.Add(result =>
        {
            if (result.GetResult(split) is not null && result.GetValue(format) != "sql")
            {
                result.AddError("--split writes SQL; give --format sql with it.");
            }
        });
        command.SetAction(async (parsed, cancellation) =>
        {
            await using OpenDatabase database = target.Open(parsed, terminal);
            terminal.Progress("Reading the catalog");
            Catalog catalog = parsed.GetValue(at) is { } seq
                ? await database.Control.InspectAsync(seq, cancellation)
                : await database.Control.InspectAsync(cancellation);
            switch (database.Json ? "json" : parsed.GetValue(format) ?? "summary")
            {
                case "json":
                    terminal.WriteJson(Manifest.Write(catalog));
                    break;
                case "sql" when parsed.GetValue(split) is { } folder:
                    int files = await SplitFolder.WriteAsync(folder, SplitPrinter.Files(catalog), cancellation);
                    terminal.Output.WriteLine($"{PrintableText.Count(files, "file", "files")} in {folder}.");
                    break;
                case "sql":
                    await terminal.Output.WriteAsync(CatalogPrinter.Print(catalog));
                    break;
                case "hash":
                    terminal.Output.WriteLine(ManifestHash.Of(catalog).Text);
                    break;
                default:
                    CatalogText.Write(terminal, catalog);
                    break;
            }

            return ExitCode.Done;
        });
        return command;
    }
}
