using System.Reflection;

namespace Lockplane.Tests.Sql;

/// <summary>A file of tests/fixtures.</summary>
internal static class Fixture
{
    /// <summary>The file's text.</summary>
    public static string Read(string folder, string file)
    {
        using Stream? stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"fixtures.{folder}.{file}");
        Assert.NotNull(stream);
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }

    /// <summary>The cases of a file in which a line <c>== heading</c> starts each.</summary>
    public static IEnumerable<(string Heading, string Text)> Cases(string folder, string file) =>
        ("\n" + Read(folder, file)).Split("\n==", StringSplitOptions.None).Skip(1).Select(static block =>
        {
            int end = block.IndexOf('\n', StringComparison.Ordinal);
            return (block[..end].Trim(), block[(end + 1)..].TrimEnd('\n'));
        });
}
