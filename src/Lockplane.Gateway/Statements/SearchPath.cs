using System.Text;

namespace Lockplane.Gateway.Statements;

/// <summary>Reads a value of Postgres's setting <c>search_path</c>.</summary>
/// <remarks>Spec: SET, "search_path"; identifiers are folded and quoted as Postgres's SplitIdentifierString does.</remarks>
public static class SearchPath
{
    /// <summary>The schemas in order, <c>"$user"</c> as the login role; null when the text is no list of names.</summary>
    public static IReadOnlyList<string>? Parse(string text, string loginRole)
    {
        List<string> names = [];
        int position = 0;
        while (true)
        {
            SkipSpace(text, ref position);
            if (position == text.Length)
            {
                // Only a wholly empty list may end here: after a comma a name has to come.
                return names.Count == 0 ? names : null;
            }

            if (ReadName(text, ref position) is not { } name)
            {
                return null;
            }

            names.Add(name == "$user" ? loginRole : name);
            SkipSpace(text, ref position);
            if (position == text.Length)
            {
                return names;
            }

            if (text[position++] != ',')
            {
                return null;
            }
        }
    }

    private static string? ReadName(string text, ref int position)
    {
        if (text[position] != '"')
        {
            int start = position;
            while (position < text.Length && text[position] != ',' && !char.IsWhiteSpace(text[position]))
            {
                position++;
            }

            return position == start || text[start..position].Contains('"', StringComparison.Ordinal) ? null : FoldAscii(text[start..position]);
        }

        StringBuilder name = new();
        for (position++; position < text.Length; position++)
        {
            if (text[position] != '"')
            {
                name.Append(text[position]);
            }
            else if (position + 1 < text.Length && text[position + 1] == '"')
            {
                name.Append('"');
                position++;
            }
            else
            {
                position++;
                return name.Length > 0 ? name.ToString() : null;
            }
        }

        return null;
    }

    private static void SkipSpace(string text, ref int position)
    {
        while (position < text.Length && char.IsWhiteSpace(text[position]))
        {
            position++;
        }
    }

    // As Postgres in UTF-8 databases: only A to Z.
    private static string FoldAscii(string name) => string.Create(name.Length, name, static (folded, from) =>
    {
        for (int i = 0; i < from.Length; i++)
        {
            folded[i] = char.IsAsciiLetterUpper(from[i]) ? (char)(from[i] | 0x20) : from[i];
        }
    });
}
