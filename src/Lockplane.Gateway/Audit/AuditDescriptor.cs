using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Lockplane.Gateway.Audit;

/// <summary>A file opened for appending, or standard output. Blocks: for the audit's own thread.</summary>
/// <remarks>
/// .NET's FileMode.Append writes at the position that it remembers: two processes with one file, as during a rolling restart, would write over each other. Hence O_APPEND and write(2).
/// </remarks>
internal sealed partial class AuditDescriptor : IDisposable
{
    private const int WriteOnly = 1;
    private const int Interrupted = 4;
    private static readonly int Append = OperatingSystem.IsLinux() ? 0x400 : 0x8;
    private static readonly int CloseOnExec = OperatingSystem.IsLinux() ? 0x8_0000 : 0x100_0000;

    private readonly SafeFileHandle _handle;

    private AuditDescriptor(SafeFileHandle handle) => _handle = handle;

    /// <summary>Opens the file, making it with mode 0600 where it is not there; null is standard output.</summary>
    /// <exception cref="IOException">And UnauthorizedAccessException: what the system says.</exception>
    public static AuditDescriptor Open(string? path)
    {
        if (path is null)
        {
            return new AuditDescriptor(new SafeFileHandle(1, ownsHandle: false));
        }

        if (!File.Exists(path))
        {
            // open(2) takes the mode as a variadic argument, which differs from system to system: the file is made here.
            using FileStream made = new(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.ReadWrite | FileShare.Delete, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
        }

        int descriptor = OpenFile(path, WriteOnly | Append | CloseOnExec);
        return descriptor >= 0 ? new AuditDescriptor(new SafeFileHandle(descriptor, ownsHandle: true)) : throw Failed();
    }

    /// <summary>Writes some of the bytes, at least one; says how many.</summary>
    /// <exception cref="IOException">None could be written; what the system says.</exception>
    public int Write(ReadOnlySpan<byte> bytes)
    {
        while (true)
        {
            nint written = WriteBytes(_handle, bytes, bytes.Length);
            if (written > 0)
            {
                return (int)written;
            }

            if (written == 0 || Marshal.GetLastPInvokeError() != Interrupted)
            {
                throw Failed();
            }
        }
    }

    public void Dispose() => _handle.Dispose();

    private static IOException Failed() => new(new Win32Exception(Marshal.GetLastPInvokeError()).Message);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteBytes(SafeFileHandle descriptor, ReadOnlySpan<byte> bytes, nint count);
}
