using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Lockplane.Sql.PgQuery;

/// <summary>Says whether only this user or root can have written a file. On Windows the user's profile folder is trusted as it is.</summary>
internal static partial class FileOwnership
{
    private const UnixFileMode WritableByOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
    private const int AtFdCwd = -100;
    private const int AtEmptyPath = 0x1000;
    private const uint StatxUid = 0x8;

    /// <summary>Null when a folder is trusted, otherwise why it is not.</summary>
    [UnsupportedOSPlatform("windows")]
    public static string? WhyUntrusted(string path)
    {
        if ((File.GetUnixFileMode(path) & WritableByOthers) != 0)
        {
            return $"others can write to {path}";
        }

        return !OperatingSystem.IsLinux() || OwnedByUs(AtFdCwd, path, 0) ? null : $"{path} belongs to another user";
    }

    /// <summary>The same for an open file, so that it cannot be exchanged between the check and the reading.</summary>
    public static string? WhyUntrusted(SafeFileHandle file, string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return null;
        }

        if ((File.GetUnixFileMode(file) & WritableByOthers) != 0)
        {
            return $"others can write to {path}";
        }

        return !OperatingSystem.IsLinux() || OwnedByUs((int)file.DangerousGetHandle(), "", AtEmptyPath) ? null : $"{path} belongs to another user";
    }

    private static bool OwnedByUs(int directory, string path, int flags)
    {
        if (Statx(directory, path, flags, StatxUid, out FileStatus status) != 0)
        {
            return false;
        }

        return status.Uid == 0 || status.Uid == EffectiveUser();
    }

    /// <summary>The head of Linux's struct statx, which is the same on every processor; 256 bytes in all.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct FileStatus
    {
        [FieldOffset(20)]
        public uint Uid;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, out FileStatus status);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();
}
