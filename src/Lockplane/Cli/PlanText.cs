using Lockplane.Control.Plans;
using Lockplane.Schema.Plans;

namespace Lockplane.Cli;

/// <summary>A plan for people to read at a terminal.</summary>
internal sealed class PlanText
{
    private const int Margin = 11;

    private readonly Terminal _terminal;
    private readonly TextWriter _output;
    private readonly Plan _plan;
    private readonly PlanSummary _summary;
    private readonly bool _explained;
    private readonly string _indent;

    private PlanText(Terminal terminal, TextWriter output, Plan plan, bool explained)
    {
        (_terminal, _output, _plan, _explained, _summary) = (terminal, output, plan, explained, new PlanSummary(plan));
        _indent = new string(' ', Math.Max(plan.Steps.Length, plan.Rollback.Steps.Length).ToString(System.Globalization.CultureInfo.InvariantCulture).Length + 4);
    }

    /// <summary>The plan, whether it was validated, and the command that comes next.</summary>
    /// <param name="terminal">Where to.</param>
    /// <param name="shown">The plan.</param>
    /// <param name="explained">With what each hazard means, why each step is there, and the way back.</param>
    public static void Write(Terminal terminal, ShownPlan shown, bool explained)
    {
        PlanText text = new(terminal, terminal.Output, shown.Plan, explained);
        text.WritePlan();
        text.WriteNext(shown);
    }

    /// <summary>The plan, to standard error: for a question that follows.</summary>
    public static void WriteForQuestion(Terminal terminal, Plan plan) => new PlanText(terminal, terminal.Error, plan, explained: true).WritePlan();

    /// <summary>What a person has to judge before they approve a plan, as its hazards name it, each once.</summary>
    public static IReadOnlyList<string> Judged(Plan plan) =>
        [.. plan.Steps.SelectMany(step => step.Hazards).Where(hazard => Hazards.NeedsApproval(hazard.Name)).Select(hazard => hazard.Object).Distinct(StringComparer.Ordinal)];

    private void WritePlan()
    {
        if (_plan.Steps.IsEmpty)
        {
            _output.WriteLine(_summary.Nothing);
        }
        else
        {
            _output.WriteLine(_terminal.Bold(_summary.Headline));
            string approval = _summary.Approval(PrintableText.Line);
            _output.WriteLine(_plan.NeedsApproval ? _terminal.Red(approval) : approval);
            _output.WriteLine(_plan.Rollback.Reversibility == Reversibility.Exact ? _summary.Undo : _terminal.Red(PrintableText.Line(_summary.Undo)));
            _output.WriteLine();
        }

        foreach (ShownStep step in _summary.Steps)
        {
            WriteStep(step);
            WriteFacts(step.Step);
            _output.WriteLine();
        }

        if (_explained && !_plan.Rollback.Steps.IsEmpty)
        {
            _output.WriteLine(_terminal.Bold($"The way back: {PrintableText.Count(_plan.Rollback.Steps.Length, "step", "steps")}."));
            _output.WriteLine();
            foreach (ShownStep step in ShownStep.Plain(_plan.Rollback.Steps))
            {
                WriteStep(step);
            }

            _output.WriteLine();
        }

        WriteWhole();
    }

    private void WriteStep(ShownStep shown)
    {
        string number = shown.Step.N.ToString(System.Globalization.CultureInfo.InvariantCulture).PadLeft(_indent.Length - 4);
        string note = PlanSummary.Describe(shown) is { } words ? _terminal.Dim($" ({words})") : "";
        _output.WriteLine($"{Coloured(shown.Mark, shown.Mark.ToString())} {number}  {_terminal.Bold(PrintableText.Line(shown.Step.Description))}{note}");
        WriteLines(shown.Lines);
        if (_explained)
        {
            WriteLines(shown.Gone);
        }
    }

    private void WriteLines(IEnumerable<SqlLine> lines)
    {
        foreach (SqlLine line in lines)
        {
            _output.WriteLine(line.Mark == ' ' ? $"{_indent}  {line.Text}" : _indent + Coloured(line.Mark, $"{line.Mark} {line.Text}"));
        }
    }

    private void WriteFacts(PlanStep step)
    {
        if (_explained)
        {
            WriteField("why", PrintableText.Line(step.Reason));
        }

        foreach (StepLock held in step.Locks)
        {
            WriteField("locks", PrintableText.Line($"{LockModes.SqlOf(held.Mode)} on {held.Relation}"));
        }

        WriteList("rewrites", step.Rewrites);
        WriteList("scans", step.Scans);
        if (step.Rows is { } rows)
        {
            WriteField("rows", $"{rows.Min} to {rows.Max}, or it rolls back");
        }

        foreach (StepHazard hazard in step.Hazards)
        {
            string text = PrintableText.Line($"{hazard.Name} {hazard.Object}");
            WriteField("hazard", Hazards.NeedsApproval(hazard.Name) ? _terminal.Red(text) : text);
            if (_explained && Hazards.All.FirstOrDefault(known => known.Name == hazard.Name) is { } known)
            {
                WriteField("", _terminal.Dim(known.Meaning));
            }
        }

        if (step.Keeps is { } keeps)
        {
            WriteField("keeps", PrintableText.Line($"the rows of {keeps.Relation} that it touches, in schema lockplane"));
        }

        if (_explained)
        {
            WriteField("time", PlanSummary.Describe(step.Timeouts));
        }

        if (_explained || step.Reversibility != Reversibility.Exact)
        {
            WriteField("undo", PlanSummary.Describe(step.Reversibility));
        }
    }

    private void WriteWhole()
    {
        foreach (LockedRelations locks in _summary.Locks)
        {
            WriteMember("Locks", PrintableText.Line($"{locks.Mode} on {string.Join(", ", locks.Relations)}"));
        }

        if (_summary.WithUnknownLocks > 0)
        {
            WriteMember("Locks", $"not worked out for {PrintableText.Count(_summary.WithUnknownLocks, "step", "steps")}");
        }

        foreach (string lost in _plan.Rollback.Loses)
        {
            WriteMember("Lost", _terminal.Red(PrintableText.Line(lost)));
        }

        foreach (UnreachedFact fact in _plan.Unreached)
        {
            WriteMember("Unreached", PrintableText.Line($"{fact.Object}: {fact.Fact}"));
        }

        WriteMember("From", _plan.FromHash.Text);
        WriteMember("To", _plan.ToHash.Text);
        WriteMember("Plan", _terminal.Bold(_plan.PlanHash.Text));
    }

    private void WriteNext(ShownPlan shown)
    {
        if (_explained && shown.Stored is { } stored)
        {
            WriteMember("Proposer", PrintableText.Line($"{stored.Proposer}, {stored.Door}{(stored.RollbackOf is { } seq ? $", to undo entry {seq}" : "")}{(stored.AppliedSeq is { } entry ? $", applied as entry {entry}" : "")}"));
        }

        if (_plan.Steps.IsEmpty)
        {
            return;
        }

        _output.WriteLine();
        ObservationText.Write(_output, shown.Assessment?.Target);
        _output.WriteLine(shown.Validation(PrintableText.Line));
        if (shown.Reference is null)
        {
            _output.WriteLine("It is not stored: --out FILE keeps it.");
        }

        foreach ((int i, string command) in shown.Next.Index())
        {
            _output.WriteLine($"{(i == 0 ? "Next" : "then")}: {PrintableText.Line(command)}");
        }
    }

    private void WriteList(string name, IReadOnlyCollection<string> items)
    {
        if (items.Count > 0)
        {
            WriteField(name, PrintableText.Line(string.Join(", ", items)));
        }
    }

    private void WriteField(string name, string value) => _output.WriteLine($"{_indent}{name.PadRight(Margin)}{value}");

    private void WriteMember(string name, string value) => _output.WriteLine($"{name.PadRight(Margin)}{value}");

    private string Coloured(char mark, string text) => mark switch { '+' => _terminal.Green(text), '-' => _terminal.Red(text), _ => _terminal.Yellow(text) };
}
