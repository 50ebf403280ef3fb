using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Lockplane.Schema.Catalogs;
using Lockplane.Sql.Errors;

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
        Command command = target.AddTo(new Command("diff", "Show what differs between two schemas.") { before, after, check });
        command.SetAction(async (parsed, cancellation) =>
        {
            await using OpenDatabase database = target.Open(parsed, terminal);
            Catalog from = await CatalogReference.ReadAsync(database, parsed.GetRequiredValue(before), cancellation);
            Catalog to = await CatalogReference.ReadAsync(database, parsed.GetRequiredValue(after), cancellation);
            if (from.ServerMajor != to.ServerMajor)
            {
                throw new LockplaneException(ErrorCodes.MajorChanged, string.Create(CultureInfo.InvariantCulture, $"One schema is of Postgres {from.ServerMajor}, the other of {to.ServerMajor}."), hint: "Compare schemas of one major version.");
            }

            CatalogComparison comparison = CatalogComparison.Of(from, to);
            if (database.Json)
            {
                terminal.WriteJson(ToJson(from, to, comparison));
            }
            else
            {
                Write(terminal, from, to, comparison);
            }

            return parsed.GetValue(check) && ManifestHash.Of(from) != ManifestHash.Of(to) ? ExitCode.Found : ExitCode.Done;
        });
        return command;
    }

    private static void Write(Terminal terminal, Catalog from, Catalog to, CatalogComparison comparison)
    {
        foreach (string line in comparison.Lines())
        {
            string safe = PrintableText.Line(line);
            terminal.Output.WriteLine(line[0] == '+' ? terminal.Green(safe) : line[0] == '-' ? terminal.Red(safe) : safe);
        }

        if (comparison.IsEmpty)
        {
            terminal.Output.WriteLine(ManifestHash.Of(from) == ManifestHash.Of(to) ? "Nothing differs." : "No object differs; the scopes do.");
        }
    }

    private static JsonObject ToJson(ObjectDifference change) => new()
    {
        ["object"] = change.Id.ToString(),
        ["facts"] = new JsonArray([.. change.Facts.Select(fact => new JsonObject { ["path"] = fact.Path, ["before"] = fact.Before, ["after"] = fact.After })]),
    };

    private static byte[] ToJson(Catalog from, Catalog to, CatalogComparison comparison)
    {
        static JsonArray Names<T>(IEnumerable<T> items) => [.. items.Select(item => (JsonNode)item!.ToString()!)];
        return CanonicalText.Of(new JsonObject
        {
            ["from_hash"] = ManifestHash.Of(from).Text,
            ["to_hash"] = ManifestHash.Of(to).Text,
            ["added"] = Names(comparison.Added),
            ["removed"] = Names(comparison.Removed),
            ["changed"] = new JsonArray([.. comparison.Changed.Select(ToJson)]),
            ["unmodelled_added"] = Names(comparison.UnmodelledAdded),
            ["unmodelled_removed"] = Names(comparison.UnmodelledRemoved),
        });
    }
}
