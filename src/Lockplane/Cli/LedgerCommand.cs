using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Lockplane.Control;
using Lockplane.Control.Ledgers;
using Lockplane.Sql.Errors;

namespace Lockplane.Cli;

/// <summary><c>lockplane ledger</c>: what was applied; <c>ledger show</c>: one entry of it.</summary>
internal static class LedgerCommand
{
    private const int PageSize = 500;

    public static Command Create(Terminal terminal)
    {
        TargetOptions target = new();
        Command command = target.AddTo(new Command("ledger", "List what was applied."));
        command.SetAction(async (parsed, cancellation) =>
        {
            await using OpenDatabase database = target.Open(parsed, terminal);
            List<LedgerRow> rows = await ReadToEndAsync(database.Control, cancellation);
            if (database.Json)
            {
                terminal.WriteJson(CanonicalText.Of(new JsonObject { ["entries"] = new JsonArray([.. rows.Select(ToJson)]) }));
            }
            else
            {
                terminal.WriteTable(["SEQ", "KIND", "COMMITTED", "APPLIER", "STEPS", "PLAN", "SCHEMA"], rows.Select(Columns));
            }

            return ExitCode.Done;
        });
        command.Add(CreateShow(terminal));
        return command;
    }

    private static Command CreateShow(Terminal terminal)
    {
        TargetOptions target = new();
        Argument<long> seq = new("seq") { Description = "The entry's number." };
        Command command = target.AddTo(new Command("show", "Show one entry whole.") { seq });
        command.SetAction(async (parsed, cancellation) =>
        {
            await using OpenDatabase database = target.Open(parsed, terminal);
            long number = parsed.GetValue(seq);
            LedgerRow row = (await database.Control.ReadLedgerAsync(number - 1, 1, cancellation)).FirstOrDefault(row => row.Seq == number)
                ?? throw new LockplaneException(ErrorCodes.StaleBase, string.Create(CultureInfo.InvariantCulture, $"The ledger has no entry {number}."), hint: "Run `lockplane ledger` to see the entries.");
            if (database.Json)
            {
                terminal.WriteJson(CanonicalText.Of(ToJson(row)));
            }
            else
            {
                WriteEntry(terminal, row);
            }

            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>Prints an entry, less its steps' SQL being anything but what was run.</summary>
    internal static void WriteEntry(Terminal terminal, LedgerRow row)
    {
        LedgerEntry entry = row.Entry;
        (string Name, string? Value)[] fields =
        [
            ("entry", entry.Seq.ToString(CultureInfo.InvariantCulture)), ("kind", Kind(entry)), ("from", entry.FromHash), ("to", entry.ToHash), ("plan", entry.PlanHash),
            ("proposer", entry.Proposer), ("applier", $"{entry.Applier} ({entry.Door})"), ("started", entry.StartedAt), ("committing", entry.CommittingAt),
            ("engine", $"{entry.Engine} on Postgres {entry.ServerVersion}"), ("previous", entry.Prev), ("hash", row.Hash), ("signature", row.Signature),
        ];
        foreach ((string name, string? value) in fields.Where(field => field.Value is not null))
        {
            terminal.Output.WriteLine($"{name,-12}{PrintableText.Line(value!)}");
        }

        foreach (EntryApproval approval in entry.Approvals)
        {
            terminal.Output.WriteLine($"{"approved",-12}{PrintableText.Line(approval.Approver)} at {approval.ApprovedAt}");
        }

        foreach ((int index, EntryStep step) in entry.Steps.Index())
        {
            terminal.Output.WriteLine();
            terminal.Output.WriteLine(terminal.Bold(string.Create(CultureInfo.InvariantCulture, $"{index + 1}. {PrintableText.Line(step.Description)}")));
            terminal.Output.WriteLine("   " + PrintableText.Lines(step.Sql).Replace("\n", "\n   ", StringComparison.Ordinal) + ";");
        }
    }

    private static async Task<List<LedgerRow>> ReadToEndAsync(ControlPlane control, CancellationToken cancellation)
    {
        List<LedgerRow> rows = [];
        while (true)
        {
            IReadOnlyList<LedgerRow> page = await control.ReadLedgerAsync(rows.Count == 0 ? 0 : rows[^1].Seq, PageSize, cancellation);
            rows.AddRange(page);
            if (page.Count < PageSize)
            {
                return rows;
            }
        }
    }

    private static string[] Columns(LedgerRow row) =>
    [
        row.Seq.ToString(CultureInfo.InvariantCulture), Kind(row.Entry), row.Entry.CommittingAt[..19] + "Z", row.Entry.Applier,
        row.Entry.Steps.Length.ToString(CultureInfo.InvariantCulture), Short(row.Entry.PlanHash), Short(row.Entry.ToHash),
    ];

    private static JsonNode ToJson(LedgerRow row) => new JsonObject
    {
        ["seq"] = row.Seq, ["body"] = JsonNode.Parse(row.Body), ["hash"] = row.Hash, ["signature"] = row.Signature,
    };

    private static string Kind(LedgerEntry entry) => entry.Kind switch
    {
        EntryKind.Baseline => "baseline",
        EntryKind.Apply => "apply",
        EntryKind.Harden => "harden",
        _ => "rollback",
    };

    private static string Short(string? hash) => hash is null ? "" : Schema.Catalogs.ManifestHash.Parse(hash).Short;
}
