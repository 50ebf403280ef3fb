using Lockplane.Control.Plans;

namespace Lockplane.Cli;

/// <summary>Says on the terminal how far planning, validating and applying are.</summary>
internal sealed class ShownProgress(Terminal terminal) : IProgress<PlanProgress>
{
    public void Report(PlanProgress value) => terminal.Progress(value.Work switch
    {
        PlanWork.Load => $"Loading schema files into a shadow: statement {value.N} of {value.Count}",
        PlanWork.Build => $"Building the schema on a shadow: statement {value.N} of {value.Count}",
        PlanWork.Run => $"Running the plan on the shadow: step {value.N} of {value.Count}",
        PlanWork.Undo => $"Going back on the shadow: step {value.N} of {value.Count}",
        _ => $"Applying {PrintableText.Count(value.Count, "step", "steps")}",
    });
}
