using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Reflection;

namespace Lockplane.Gateway.Statements;

/// <summary>The lists that profiles are made of, as text in the assembly: a line with <c>#</c> is a comment, a line <c>reason: names</c> or just <c>names</c> holds names.</summary>
internal static class NameLists
{
    private static readonly ConcurrentDictionary<string, FrozenSet<string>> Sets = new(StringComparer.Ordinal);

    /// <summary>The names in a list.</summary>
    public static FrozenSet<string> Read(string file) => Sets.GetOrAdd(file, static file => Lines(file).SelectMany(line => line.Names).ToFrozenSet(StringComparer.Ordinal));

    /// <summary>A list line by line: the reason, empty for a line without one, and its names.</summary>
    public static IEnumerable<(string Reason, string[] Names)> Lines(string file)
    {
        using StreamReader reader = Open(file);
        while (reader.ReadLine() is { } line)
        {
            if (!line.StartsWith('#'))
            {
                int colon = line.IndexOf(": ", StringComparison.Ordinal);
                yield return (line[..Math.Max(colon, 0)], line[(colon < 0 ? 0 : colon + 2)..].Split(' ', StringSplitOptions.RemoveEmptyEntries));
            }
        }
    }

    /// <summary>A list, or the query that made it.</summary>
    public static StreamReader Open(string file) => new(Assembly.GetExecutingAssembly().GetManifestResourceStream("gate." + file)
        ?? throw new InvalidDataException($"The list {file} is not in the assembly."));
}
