using System.Text.RegularExpressions;
using Lockplane.Cli;
using Lockplane.Schema.Plans;
using Lockplane.Tests.Cli;

namespace Lockplane.Tests.House;

/// <summary>What the page about plans shows is what is printed; LOCKPLANE_RECORD=1 writes it into the page.</summary>
public sealed partial class PlanPageTests
{
    private const string Page = "docs/plans.md";

    [Fact]
    public void The_examples_are_what_is_printed()
    {
        string page = Repository.Read(Page);
        string written = Example().Replace(page, example =>
        {
            ShownPlan shown = ShownPlanCases.All[example.Groups["case"].Value]();
            string text = PlanOutputTests.Print(terminal => PlanOutput.Write(terminal, shown, example.Groups["format"].Value == "markdown" ? PlanFormat.Markdown : PlanFormat.Text));
            return $"{example.Groups["start"].Value}\n````text\n{text}````\n<!-- /{example.Groups["case"].Value} -->";
        });
        Assert.Equal(4, Example().Count(page));
        Record(page, written);
    }

    [Fact]
    public void The_table_of_hazards_has_what_the_list_says()
    {
        string page = Repository.Read(Page);
        string rows = string.Concat(Hazards.All.Select(hazard => $"| `{hazard.Name}` | {hazard.Meaning} | {(hazard.NeedsApproval ? "a person approves" : "")} |\n"));
        Record(page, HazardTable().Replace(page, $"<!-- hazards -->\n| hazard | what it means | |\n|---|---|---|\n{rows}<!-- /hazards -->"));
    }

    private static void Record(string page, string written)
    {
        if (Environment.GetEnvironmentVariable("LOCKPLANE_RECORD") == "1")
        {
            File.WriteAllText(Path.Combine(Repository.Root, Page), written);
        }
        else
        {
            Assert.Equal(written, page);
        }
    }

    [GeneratedRegex(@"(?<start><!-- (?<case>\w+) (?<format>text|markdown) -->).*?<!-- /\k<case> -->", RegexOptions.Singleline)]
    private static partial Regex Example();

    [GeneratedRegex("<!-- hazards -->.*?<!-- /hazards -->", RegexOptions.Singleline)]
    private static partial Regex HazardTable();
}
