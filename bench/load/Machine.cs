using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Lockplane.Bench.Load.Targets;

namespace Lockplane.Bench.Load;

/// <summary>What it was measured on.</summary>
internal static class Machine
{
    public static string Describe()
    {
        string model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "processor not named";
        string memory = File.ReadLines("/proc/meminfo").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        string load = File.ReadAllText("/proc/loadavg").Split(' ')[0];
        return string.Create(CultureInfo.InvariantCulture,
            $"{model}, {Environment.ProcessorCount} processors, {long.Parse(memory, CultureInfo.InvariantCulture) / 1_048_576} GiB, Linux {Environment.OSVersion.Version.ToString(2)}, load before the start {load}");
    }

    public static async Task<string> VersionsAsync(Programs programs, BenchServer server, CancellationToken cancellation)
    {
        List<string> versions = [$"Postgres {server.Version}", RuntimeInformation.FrameworkDescription];
        foreach (string? program in (string?[])[programs.Pgbench, programs.PgBouncer, programs.Haproxy])
        {
            if (program is not null)
            {
                string flag = program == programs.Haproxy ? "-v" : "--version";
                (int _, string output, string _) = await Child.RunAsync(new ProcessStartInfo(program, [flag]), TimeSpan.FromSeconds(10), cancellation);
                versions.Add(output.Split('\n')[0].Split(" - ")[0].Trim());
            }
        }

        return string.Join("; ", versions);
    }
}
