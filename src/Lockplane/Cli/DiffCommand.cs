using System.CommandLine;
using System.Text.Json.Nodes;
using Lockplane.Control.Plans;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;

namespace Lockplane.Cli;

/// <summary><c>lockplane diff</c>: what differs between two schemas, by name.</summary>
internal static class DiffCommand
{
    public static Command Create(Terminal terminal)
    {
        TargetOptions target = new();
        const string Description = "A postgresql:// URL, the NAME of a [databases.NAME], a manifest, a .sql file, a folder of them, or ledger:SEQ.";
        Argument<string> before = new("A") { Description = Description };
        Argument<string> after = new("B") { Description = Description };
        Option<bool> check = new("--check") { Description = "Exit with 2 when something differs." };
        Option<bool> across = new("--across-majors") { Description = "Compare schemas of two major versions: the one that is not of the server's is loaded there." };
        Command command = target.AddTo(new Command("diff", "Show what differs between two schemas.") { before, after, check, across });
        command.SetAction(async (parsed, cancellation) =>
        {
            await using OpenDatabase database = target.Open(parsed, terminal);
            GivenSchema first = await CatalogReference.GiveAsync(database, parsed.GetRequiredValue(before), cancellation);
            GivenSchema second = await CatalogReference.GiveAsync(database, parsed.GetRequiredValue(after), cancellation);
            (Renaming from, Catalog to) = await database.GivenSchemas.CompareAsync(first, second, parsed.GetValue(across), cancellation);
            if (database.Json)
            {
                terminal.WriteJson(ToJson(from, to));
            }
            else
            {
                Write(terminal, from, to);
            }

            return parsed.GetValue(check) && ManifestHash.Of(from.From) != ManifestHash.Of(to) ? ExitCode.Found : ExitCode.Done;
        });
        return command;
    }

    private static void Write(Terminal terminal, Renaming from, Catalog to)
    {
        foreach (Rename rename in from.Renames)
        {
            terminal.Output.WriteLine($"> {PrintableText.Line(rename.From.ToString())} becomes {PrintableText.Line(rename.To.ToString())}");
        }

        CatalogComparison comparison = CatalogComparison.Of(from.Renamed, to);
        foreach (string line in comparison.Lines())
        {
            string safe = PrintableText.Line(line);
            terminal.Output.WriteLine(line[0] == '+' ? terminal.Green(safe) : line[0] == '-' ? terminal.Red(safe) : safe);
        }

        if (comparison.IsEmpty && from.Renames.IsEmpty)
        {
            terminal.Output.WriteLine(ManifestHash.Of(from.From) == ManifestHash.Of(to) ? "Nothing differs." : "No object differs; the scopes do.");
        }
    }

    private static JsonObject ToJson(ObjectDifference change) => new()
    {
        ["object"] = change.Id.ToString(),
        ["facts"] = new JsonArray([.. change.Facts.Select(fact => new JsonObject { ["path"] = fact.Path, ["before"] = fact.Before, ["after"] = fact.After })]),
    };

    private static byte[] ToJson(Renaming from, Catalog to)
    {
        CatalogComparison comparison = CatalogComparison.Of(from.Renamed, to);
        static JsonArray Names<T>(IEnumerable<T> items) => [.. items.Select(item => (JsonNode)item!.ToString()!)];
        return CanonicalText.Of(new JsonObject
        {
            ["from_hash"] = ManifestHash.Of(from.From).Text,
            ["to_hash"] = ManifestHash.Of(to).Text,
            ["renamed"] = new JsonArray([.. from.Renames.Select(rename => new JsonObject { ["from"] = rename.From.ToString(), ["to"] = rename.To.ToString() })]),
            ["added"] = Names(comparison.Added),
            ["removed"] = Names(comparison.Removed),
            ["changed"] = new JsonArray([.. comparison.Changed.Select(ToJson)]),
            ["unmodelled_added"] = Names(comparison.UnmodelledAdded),
            ["unmodelled_removed"] = Names(comparison.UnmodelledRemoved),
        });
    }
}
