using System.Diagnostics;

namespace Lockplane.Bench.Load;

/// <summary>The programs that are measured against: found on this machine, or installed from Debian where this process may do that.</summary>
internal sealed class Programs
{
    private static readonly string[] Folders =
        [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries), "/usr/sbin", "/usr/local/sbin", "/sbin"];

    private readonly Action<string> _progress;

    private Programs(Action<string> progress) => _progress = progress;

    /// <summary>Null where there is none and none could be installed.</summary>
    public string? Pgbench { get; private set; }

    public string? PgBouncer { get; private set; }

    public string? Haproxy { get; private set; }

    public string? Compiler { get; private set; }

    public static async Task<Programs> FindAsync(Action<string> progress, CancellationToken cancellation)
    {
        Programs programs = new(progress);
        programs.Pgbench = FindPgbench() ?? (await programs.InstallAsync("postgresql-contrib", cancellation) ? FindPgbench() : null);
        programs.PgBouncer = await programs.FindOrInstallAsync("pgbouncer", cancellation);
        programs.Haproxy = await programs.FindOrInstallAsync("haproxy", cancellation);
        programs.Compiler = Find("gcc") ?? Find("cc") ?? Find("clang");
        return programs;
    }

    private async Task<string?> FindOrInstallAsync(string name, CancellationToken cancellation) =>
        Find(name) ?? (await InstallAsync(name, cancellation) ? Find(name) : null);

    private static string? Find(string name) => Folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    // Debian's /usr/bin/pgbench is a script that looks for the program at every start.
    private static string? FindPgbench() =>
        Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").OrderByDescending(folder => folder, StringComparer.Ordinal).Select(folder => Path.Combine(folder, "bin", "pgbench")).FirstOrDefault(File.Exists) ?? Find("pgbench")
            : Find("pgbench");

    private async Task<bool> InstallAsync(string package, CancellationToken cancellation)
    {
        if (!Environment.IsPrivilegedProcess || Find("apt-get") is not { } apt)
        {
            return false;
        }

        _progress($"Installing {package}");
        foreach (string[] words in (string[][])[["install", "-y", "--no-install-recommends", package], ["update"], ["install", "-y", "--no-install-recommends", package]])
        {
            ProcessStartInfo command = new(apt, words);
            command.Environment["DEBIAN_FRONTEND"] = "noninteractive";
            if ((await Child.RunAsync(command, TimeSpan.FromMinutes(5), cancellation)).ExitCode == 0 && words[0] == "install")
            {
                return true;
            }
        }

        return false;
    }
}
