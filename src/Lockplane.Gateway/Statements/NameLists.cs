using System.Collections.Frozen;
using System.Reflection;

namespace Lockplane.Gateway.Statements;

/// <summary>The lists that profiles are made of, as text in the assembly: a line with <c>#</c> is a comment, a line <c>reason: names</c> or just <c>names</c> holds names.</summary>
internal static class NameLists
{
    /// <summary>The names in a list.</summary>
    public static FrozenSet<string> Read(string file)
    {
        using StreamReader reader = Open(file);
        HashSet<string> names = new(StringComparer.Ordinal);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
            {
                continue;
            }

            int colon = line.IndexOf(": ", StringComparison.Ordinal);
            foreach (string name in line[(colon < 0 ? 0 : colon + 2)..].Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                names.Add(name);
            }
        }

        return names.ToFrozenSet(StringComparer.Ordinal);
    }

    /// <summary>A list, or the query that made it.</summary>
    public static StreamReader Open(string file) => new(Assembly.GetExecutingAssembly().GetManifestResourceStream("gate." + file)
        ?? throw new InvalidDataException($"The list {file} is not in the assembly."));
}
