using System.Runtime.CompilerServices;

namespace Lockplane.Tests.House;

/// <summary>The checkout that these tests were built from.</summary>
internal static class Repository
{
    internal static string Root { get; } = Find();

    /// <summary>Files below a folder, less what builds leave behind; paths from the root, with slashes.</summary>
    internal static IEnumerable<string> Files(string pattern, string folder = ".") =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), pattern, SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(Root, f).Replace('\\', '/'))
            .Where(f => !f.Split('/').Intersect(["artifacts", "node_modules", ".lockplane", ".git", "bin", "obj"]).Any())
            .Order(StringComparer.Ordinal);

    internal static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static string Find([CallerFilePath] string here = "")
    {
        // The path that the compiler saw; a build elsewhere falls back to the folder of the tests.
        for (DirectoryInfo? folder = new FileInfo(here).Directory; folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Lockplane.sln")))
            {
                return folder.FullName;
            }
        }

        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Lockplane.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException("Lockplane.sln is in no folder above the tests.");
    }
}
