using System.Runtime.InteropServices;

namespace Lockplane.Gateway.Loops;

/// <summary>The system calls of the loop on Linux, x64 and arm64. Their numbers are Linux's.</summary>
internal static unsafe partial class Libc
{
    internal const int Interrupted = 4;
    internal const int Again = 11;
    internal const int OutOfMemory = 12;
    internal const int AccessDenied = 13;
    internal const int TooManyInSystem = 23;
    internal const int TooManyInProcess = 24;
    internal const int NetworkUnreachable = 101;
    internal const int NoBuffers = 105;
    internal const int TimedOut = 110;
    internal const int Refused = 111;
    internal const int HostUnreachable = 113;
    internal const int InProgress = 115;

    internal const int FamilyUnix = 1;
    internal const int FamilyInet = 2;
    internal const int FamilyInet6 = 10;
    internal const int Stream = 1;
    internal const int NonBlock = 0x800;
    internal const int CloseOnExec = 0x80000;
    internal const int NoSignal = 0x4000;
    internal const int ShutdownWrite = 1;

    internal const int LevelSocket = 1;
    internal const int LevelTcp = 6;
    internal const int OptionError = 4;
    internal const int OptionKeepAlive = 9;
    internal const int OptionReusePort = 15;
    internal const int OptionNoDelay = 1;
    internal const int OptionKeepIdle = 4;
    internal const int OptionKeepInterval = 5;
    internal const int OptionKeepCount = 6;

    internal const int EpollAdd = 1;
    internal const int EpollDelete = 2;
    internal const int EpollModify = 3;
    internal const uint EpollIn = 1;
    internal const uint EpollOut = 4;
    internal const uint EpollError = 8;
    internal const uint EpollHangUp = 16;
    internal const uint EpollEdge = 1u << 31;
    internal const int EpollCloseOnExec = CloseOnExec;

    internal const int ResourceDescriptors = 7;

    private const string Name = "libc";

    /// <summary>What the system calls the last error.</summary>
    internal static string LastMessage => Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());

    [LibraryImport(Name, EntryPoint = "epoll_create1", SetLastError = true)]
    internal static partial int EpollCreate(int flags);

    // The kernel's struct is packed on x64 only, so it goes as bytes: EpollPoller knows the layout.
    [LibraryImport(Name, EntryPoint = "epoll_ctl", SetLastError = true)]
    internal static partial int EpollControl(int epoll, int operation, int descriptor, byte* what);

    [LibraryImport(Name, EntryPoint = "epoll_wait", SetLastError = true)]
    internal static partial int EpollWait(int epoll, byte* events, int most, int milliseconds);

    [LibraryImport(Name, EntryPoint = "eventfd", SetLastError = true)]
    internal static partial int EventDescriptor(uint initial, int flags);

    [LibraryImport(Name, EntryPoint = "write", SetLastError = true)]
    internal static partial nint Write(int descriptor, void* from, nuint count);

    [LibraryImport(Name, EntryPoint = "recv", SetLastError = true)]
    internal static partial nint Receive(int descriptor, byte* into, nuint count, int flags);

    [LibraryImport(Name, EntryPoint = "send", SetLastError = true)]
    internal static partial nint Send(int descriptor, byte* from, nuint count, int flags);

    [LibraryImport(Name, EntryPoint = "socket", SetLastError = true)]
    internal static partial int Socket(int family, int type, int protocol);

    [LibraryImport(Name, EntryPoint = "connect", SetLastError = true)]
    internal static partial int Connect(int descriptor, byte* address, uint length);

    [LibraryImport(Name, EntryPoint = "accept4", SetLastError = true)]
    internal static partial int Accept(int descriptor, byte* address, uint* length, int flags);

    [LibraryImport(Name, EntryPoint = "getsockname", SetLastError = true)]
    internal static partial int GetName(int descriptor, byte* address, uint* length);

    [LibraryImport(Name, EntryPoint = "shutdown", SetLastError = true)]
    internal static partial int Shutdown(int descriptor, int how);

    [LibraryImport(Name, EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int descriptor);

    [LibraryImport(Name, EntryPoint = "getsockopt", SetLastError = true)]
    internal static partial int GetOption(int descriptor, int level, int name, int* value, uint* length);

    [LibraryImport(Name, EntryPoint = "setsockopt", SetLastError = true)]
    internal static partial int SetOption(int descriptor, int level, int name, int* value, uint length);

    [LibraryImport(Name, EntryPoint = "getrlimit", SetLastError = true)]
    internal static partial int GetLimit(int resource, nuint* softAndHard);

    [LibraryImport(Name, EntryPoint = "setrlimit", SetLastError = true)]
    internal static partial int SetLimit(int resource, nuint* softAndHard);

    /// <summary>Sets an option whose value is a number; false when the system refuses.</summary>
    internal static bool SetOption(int descriptor, int level, int name, int value) => SetOption(descriptor, level, name, &value, sizeof(int)) == 0;
}
