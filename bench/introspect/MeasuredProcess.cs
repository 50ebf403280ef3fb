using System.Diagnostics;
using System.Globalization;

namespace Lockplane.Bench.Introspect;

/// <summary>What a program took from its start to its end.</summary>
/// <param name="Milliseconds">By the clock.</param>
/// <param name="PeakKilobytes">The most memory that was resident (VmHWM).</param>
internal sealed record MeasuredProcess(double Milliseconds, long PeakKilobytes, string Output)
{
    /// <summary>Runs a program, whose output is read and given back.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static async Task<MeasuredProcess> RunAsync(string program, IEnumerable<string> arguments, (string Name, string Value) environment, CancellationToken cancellation)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[environment.Name] = environment.Value;
        long began = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellation);
        Task<string> errors = process.StandardError.ReadToEndAsync(cancellation);
        Task ended = process.WaitForExitAsync(cancellation);
        long peak = 0;
        while (!ended.IsCompleted)
        {
            peak = Math.Max(peak, Peak(process.Id));
            await Task.WhenAny(ended, Task.Delay(5, cancellation));
        }

        double milliseconds = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        return process.ExitCode == 0
            ? new MeasuredProcess(milliseconds, peak, (await output).Trim())
            : throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {await errors}");
    }

    private static long Peak(int process)
    {
        try
        {
            string? line = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/status")).FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return 0;
        }
    }
}
