using System.Globalization;
using Lockplane.Sql.Errors;

namespace Lockplane.Hosting.Operating;

/// <summary>
/// The place of a gateway process among those of one state folder: its number, which stands in its cancel keys, and its control socket <c>control-NUMBER.sock</c>. <c>control.sock</c> is a link to the newest.
/// </summary>
/// <remarks>A number belongs to whoever holds the lock of <c>control-NUMBER.lock</c>; the system takes it back when the process ends, however that ends, so that a socket without its lock is a leftover.</remarks>
internal sealed class ProcessSlot : IDisposable
{
    /// <summary>Numbers are below it: 11 bits of a cancel key's process id, so that the id stays positive.</summary>
    public const int Most = 2_048;

    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode WritableByOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    private readonly string _folder;
    private readonly FileStream _lock;

    private ProcessSlot(string folder, int number, FileStream heldLock) => (_folder, Number, _lock) = (folder, number, heldLock);

    /// <summary>0 to 2047.</summary>
    public int Number { get; }

    /// <summary>The control socket of this process.</summary>
    public string SocketPath => PathOf(_folder, Number);

    /// <summary>The link to the control socket of the newest process.</summary>
    public static string NewestPath(string folder) => Path.Combine(folder, "control.sock");

    /// <summary>The control socket of a process.</summary>
    public static string PathOf(string folder, int number) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"control-{number}.sock"));

    /// <summary>Takes the first free number, making the folder where it is missing.</summary>
    /// <exception cref="LockplaneException">LP001: the folder cannot be used, or is open to others, or all numbers are taken.</exception>
    public static ProcessSlot Take(string folder)
    {
        folder = Path.GetFullPath(folder);
        CheckFolder(folder);
        for (int number = 0; number < Most; number++)
        {
            if (TryLock(LockPath(folder, number)) is { } held)
            {
                // The lock is ours: whatever left the socket is gone.
                File.Delete(PathOf(folder, number));
                return new ProcessSlot(folder, number, held);
            }
        }

        throw new LockplaneException(ErrorCodes.Configuration, $"{Most} gateway processes run from {folder}.", hint: "End some of them, or give this one a state_dir of its own.");
    }

    /// <summary>The numbers of the processes that run now, with this one.</summary>
    public static IReadOnlyList<int> Running(string folder)
    {
        List<int> running = [];
        foreach (string path in Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "control-*.lock") : [])
        {
            string name = Path.GetFileNameWithoutExtension(path)["control-".Length..];
            if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < Most && IsHeld(path))
            {
                running.Add(number);
            }
        }

        running.Sort();
        return running;
    }

    /// <summary>Points <c>control.sock</c> to this process. Called once its socket listens.</summary>
    public void BecomeNewest() => Point(Number);

    /// <summary>Removes the socket and gives the number back; <c>control.sock</c>, where it is ours, goes to another process that runs.</summary>
    public void Dispose()
    {
        File.Delete(SocketPath);
        bool newest = Newest(_folder) == Number;
        _lock.Dispose();
        if (newest)
        {
            IReadOnlyList<int> running = Running(_folder);
            if (running.Count > 0)
            {
                Point(running[^1]);
            }
            else
            {
                File.Delete(NewestPath(_folder));
            }
        }
    }

    /// <summary>The number that <c>control.sock</c> points to; null when it points to none.</summary>
    public static int? Newest(string folder)
    {
        string? target = new FileInfo(NewestPath(folder)).LinkTarget;
        return target is not null && int.TryParse(Path.GetFileNameWithoutExtension(target)["control-".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
    }

    // A new link is made beside the old one and moved over it, so that there is one at every moment.
    private void Point(int number)
    {
        string temporary = Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"control-{Number}.link"));
        File.Delete(temporary);
        File.CreateSymbolicLink(temporary, Path.GetFileName(PathOf(_folder, number)));
        File.Move(temporary, NewestPath(_folder), overwrite: true);
    }

    private static void CheckFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder, Private | UnixFileMode.UserExecute);
            if ((File.GetUnixFileMode(folder) & WritableByOthers) != 0)
            {
                throw new LockplaneException(ErrorCodes.Configuration, $"state_dir {folder} can be written by other accounts.", hint: $"chmod 700 {folder}");
            }
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new LockplaneException(ErrorCodes.Configuration, $"state_dir {folder} cannot be used: {e.Message}", hint: "Make the folder for the account that runs Lockplane, mode 0700, or set state_dir.", inner: e);
        }
    }

    private static FileStream? TryLock(string path)
    {
        try
        {
            return new FileStream(path, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, UnixCreateMode = Private });
        }
        catch (IOException)
        {
            return null;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new LockplaneException(ErrorCodes.Configuration, $"{path} cannot be opened: {e.Message}", hint: "state_dir must belong to the account that runs Lockplane.", inner: e);
        }
    }

    private static bool IsHeld(string path)
    {
        // Asked by taking it for a moment; whoever starts at this moment takes the next number, which does no harm.
        using FileStream? free = TryLock(path);
        return free is null;
    }

    private static string LockPath(string folder, int number) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"control-{number}.lock"));
}
