using Lockplane.Schema.Dsl;

namespace Lockplane.Cli;

/// <summary>A folder of schema files that <c>lockplane inspect --split</c> writes.</summary>
internal static class SplitFolder
{
    /// <summary>Writes the files, and removes those that an earlier call wrote and that are not among them. Files that end otherwise than in .sql are left alone.</summary>
    /// <returns>How many there are.</returns>
    /// <exception cref="UsageException">The folder holds schema files that were not written so.</exception>
    public static async Task<int> WriteAsync(string folder, IReadOnlyDictionary<string, string> files, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder);
        string[] existing = [.. Directory.EnumerateFiles(folder, "*.sql", SearchOption.AllDirectories)];
        foreach (string file in existing)
        {
            if (!await IsOursAsync(file, cancellation))
            {
                throw new UsageException($"{file} was not written by --split, and would be read along with what is.", "Give an empty folder, or move the file.");
            }
        }

        HashSet<string> written = [];
        foreach ((string path, string text) in files)
        {
            string file = Path.GetFullPath(Path.Combine(folder, path));
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, text, cancellation);
            written.Add(file);
        }

        foreach (string file in existing.Where(file => !written.Contains(Path.GetFullPath(file))))
        {
            File.Delete(file);
        }

        return written.Count;
    }

    private static async Task<bool> IsOursAsync(string file, CancellationToken cancellation)
    {
        using StreamReader reader = new(file);
        return await reader.ReadLineAsync(cancellation) == SplitPrinter.Mark;
    }
}
