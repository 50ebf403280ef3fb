using System.Text.Json.Nodes;
using Lockplane.Control.Plans;
using Lockplane.Schema.Plans;

namespace Lockplane.Cli;

/// <summary>A plan for people to read.</summary>
internal static class PlanText
{
    private const int Margin = 12;

    /// <summary>Steps, the way back, what is not reached, and the hash.</summary>
    /// <param name="terminal">Where to.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="explained">With what each hazard means, and why each step is there.</param>
    public static void Write(Terminal terminal, Plan plan, bool explained = false) => Write(terminal, terminal.Output, plan, explained);

    /// <summary>The same, to standard error: for a question that follows.</summary>
    public static void WriteForQuestion(Terminal terminal, Plan plan) => Write(terminal, terminal.Error, plan, explained: true);

    /// <summary>What a person has to judge before they approve a plan, as its hazards name it, each once.</summary>
    public static IReadOnlyList<string> Judged(Plan plan) =>
        [.. plan.Steps.SelectMany(step => step.Hazards).Where(hazard => Hazards.NeedsApproval(hazard.Name)).Select(hazard => hazard.Object).Distinct(StringComparer.Ordinal)];

    /// <summary>A stored plan with all that is known of it.</summary>
    public static byte[] ToJson(StoredPlan stored)
    {
        IEnumerable<KeyValuePair<string, JsonNode?>> meanings = Hazards.All.Where(hazard => stored.Plan.Steps.Any(step => step.Hazards.Any(h => h.Name == hazard.Name)))
            .Select(hazard => KeyValuePair.Create(hazard.Name, (JsonNode?)hazard.Meaning));
        return CanonicalText.Of(new JsonObject
        {
            ["plan"] = JsonNode.Parse(PlanJson.Write(stored.Plan)),
            ["assessment"] = JsonNode.Parse(stored.Assessment.ToJson()),
            ["needs_approval"] = stored.Plan.NeedsApproval,
            ["judged"] = new JsonArray([.. Judged(stored.Plan).Select(name => (JsonNode)name)]),
            ["hazard_meanings"] = new JsonObject(meanings),
            ["proposer"] = stored.Proposer,
            ["door"] = stored.Door,
            ["applied_seq"] = stored.AppliedSeq,
            ["rollback_of"] = stored.RollbackOf,
        });
    }

    private static void Write(Terminal terminal, TextWriter output, Plan plan, bool explained)
    {
        foreach (PlanStep step in plan.Steps)
        {
            output.WriteLine(terminal.Bold($"{step.N}. {PrintableText.Line(step.Description)}"));
            WriteSql(output, step.Sql);
            WriteFacts(terminal, output, step, explained);
            output.WriteLine();
        }

        WriteField(output, "rollback", Describe(plan.Rollback.Reversibility));
        foreach (string lost in plan.Rollback.Loses)
        {
            WriteField(output, "loses", terminal.Red(PrintableText.Line(lost)));
        }

        foreach (UnreachedFact fact in plan.Unreached)
        {
            WriteField(output, "unreached", PrintableText.Line($"{fact.Object}: {fact.Fact}"));
        }

        WriteField(output, "from", plan.FromHash.Text);
        WriteField(output, "to", plan.ToHash.Text);
        WriteField(output, "plan", terminal.Bold(plan.PlanHash.Text));
    }

    private static void WriteFacts(Terminal terminal, TextWriter output, PlanStep step, bool explained)
    {
        foreach (StepLock @lock in step.Locks)
        {
            WriteField(output, "locks", PrintableText.Line($"{@lock.Relation} {@lock.Mode}"));
        }

        WriteList(output, "rewrites", step.Rewrites);
        WriteList(output, "scans", step.Scans);
        foreach (StepHazard hazard in step.Hazards)
        {
            string? meaning = explained ? Hazards.All.FirstOrDefault(known => known.Name == hazard.Name)?.Meaning : null;
            string text = PrintableText.Line($"{hazard.Name} {hazard.Object}{(meaning is null ? "" : $": {meaning}")}");
            WriteField(output, "hazard", Hazards.NeedsApproval(hazard.Name) ? terminal.Red(text) : text);
        }

        WriteField(output, "undo", Describe(step.Reversibility));
        if (explained)
        {
            WriteField(output, "reason", PrintableText.Line(step.Reason));
        }
    }

    private static void WriteSql(TextWriter output, string sql)
    {
        foreach (string line in (PrintableText.Lines(sql) + ";").Split('\n'))
        {
            output.WriteLine("   " + line);
        }
    }

    private static void WriteList(TextWriter output, string name, IReadOnlyCollection<string> items)
    {
        if (items.Count > 0)
        {
            WriteField(output, name, PrintableText.Line(string.Join(", ", items)));
        }
    }

    private static void WriteField(TextWriter output, string name, string value) => output.WriteLine($"   {name.PadRight(Margin)}{value}");

    private static string Describe(Reversibility reversibility) => reversibility switch
    {
        Reversibility.Exact => "exact",
        Reversibility.DataLost => "data-lost: the structure comes back, the data does not",
        _ => "irreversible",
    };
}
