namespace Lockplane.Tests.Gateway.Faults;

/// <summary>What this process holds: open descriptors and live memory.</summary>
internal sealed class ProcessHoldings
{
    private const string Descriptors = "/proc/self/fd";
    private const long Tolerance = 8 << 20;

    private readonly int _descriptors = CountDescriptors();
    private readonly long _bytes = GC.GetTotalMemory(forceFullCollection: true);

    /// <summary>Demands that descriptors and memory are back where they were; they may take a moment.</summary>
    public async Task AssertBackAsync()
    {
        for (int i = 0; CountDescriptors() > _descriptors; i++)
        {
            Assert.True(i < 1_000, $"{_descriptors} descriptors before, {CountDescriptors()} after");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        long bytes = GC.GetTotalMemory(forceFullCollection: true);
        Assert.True(bytes < _bytes + Tolerance, $"{_bytes} bytes before, {bytes} after");
    }

    /// <summary>Sockets of killed tests may linger in the finaliser's queue: what is counted is what is held.</summary>
    private static int CountDescriptors()
    {
        if (!Directory.Exists(Descriptors))
        {
            return 0;
        }

        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Directory.GetFiles(Descriptors).Length;
    }
}
