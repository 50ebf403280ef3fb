using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Lockplane.Control.Walls;
using Lockplane.Sql.Errors;

namespace Lockplane.Tests.House;

/// <summary>Documents are checked, or they go.</summary>
public sealed partial class DocumentTests
{
    private static readonly bool Record = Environment.GetEnvironmentVariable("LOCKPLANE_RECORD") == "1";

    public static TheoryData<string> Documents => [.. Repository.Files("*.md")];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_path_that_a_document_names_is_there(string document)
    {
        string folder = Path.GetDirectoryName(Path.Combine(Repository.Root, document))!;
        IEnumerable<string> links = Link().Matches(Repository.Read(document)).Select(m => m.Groups[1].Value).Where(l => !l.Contains("://", StringComparison.Ordinal));
        IEnumerable<string> quoted = QuotedPath().Matches(Repository.Read(document)).Select(m => m.Groups[1].Value);
        Assert.All(links.Concat(quoted).Distinct(), path => Assert.True(
            Path.Exists(Path.Combine(folder, path)) || Path.Exists(Path.Combine(Repository.Root, path)), $"{document} names {path}, which is not there"));
    }

    [Fact]
    public void The_page_of_error_codes_is_what_the_list_says()
    {
        StringBuilder page = new("# Error codes\n\nGenerated from `src/Lockplane.Sql/Errors/ErrorCodes.cs`. Where Postgres has a code that fits, Lockplane uses Postgres's.\n\n");
        page.Append("| code | name | what happened | what to do | exit |\n|---|---|---|---|---|\n");
        foreach (ErrorCode code in ErrorCodes.All)
        {
            page.Append(System.Globalization.CultureInfo.InvariantCulture, $"| {code.Code} | {code.Name} | {code.Meaning} | {code.Remedy} | {code.ExitCode} |\n");
        }

        if (Record)
        {
            File.WriteAllText(Path.Combine(Repository.Root, "docs/errors.md"), page.ToString());
        }

        Assert.Equal(page.ToString(), Repository.Read("docs/errors.md"));
    }

    [Fact]
    public void The_page_of_walls_has_what_the_lists_say()
    {
        StringBuilder walls = new("| wall | why | where it cannot be built |\n|---|---|---|\n");
        foreach (Wall wall in WallList.All)
        {
            walls.Append(CultureInfo.InvariantCulture, $"| {wall.Name} | {wall.Reason} | {wall.Instead} |\n");
        }

        StringBuilder fixes = new("| hole | fixed in | why it matters here |\n|---|---|---|\n");
        foreach (ServerFix fix in ServerFixes.All)
        {
            fixes.Append(CultureInfo.InvariantCulture, $"| {fix.Cve} | {string.Join(", ", fix.FixedIn)} | {fix.Reason} |\n");
        }

        string page = Between(Between(Repository.Read("docs/hardening.md"), "walls", walls.ToString()), "fixes", fixes.ToString());
        if (Record)
        {
            File.WriteAllText(Path.Combine(Repository.Root, "docs/hardening.md"), page);
        }

        Assert.Equal(page, Repository.Read("docs/hardening.md"));
    }

    private static string Between(string page, string mark, string text)
    {
        int start = page.IndexOf($"<!-- {mark} -->", StringComparison.Ordinal) + mark.Length + 9;
        int end = page.IndexOf($"<!-- /{mark} -->", StringComparison.Ordinal);
        Assert.True(start < end, $"the page has no place for {mark}");
        return $"{page[..start]}\n{text}{page[end..]}";
    }

    [Fact]
    public void Every_error_code_is_there_once_and_in_order()
    {
        Assert.Equal(ErrorCodes.All.Select(c => c.Code).Distinct().Order(StringComparer.Ordinal), ErrorCodes.All.Select(c => c.Code));
        Assert.Equal(ErrorCodes.All.Length, ErrorCodes.All.Select(c => c.Name).Distinct().Count());
        Assert.Equal(
            typeof(ErrorCodes).GetFields().Where(f => f.FieldType == typeof(ErrorCode)).Select(f => (ErrorCode)f.GetValue(null)!).OrderBy(c => c.Code, StringComparer.Ordinal),
            ErrorCodes.All);
    }

    [GeneratedRegex(@"\]\(([^)#]+)[^)]*\)")]
    private static partial Regex Link();

    // `src/Lockplane.Wire/Framing` and the like: a path from the root or from the document, in code marks.
    [GeneratedRegex(@"`((?:src|tests|bench|docs)/[A-Za-z0-9_./-]+)`")]
    private static partial Regex QuotedPath();
}
