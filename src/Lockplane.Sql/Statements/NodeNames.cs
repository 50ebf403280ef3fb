using System.Collections.Concurrent;
using System.Text;

namespace Lockplane.Sql.Statements;

/// <summary>One string for each name that the parser writes into trees (node types, fields, enumeration values), so that reading a tree makes no strings for them.</summary>
internal static class NodeNames
{
    // The parser has about 1,200 names. They never come from the text, so the table cannot be flooded; the limit is a belt.
    private const int MaxNames = 4096;

    private static readonly ConcurrentDictionary<string, string> Names = new(new AsciiComparer());
    private static readonly ConcurrentDictionary<string, string>.AlternateLookup<ReadOnlySpan<byte>> ByBytes = Names.GetAlternateLookup<ReadOnlySpan<byte>>();

    public static string Of(ReadOnlySpan<byte> ascii)
    {
        if (ByBytes.TryGetValue(ascii, out string? known))
        {
            return known;
        }

        string name = Encoding.UTF8.GetString(ascii);
        return Names.Count >= MaxNames ? name : Names.GetOrAdd(name, name);
    }

    private sealed class AsciiComparer : IEqualityComparer<string>, IAlternateEqualityComparer<ReadOnlySpan<byte>, string>
    {
        public bool Equals(string? x, string? y) => string.Equals(x, y, StringComparison.Ordinal);

        public bool Equals(ReadOnlySpan<byte> alternate, string other) => Ascii.Equals(alternate, other);

        public int GetHashCode(string obj)
        {
            uint hash = 2166136261;
            foreach (char c in obj)
            {
                hash = (hash ^ c) * 16777619;
            }

            return (int)hash;
        }

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            uint hash = 2166136261;
            foreach (byte b in alternate)
            {
                hash = (hash ^ b) * 16777619;
            }

            return (int)hash;
        }

        public string Create(ReadOnlySpan<byte> alternate) => Encoding.UTF8.GetString(alternate);
    }
}
