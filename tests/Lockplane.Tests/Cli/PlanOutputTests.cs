using System.Text.RegularExpressions;
using Lockplane.Cli;
using Lockplane.Tests.House;

namespace Lockplane.Tests.Cli;

/// <summary>What is printed of plans, byte by byte; LOCKPLANE_RECORD=1 records it.</summary>
public sealed partial class PlanOutputTests
{
    private static readonly bool Record = Environment.GetEnvironmentVariable("LOCKPLANE_RECORD") == "1";

    public static TheoryData<string> Cases => [.. ShownPlanCases.All.Keys];

    [Theory, MemberData(nameof(Cases))]
    public void A_plan_is_printed_as_recorded(string name)
    {
        ShownPlan shown = ShownPlanCases.All[name]();
        AssertRecorded(name, "plan.txt", Print(terminal => PlanOutput.Write(terminal, shown, PlanFormat.Text)));
        AssertRecorded(name, "explain.txt", Print(terminal => PlanOutput.Explain(terminal, shown, PlanFormat.Text)));
        AssertRecorded(name, "explain.colour.txt", Print(terminal => PlanOutput.Explain(terminal, shown, PlanFormat.Text), colour: true));
        AssertRecorded(name, "explain.markdown.txt", Print(terminal => PlanOutput.Explain(terminal, shown, PlanFormat.Markdown)));
        AssertRecorded(name, "explain.json", Print(terminal => PlanOutput.Explain(terminal, shown, PlanFormat.Json)));
    }

    [Theory, MemberData(nameof(Cases))]
    public void Colours_are_all_that_colour_adds(string name)
    {
        ShownPlan shown = ShownPlanCases.All[name]();
        string plain = Print(terminal => PlanOutput.Explain(terminal, shown, PlanFormat.Text));
        Assert.Equal(plain, Colours().Replace(Print(terminal => PlanOutput.Explain(terminal, shown, PlanFormat.Text), colour: true), ""));
        Assert.DoesNotContain('\u001b', plain);
        Assert.DoesNotContain('\u202e', plain);
    }

    [Theory, MemberData(nameof(Cases))]
    public void In_Markdown_what_others_chose_stands_in_code_only(string name)
    {
        string page = Print(terminal => PlanOutput.Write(terminal, ShownPlanCases.All[name](), PlanFormat.Markdown));
        string rest = Span().Replace(Fence().Replace(page, ""), "");
        Assert.DoesNotContain('`', rest);
        Assert.DoesNotContain('[', rest);
        Assert.DoesNotContain('@', rest);
        Assert.Empty(Tag().Matches(rest).Select(tag => tag.Value).Except(["<details>", "<summary>", "</summary>", "</details>"]));
    }

    [Theory]
    [InlineData("a", "`a`")]
    [InlineData("`a``", "``` `a`` ```")]
    [InlineData("a\nb", @"`a\u000ab`")]
    public void A_code_span_holds_its_text(string text, string span) => Assert.Equal(span, PlanMarkdown.Code(text));

    [Fact]
    public void Of_a_long_definition_the_lines_that_stay_are_counted()
    {
        string old = "CREATE FUNCTION f() AS $$\n" + string.Join('\n', Enumerable.Range(1, 30)) + "\n$$";
        string now = old.Replace("CREATE ", "CREATE OR REPLACE ", StringComparison.Ordinal).Replace("\n20\n", "\ntwenty\n", StringComparison.Ordinal);
        Assert.Equal(
            [" (17 lines as before)", " 17", " 18", " 19", "-20", "+twenty", " 21", " 22", " 23", " (8 lines as before)"],
            DefinitionDiff.Of(old, now).Select(line => $"{line.Mark}{line.Text}"));
        Assert.Empty(DefinitionDiff.Of(old, old));
    }

    [Fact]
    public void A_statement_that_a_person_wrote_is_compared_where_its_hazards_name_one_object()
    {
        ShownPlan shown = ShownPlanCases.All["replace"]();
        Assert.All(new PlanSummary(shown.Plan).Steps.Where(step => step.Step.Sql.StartsWith("CREATE OR REPLACE", StringComparison.Ordinal)), step => Assert.True(step.Differs));
        Lockplane.Schema.Plans.PlanStep written = shown.Plan.Steps[0] with { Description = "create function", Reason = "as it was written" };
        ShownStep compared = ShownStep.Of(shown.Plan with { Steps = [written with { Sql = written.Sql + "\n" }] })[0];
        Assert.Equal((true, '~'), (compared.Differs, compared.Mark));
        Assert.Equal("RETURN ((a + b) + 1);", compared.Lines[^1].Text);
        Assert.False(ShownStep.Of(shown.Plan with { Steps = [written with { Hazards = [] }] })[0].Differs);
    }

    [Fact]
    public void What_cannot_be_compared_is_not_said_to_be_as_it_was()
    {
        // The rollback alters this policy, so what it was is not in the plan.
        ShownStep policy = new PlanSummary(ShownPlanCases.All["policies"]().Plan).Steps.Single(step => step.Step.Description == "create policy public.t.b");
        Assert.Equal((false, false), (policy.Differs, policy.AsBefore));
        Assert.All(new PlanSummary(ShownPlanCases.All["made_again"]().Plan).Steps.Where(step => step.Mark == '+'), step => Assert.True(step.AsBefore));
    }

    /// <summary>The text of a plan in a recorded case, as the page about plans shows it.</summary>
    internal static string Print(Action<Terminal> write, bool colour = false)
    {
        using StringWriter output = new() { NewLine = "\n" };
        write(new Terminal(output, TextWriter.Null, TextReader.Null, interactive: false, colour));
        return output.ToString();
    }

    private static void AssertRecorded(string name, string file, string text)
    {
        string path = Path.Combine(Repository.Root, "tests/fixtures/plans", name, file);
        if (Record)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }

        Assert.Equal(File.ReadAllText(path), text);
    }

    [GeneratedRegex("\u001b\\[[0-9]+m")]
    private static partial Regex Colours();

    // A fence ends at a line of its own marks alone; a span at as many backticks as it began with.
    [GeneratedRegex(@"^(`{3,})(sql|diff)\n.*?^\1\n", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)")]
    private static partial Regex Span();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();
}
