using System.Globalization;
using System.Text;

namespace Lockplane;

/// <summary>Text that others chose (names, expressions, SQL), made safe to show: it cannot move a cursor, reorder a line or end one.</summary>
internal static class PrintableText
{
    /// <summary>One line; control, format and bidirectional characters as <c>\u202e</c>.</summary>
    public static string Line(string text) => Escape(text, keepLines: false);

    /// <summary>As <see cref="Line"/>, of at most <paramref name="longest"/> characters; longer ones end in three dots.</summary>
    public static string Line(string text, int longest)
    {
        string line = Line(text);
        return line.Length <= longest ? line : line[..(char.IsHighSurrogate(line[longest - 4]) ? longest - 4 : longest - 3)] + "...";
    }

    /// <summary>As <see cref="Line"/>, with line ends and tabs kept.</summary>
    public static string Lines(string text) => Escape(text.ReplaceLineEndings("\n"), keepLines: true);

    /// <summary>A number of things: <c>1 step</c>, <c>2 steps</c>.</summary>
    public static string Count(long number, string one, string more) => string.Create(CultureInfo.InvariantCulture, $"{number} {(number == 1 ? one : more)}");

    private static string Escape(string text, bool keepLines)
    {
        if (!text.Any(c => IsUnsafe(c, keepLines)))
        {
            return text;
        }

        StringBuilder safe = new(text.Length + 16);
        foreach (char c in text)
        {
            _ = IsUnsafe(c, keepLines) ? safe.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}") : safe.Append(c);
        }

        return safe.ToString();
    }

    private static bool IsUnsafe(char c, bool keepLines) => (!keepLines || c is not ('\n' or '\t'))
        && char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
