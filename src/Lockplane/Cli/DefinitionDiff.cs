using System.Collections.Immutable;
using DiffPlex.DiffBuilder;
using DiffPlex.DiffBuilder.Model;

namespace Lockplane.Cli;

/// <summary>A line of SQL as it is shown.</summary>
/// <param name="Mark"><c>+</c> comes, <c>-</c> goes, a space stays or is plain SQL.</param>
/// <param name="Text">The line, safe to print.</param>
internal sealed record SqlLine(char Mark, string Text);

/// <summary>SQL in lines: as it is, or as what of an old definition stays, goes and comes.</summary>
internal static class DefinitionDiff
{
    // Lines that stay, on each side of those that do not.
    private const int Context = 3;

    private const string Create = "CREATE ";
    private const string OrReplace = "CREATE OR REPLACE ";

    /// <summary>All lines of a statement.</summary>
    public static ImmutableArray<SqlLine> Plain(string sql, char mark = ' ') => [.. Printable(sql).Split('\n').Select(line => new SqlLine(mark, line))];

    /// <summary>What differs, with a few lines around it; empty where nothing does.</summary>
    public static ImmutableArray<SqlLine> Of(string old, string now)
    {
        DiffPaneModel model = InlineDiffBuilder.Diff(Printable(LikeStart(old, now)), Printable(now), ignoreWhiteSpace: false);
        return model.HasDifferences ? Folded([.. model.Lines.Select(line => new SqlLine(MarkOf(line.Type), line.Text))]) : [];
    }

    private static string Printable(string sql) => PrintableText.Lines(sql.TrimEnd()) + ";";

    private static char MarkOf(ChangeType type) => type switch { ChangeType.Inserted => '+', ChangeType.Deleted => '-', _ => ' ' };

    // OR REPLACE says how an object comes about, and is no part of it.
    private static string LikeStart(string old, string now)
    {
        bool replaces = now.StartsWith(OrReplace, StringComparison.OrdinalIgnoreCase);
        return replaces && old.StartsWith(Create, StringComparison.Ordinal) && !old.StartsWith(OrReplace, StringComparison.Ordinal) ? now[..OrReplace.Length] + old[Create.Length..]
            : !replaces && old.StartsWith(OrReplace, StringComparison.Ordinal) ? Create + old[OrReplace.Length..]
            : old;
    }

    private static ImmutableArray<SqlLine> Folded(ImmutableArray<SqlLine> lines)
    {
        ImmutableArray<SqlLine>.Builder folded = ImmutableArray.CreateBuilder<SqlLine>();
        for (int i = 0; i < lines.Length;)
        {
            int end = i;
            while (end < lines.Length && lines[end].Mark == ' ')
            {
                end++;
            }

            int head = i == 0 ? 0 : Context;
            int tail = end == lines.Length ? 0 : Context;
            if (end - i > head + tail + 1)
            {
                folded.AddRange(lines.AsSpan(i, head));
                folded.Add(new SqlLine(' ', $"({PrintableText.Count(end - i - head - tail, "line", "lines")} as before)"));
                folded.AddRange(lines.AsSpan(end - tail, tail));
            }
            else
            {
                folded.AddRange(lines.AsSpan(i, end - i));
            }

            i = end;
            while (end < lines.Length && lines[end].Mark != ' ')
            {
                end++;
            }

            // What goes stands before what comes, however the two were paired.
            folded.AddRange(lines[i..end].OrderBy(line => line.Mark == '+'));
            i = end;
        }

        return folded.ToImmutable();
    }
}
