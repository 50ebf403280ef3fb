using System.Text.RegularExpressions;

namespace Lockplane.Tests.House;

/// <summary>What keeps the code readable by a newcomer.</summary>
public sealed partial class SizeTests
{
    private const int LongestFile = 400;
    private const int LongestMember = 70;

    private static IEnumerable<string> Sources => new[] { "src", "tests", "bench" }.SelectMany(folder => Repository.Files("*.cs", folder));

    [Fact]
    public void No_file_is_longer_than_a_few_screens() =>
        Assert.All(Sources, file => Assert.True(Repository.Read(file).Split('\n').Length <= LongestFile, $"{file} has more than {LongestFile} lines"));

    [Fact]
    public void No_method_is_longer_than_a_screen() => Assert.All(Sources, file =>
    {
        string[] lines = Repository.Read(file).Split('\n');

        // Members stand at four spaces, those of nested types at eight; what else opens at eight is shorter than its member.
        foreach (string indent in (string[])["    ", "        "])
        {
            int start = -1;
            for (int i = 0; i < lines.Length; i++)
            {
                if (lines[i] == indent + "{")
                {
                    start = i;
                }
                else if (start >= 0 && (lines[i] == indent + "}" || lines[i] == indent + "};"))
                {
                    Assert.True(i - start <= LongestMember || TypeLine().IsMatch(lines[start - 1]), $"{file}:{start} has {i - start} lines");
                    start = -1;
                }
            }
        }
    });

    [Fact]
    public void No_name_says_nothing() =>
        Assert.All(Sources, file => Assert.False(EmptyName().IsMatch(Path.GetFileNameWithoutExtension(file)), $"{file}: name it for what it is"));

    [Fact]
    public void Nothing_is_left_unfinished()
    {
        string[] marks = ["TO" + "DO", "FIX" + "ME", "HA" + "CK", "NotImplemented" + "Exception"];
        Assert.All(Sources, file => Assert.All(marks, mark => Assert.False(Repository.Read(file).Contains(mark, StringComparison.Ordinal), $"{file} has a {mark}")));
    }

    [GeneratedRegex(@"^ *(public|internal|private|protected)? *(static |sealed |abstract |readonly |unsafe |partial )*(class|record|struct|interface|enum)\b")]
    private static partial Regex TypeLine();

    [GeneratedRegex("(Utils?|Helpers?|Manager|Common|Service|Processor)$")]
    private static partial Regex EmptyName();
}
