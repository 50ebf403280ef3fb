using System.Globalization;
using System.Text;
using Lockplane.Gateway.Statements;

namespace Lockplane.Tests.House;

/// <summary>The page of the profiles' lists is what the lists say.</summary>
public sealed class ProfilePageTests
{
    private const string Page = "docs/profiles.md";

    // Every list, in the order of the page; what a list without reasons of its own is for stands in its first line.
    private static readonly (string Title, string File)[] Lists =
    [
        ("Node types of every judged profile", "nodes.txt"),
        ("Node types of application and migrator", "nodes-write.txt"),
        ("Functions that compute or read", "functions-stable.txt"),
        ("Functions that are volatile or of another schema", "functions-volatile.txt"),
        ("Functions of application and migrator", "functions-write.txt"),
        ("Functions of extensions", "functions-extensions.txt"),
        ("Functions that are never allowed by default, nor pass in mode observe", "functions-refused.txt"),
        ("Functions that are refused, and pass in mode observe", "functions-unlisted.txt"),
        ("Settings of every judged profile", "settings.txt"),
        ("Settings of application and migrator", "settings-write.txt"),
        ("Settings that nothing opens", "settings-pinned.txt"),
        ("Schemas that are not written to", "relations-unwritten.txt"),
        ("Relations that are not read", "relations-unread.txt"),
    ];

    [Fact]
    public void The_page_of_profiles_is_what_the_lists_say()
    {
        StringBuilder page = new("""
            # Profiles and their lists

            Generated from the lists in `src/Lockplane.Gateway/Statements/Lists`. What is on no list of a session's profile is refused: node types with LP310, functions with LP311, settings with LP312. A rule of `[[profile]]` adds
            to the lists of its profile by `allow_nodes`, `allow_functions` and `allow_settings`.

            | profile | may | schema changes | context |
            |---|---|---|---|
            | application | read and change rows | refused with LP301, and planned | demanded |
            | migrator | read and change rows | applied through the corridor | optional |
            | observer | read | refused with LP301 | optional |
            | passthrough | everything that its role may: nothing is judged | run by the server | none: a role with a tenant or user cannot have it |

            Under `mode = "observe"` what only these lists refuse passes, and is written to the audit as an event of kind `observe`. What changes context, role, encoding or the schema, runs a text or code that the gate cannot
            read, writes to a catalog, does not parse or is over a limit stays refused.


            """);
        foreach ((string title, string file) in Lists)
        {
            page.Append(CultureInfo.InvariantCulture, $"## {title}\n\n{First(file)}\n\n");
            bool reasons = NameLists.Lines(file).Any(line => line.Reason.Length > 0);
            page.Append(reasons ? "| names | why |\n|---|---|\n" : "");
            foreach ((string reason, string[] names) in NameLists.Lines(file))
            {
                string quoted = string.Join(' ', names.Select(name => $"`{name}`"));
                page.Append(reasons ? $"| {quoted} | {reason} |\n" : quoted + "\n");
            }

            page.Append('\n');
        }

        string text = page.ToString().TrimEnd('\n') + "\n";
        if (Environment.GetEnvironmentVariable("LOCKPLANE_RECORD") == "1")
        {
            File.WriteAllText(Path.Combine(Repository.Root, Page), text);
        }

        Assert.Equal(text, Repository.Read(Page));
    }

    [Fact]
    public void Every_list_is_on_the_page_or_serves_one_that_is()
    {
        // These two say what attribute notation means; their names are on the page through the lists of functions.
        string[] unlisted = ["functions-one-argument.txt", "result-columns.txt"];
        string folder = Path.Combine(Repository.Root, "src/Lockplane.Gateway/Statements/Lists");

        Assert.Equal(Directory.GetFiles(folder, "*.txt").Select(Path.GetFileName).Order(StringComparer.Ordinal), Lists.Select(list => list.File).Concat(unlisted).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_line_of_a_list_that_was_written_by_hand_has_its_reason()
    {
        string[] generated = ["functions-stable.txt", "functions-unlisted.txt"];

        Assert.All(Lists.Where(list => !generated.Contains(list.File)).SelectMany(list => NameLists.Lines(list.File)), line => Assert.NotEmpty(line.Reason));
    }

    private static string First(string file)
    {
        using StreamReader reader = NameLists.Open(file);
        string first = reader.ReadLine()!.TrimStart('#', ' ');
        int shape = first.IndexOf(" A line: the reason", StringComparison.Ordinal);
        if (shape < 0)
        {
            return first;
        }

        int after = first.IndexOf(". ", shape, StringComparison.Ordinal);
        return first[..shape] + (after < 0 ? "" : first[(after + 1)..]);
    }
}
