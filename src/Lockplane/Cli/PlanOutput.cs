using System.CommandLine;
using Lockplane.Control.Plans;
using Lockplane.Schema.Plans;

namespace Lockplane.Cli;

/// <summary>Prints plans in the format that was asked for.</summary>
internal static class PlanOutput
{
    /// <summary>The option for Markdown.</summary>
    public static Option<bool> MarkdownOption() => new("--markdown") { Description = "Markdown for a pull request." };

    /// <summary>The format that a command line asks for.</summary>
    /// <exception cref="UsageException">It asks for two.</exception>
    public static PlanFormat Format(bool json, bool markdown) => (json, markdown) switch
    {
        (true, true) => throw new UsageException("Give one of --json and --markdown.", "Both say how the plan is printed."),
        (true, _) => PlanFormat.Json,
        (_, true) => PlanFormat.Markdown,
        _ => PlanFormat.Text,
    };

    /// <summary>Prints a stored plan and the command that comes next.</summary>
    public static void Write(Terminal terminal, StoredPlan stored, bool json) => Write(terminal, ShownPlan.Of(stored), Format(json, markdown: false));

    /// <summary>Prints a plan and the command that comes next; as JSON the plan alone.</summary>
    public static void Write(Terminal terminal, ShownPlan shown, PlanFormat format)
    {
        if (format == PlanFormat.Json)
        {
            terminal.WriteJson(PlanJson.Write(shown.Plan));
        }
        else
        {
            Write(terminal, shown, format, explained: false);
        }
    }

    /// <summary>Prints a plan with all that is known of it.</summary>
    public static void Explain(Terminal terminal, ShownPlan shown, PlanFormat format)
    {
        if (format == PlanFormat.Json)
        {
            terminal.WriteJson(ExplainedPlanJson.Write(shown));
        }
        else
        {
            Write(terminal, shown, format, explained: true);
        }
    }

    private static void Write(Terminal terminal, ShownPlan shown, PlanFormat format, bool explained)
    {
        if (format == PlanFormat.Markdown)
        {
            PlanMarkdown.Write(terminal.Output, shown);
        }
        else
        {
            PlanText.Write(terminal, shown, explained);
        }
    }
}
