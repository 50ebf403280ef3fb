using System.Runtime.InteropServices;
using System.Text;

namespace Lockplane.Control.Ledgers;

/// <summary>Makes the file of a key: mode 0600, whole or not at all, and of several processes that make it at once, one wins.</summary>
public static partial class KeyFile
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Writes the file, with its folder, unless it is there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="text">ASCII. It is not the file's when another process was first: read it.</param>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It belongs to others.</exception>
    public static void Create(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = Private;
        }

        // Whole under a name of its own first, so that a process killed here leaves no half a key.
        string unfinished = $"{path}.{Guid.NewGuid():N}";
        try
        {
            using (FileStream file = new(unfinished, options))
            {
                file.Write(Encoding.ASCII.GetBytes(text));
                file.Flush(flushToDisk: true);
            }

            // File.Move looks whether the name is free and then renames, and another process's key may come in between. Only a link fails where the name is taken.
            if (OperatingSystem.IsWindows() || (Link(unfinished, path) != 0 && !File.Exists(path)))
            {
                File.Move(unfinished, path, overwrite: false);
            }
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process made it.
        }
        finally
        {
            File.Delete(unfinished);
        }
    }

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string made);
}
