using System.Globalization;
using Lockplane.Schema.Plans;

namespace Lockplane.Cli;

/// <summary>A plan as Markdown, for a pull request.</summary>
/// <remarks>
/// Spec: GitHub Flavored Markdown, "Fenced code blocks" (4.5) and "Code spans" (6.3). What others chose (names, expressions, SQL) stands in code only, with more backticks
/// around it than are in it: there it is no HTML, no link, no mention and no heading.
/// </remarks>
internal sealed class PlanMarkdown
{
    private const int ShortestFence = 3;

    private readonly TextWriter _output;
    private readonly Plan _plan;
    private readonly PlanSummary _summary;

    private PlanMarkdown(TextWriter output, Plan plan) => (_output, _plan, _summary) = (output, plan, new PlanSummary(plan));

    /// <summary>Writes the plan: what it comes to, its steps, what its hazards mean, the way back.</summary>
    public static void Write(TextWriter output, ShownPlan shown)
    {
        PlanMarkdown page = new(output, shown.Plan);
        if (shown.Plan.Steps.IsEmpty)
        {
            page.Line($"### Schema plan: {page._summary.Nothing}");
            page.Line();
        }
        else
        {
            page.WriteHead(shown);
            page.WriteSteps();
            page.WriteHazards();
            page.WriteWayBack();
        }

        page.WriteWhole();
        foreach (string command in shown.Next)
        {
            page.Line($"- Next: {Code(command)}");
        }
    }

    /// <summary>Text as a code span.</summary>
    internal static string Code(string text)
    {
        string line = PrintableText.Line(text);
        string marks = new('`', LongestRun(line) + 1);
        string space = line.StartsWith('`') || line.EndsWith('`') ? " " : "";
        return $"{marks}{space}{line}{space}{marks}";
    }

    private void WriteHead(ShownPlan shown)
    {
        Line($"### Schema plan: {_summary.Headline.TrimEnd('.')}");
        Line();
        Line($"- {(_plan.NeedsApproval ? $"**{_summary.Approval(Code)}**" : _summary.Approval(Code))}");
        Line(_plan.Rollback.Reversibility switch
        {
            Reversibility.Exact => "- It can be undone exactly.",
            Reversibility.DataLost => "- **It can be undone, but not all comes back:**",
            _ => "- **It cannot be undone.**",
        });
        foreach (string lost in _plan.Rollback.Loses)
        {
            Line($"  - lost: {Code(lost)}");
        }

        foreach (LockedRelations locks in _summary.Locks)
        {
            Line($"- Locks: {locks.Mode} on {Codes(locks.Relations)}");
        }

        if (_summary.WithUnknownLocks > 0)
        {
            Line($"- Locks: not worked out for {PrintableText.Count(_summary.WithUnknownLocks, "step", "steps")}");
        }

        Line($"- {shown.Validation(Code)}");
        Line();
    }

    private void WriteSteps()
    {
        foreach (ShownStep shown in _summary.Steps)
        {
            PlanStep step = shown.Step;
            Line($"#### {step.N.ToString(CultureInfo.InvariantCulture)}. {Code(step.Description)}");
            Line();
            Fence(shown.Lines, shown.Differs);
            if (!shown.Gone.IsEmpty)
            {
                Fence(shown.Gone, diff: true);
            }

            WriteFacts(shown);
            Line();
        }
    }

    private void WriteFacts(ShownStep shown)
    {
        PlanStep step = shown.Step;
        Line($"- why: {Code(step.Reason)}");
        if (PlanSummary.Describe(shown) is { } again)
        {
            Line($"- {again}");
        }

        foreach (StepLock held in step.Locks)
        {
            Line($"- locks: {LockModes.SqlOf(held.Mode)} on {Code(held.Relation)}");
        }

        foreach ((string name, IReadOnlyCollection<string> items) in new[] { ("rewrites", step.Rewrites), ("scans", step.Scans) })
        {
            if (items.Count > 0)
            {
                Line($"- {name}: {Codes(items)}");
            }
        }

        if (step.Rows is { } rows)
        {
            Line($"- rows: {rows.Min} to {rows.Max}, or it rolls back");
        }

        foreach (StepHazard hazard in step.Hazards)
        {
            string text = $"{Code(hazard.Name)} {Code(hazard.Object)}";
            Line($"- hazard: {(Hazards.NeedsApproval(hazard.Name) ? $"**{text}**" : text)}");
        }

        Line($"- time: {PlanSummary.Describe(step.Timeouts)}");
        Line($"- undo: {PlanSummary.Describe(step.Reversibility)}");
    }

    private void WriteHazards()
    {
        if (_summary.KnownHazards.IsEmpty)
        {
            return;
        }

        Line("#### What the hazards mean");
        Line();
        foreach (Hazard hazard in _summary.KnownHazards)
        {
            Line($"- {Code(hazard.Name)}: {hazard.Meaning}{(hazard.NeedsApproval ? " A person has to approve it." : "")}");
        }

        Line();
    }

    private void WriteWayBack()
    {
        if (_plan.Rollback.Steps.IsEmpty)
        {
            return;
        }

        Line($"<details><summary>The way back: {PrintableText.Count(_plan.Rollback.Steps.Length, "step", "steps")}</summary>");
        Line();
        Fence([.. _plan.Rollback.Steps.SelectMany(step => DefinitionDiff.Plain(step.Sql))], diff: false);
        Line("</details>");
        Line();
    }

    private void WriteWhole()
    {
        foreach (UnreachedFact fact in _plan.Unreached)
        {
            Line($"- Unreached: {Code($"{fact.Object}: {fact.Fact}")}");
        }

        Line($"- From {Code(_plan.FromHash.Text)}");
        Line($"- To {Code(_plan.ToHash.Text)}");
        Line($"- Plan {Code(_plan.PlanHash.Text)}");
    }

    private void Fence(IReadOnlyList<SqlLine> lines, bool diff)
    {
        string fence = new('`', Math.Max(ShortestFence, lines.Max(line => LongestRun(line.Text)) + 1));
        Line(fence + (diff ? "diff" : "sql"));
        foreach (SqlLine line in lines)
        {
            Line(diff ? $"{line.Mark} {line.Text}" : line.Text);
        }

        Line(fence);
        Line();
    }

    private static string Codes(IEnumerable<string> texts) => string.Join(", ", texts.Select(Code));

    private static int LongestRun(string text)
    {
        int longest = 0;
        int run = 0;
        foreach (char c in text)
        {
            run = c == '`' ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }

        return longest;
    }

    private void Line(string text = "") => _output.WriteLine(text);
}
