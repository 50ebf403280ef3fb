using System.Globalization;
using System.Runtime.InteropServices;

namespace Lockplane.Bench.Load.Measurement;

/// <summary>What Linux says of another process.</summary>
internal static class ProcessFigures
{
    /// <summary>Processor time in seconds, user and system, of all threads that it has or had. The sum that <c>/proc/[pid]/stat</c> gives in hundredths of a second, here in nanoseconds.</summary>
    public static double CpuSeconds(int process)
    {
        // The clock of a process (clock_getcpuclockid(3)): its number inverted, and CPUCLOCK_SCHED.
        if (ReadClock((~process << 3) | 2, out Timespec time) != 0)
        {
            throw new LoadException($"Process {process} has ended.");
        }

        return time.Seconds + (time.Nanoseconds / 1e9);
    }

    /// <summary>Resident memory in MiB.</summary>
    public static double ResidentMb(int process)
    {
        string line = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024.0;
    }

    [DllImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ReadClock(int clock, out Timespec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
