using System.Globalization;
using Lockplane.Control.Plans;
using Lockplane.Sql.Errors;

namespace Lockplane.Cli;

/// <summary>Asks a person for an approval: they read what it is about and type its name.</summary>
internal static class ApprovalQuestion
{
    private const int PrefixDigits = 12;

    /// <summary>Shows the plan, asks, and records the approval.</summary>
    /// <exception cref="LockplaneException">LP302: the answer was another.</exception>
    public static async Task AskAsync(Terminal terminal, OpenDatabase database, StoredPlan stored, CancellationToken cancellation)
    {
        PlanText.WriteForQuestion(terminal, stored.Plan);
        ObservationText.Write(terminal.Error, (await database.Control.ObserveAsync(stored, cancellation)).Assessment.Target);
        IReadOnlyList<string> judged = PlanText.Judged(stored.Plan);
        terminal.Error.WriteLine();
        terminal.Error.WriteLine(terminal.Red($"In database {PrintableText.Line(database.Name)} this destroys, opens or brings in:"));
        foreach (string name in judged)
        {
            terminal.Error.WriteLine("  " + PrintableText.Line(name));
        }

        IReadOnlyList<string> expected = ExpectedAnswers(stored);
        string question = judged.Count > 0 ? $"Type the name of one of them to approve ({PrintableText.Line(expected[0])}):" : $"Type the first {PrefixDigits} digits of the plan's hash to approve:";
        if (await terminal.AskAsync(question, cancellation) is not { } answer || !expected.Contains(answer, StringComparer.Ordinal))
        {
            throw new LockplaneException(ErrorCodes.ApprovalRequired, "That is not the name; nothing was approved.", hint: $"Run it again: lockplane approve {stored.Plan.PlanHash.Text}");
        }

        await RecordAsync(terminal, database, stored, cancellation);
    }

    /// <summary>Records the approval and says until when it holds.</summary>
    public static async Task RecordAsync(Terminal terminal, OpenDatabase database, StoredPlan stored, CancellationToken cancellation)
    {
        DateTime expires = await database.Control.ApproveAsync(stored.Plan.PlanHash.Text, database.Me, cancellation);
        terminal.Error.WriteLine($"Approved by {PrintableText.Line(database.Me.Name)} until {expires.ToString("u", CultureInfo.InvariantCulture)}, for one apply.");
    }

    /// <summary>What may be typed: names of what it is about, with and without their kinds, and as they are shown; else the plan's first digits.</summary>
    internal static IReadOnlyList<string> ExpectedAnswers(StoredPlan stored)
    {
        IReadOnlyList<string> judged = PlanText.Judged(stored.Plan);
        string[] names = [.. judged.Select(WithoutKind), .. judged];
        return names.Length > 0 ? [.. names.Union(names.Select(name => PrintableText.Line(name)))] : [stored.Plan.PlanHash.Short];
    }

    // The kind is words; the name begins after the space before its first quote, or after the last space when nothing is quoted.
    private static string WithoutKind(string name)
    {
        int quote = name.IndexOf('"', StringComparison.Ordinal);
        return name[((quote < 0 ? name : name[..quote]).LastIndexOf(' ') + 1)..];
    }
}
