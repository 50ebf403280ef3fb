using System.Globalization;
using Lockplane.Dev;

namespace Lockplane.Corpus.Servers;

/// <summary>Temporary folders, short enough for a socket's path, recognisable by the next run when this one is killed.</summary>
internal static class TestDirectory
{
    private const string Prefix = "lockplane-tests-";

    private static readonly string Parent = Directory.Exists("/tmp") ? "/tmp" : Path.GetTempPath();
    private static int _made;

    /// <summary>Makes a folder that every account can enter; who makes it removes it.</summary>
    public static string Create()
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Environment.ProcessId}-{Interlocked.Increment(ref _made)}");
        string path = Path.Combine(Parent, name);
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }

        Directory.CreateDirectory(path);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        return path;
    }

    /// <summary>Removes what killed runs left: folders whose process is gone. Servers end with their process.</summary>
    public static void RemoveLeftovers()
    {
        foreach (string path in Directory.EnumerateDirectories(Parent, Prefix + "*"))
        {
            string process = Path.GetFileName(path)[Prefix.Length..].Split('-')[0];
            if (!int.TryParse(process, NumberStyles.None, CultureInfo.InvariantCulture, out int pid) || UnixAccount.Signal(pid, 0))
            {
                continue;
            }

            try
            {
                Directory.Delete(path, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Another account's, or its server is still shutting down: the run after this one removes it.
            }
        }
    }
}
