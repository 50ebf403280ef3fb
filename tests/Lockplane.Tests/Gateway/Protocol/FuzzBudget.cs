using System.Diagnostics;
using System.Globalization;

namespace Lockplane.Tests.Gateway.Protocol;

/// <summary>
/// How long random tests run, and from which seed: LOCKPLANE_FUZZ_SECONDS and LOCKPLANE_SEED for each test; otherwise a few seconds, or ten minutes with --long, from a seed of the clock.
/// </summary>
internal sealed class FuzzBudget
{
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly double _seconds;
    private readonly int _first;
    private int _rounds;

    public FuzzBudget(double seconds)
    {
        string? given = Environment.GetEnvironmentVariable("LOCKPLANE_FUZZ_SECONDS");
        bool isLong = Environment.GetEnvironmentVariable("LOCKPLANE_TEST_LONG") == "1";
        _seconds = given is { Length: > 0 } ? double.Parse(given, CultureInfo.InvariantCulture) : isLong ? 600 : seconds;
        string? seed = Environment.GetEnvironmentVariable("LOCKPLANE_SEED");
        _first = seed is { Length: > 0 } ? int.Parse(seed, CultureInfo.InvariantCulture) : (int)(Stopwatch.GetTimestamp() & 0x3FFF_FFFF);
    }

    /// <summary>How many rounds were run.</summary>
    public int Rounds => _rounds;

    /// <summary>The seed of the next round; null when the time is up. A failing round is repeated with its seed as LOCKPLANE_SEED.</summary>
    public int? Next() => _watch.Elapsed.TotalSeconds < _seconds ? unchecked(_first + Interlocked.Increment(ref _rounds) - 1) : null;

    /// <summary>Says where it began and how far it came.</summary>
    public void Report() => TestContext.Current.TestOutputHelper?.WriteLine($"LOCKPLANE_SEED={_first}: {_rounds} rounds");
}
