namespace Lockplane.Gateway.Loops;

/// <summary>How many descriptors the process may have.</summary>
/// <param name="Limit">RLIMIT_NOFILE; <see cref="long.MaxValue"/> where it is unlimited or not known.</param>
/// <param name="Reserved">Kept for all but the loops' connections: what was open at the start, and some for logs, HTTP and the control plane.</param>
internal sealed record Descriptors(long Limit, long Reserved)
{
    private const long Spare = 128;
    private const string OpenOnes = "/proc/self/fd";

    /// <summary>Raises the soft limit to the hard one.</summary>
    public static unsafe Descriptors Raise()
    {
        long limit = long.MaxValue;
        if (OperatingSystem.IsLinux())
        {
            nuint* softAndHard = stackalloc nuint[2];
            if (Libc.GetLimit(Libc.ResourceDescriptors, softAndHard) == 0)
            {
                nuint soft = softAndHard[0];
                softAndHard[0] = softAndHard[1];
                limit = (long)Math.Min(Libc.SetLimit(Libc.ResourceDescriptors, softAndHard) == 0 ? softAndHard[1] : soft, long.MaxValue);
            }
        }

        return new Descriptors(limit, Open() + Spare);
    }

    private static long Open() => Directory.Exists(OpenOnes) ? Directory.EnumerateFileSystemEntries(OpenOnes).LongCount() : 0;
}
