using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using Lockplane.Sql.Errors;

namespace Lockplane.Dev;

/// <summary>A folder of Postgres server programs: <c>initdb</c> and <c>postgres</c> in <see cref="Directory"/>.</summary>
/// <param name="Directory">The folder of the programs.</param>
/// <param name="Major">The major version, such as 18.</param>
/// <param name="Version">The version as the server says it, such as <c>18.4</c>.</param>
internal sealed partial record PostgresBinaries(string Directory, int Major, string Version)
{
    /// <summary>Names a folder of server programs that takes the place of the npm package's.</summary>
    public const string OverrideVariable = "LOCKPLANE_PG_BIN";

    public string Postgres => Path.Combine(Directory, "postgres");

    public string Initdb => Path.Combine(Directory, "initdb");

    /// <summary>The server that <c>./dev up</c> runs: the folder of LOCKPLANE_PG_BIN, otherwise Postgres 18 from npm.</summary>
    /// <exception cref="LockplaneException">LP001: there are none, or they cannot be run.</exception>
    public static PostgresBinaries FindDefault()
    {
        string? given = Environment.GetEnvironmentVariable(OverrideVariable);
        return string.IsNullOrEmpty(given) ? Find(18) : Open(given);
    }

    /// <summary>The programs of one major version, from the npm package of this platform.</summary>
    /// <exception cref="LockplaneException">LP001: not installed, or not for this platform.</exception>
    public static PostgresBinaries Find(int major)
    {
        string platform = $"{(OperatingSystem.IsMacOS() ? "darwin" : "linux")}-{(RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "x64")}";
        string package = major == 18 ? $"@embedded-postgres/{platform}" : $"postgres-{major}-{platform}";
        string root = Checkout.Find()
            ?? throw Missing($"Postgres {major} comes from a checkout's node_modules, and this program does not run from a checkout.");
        // The majors between the newest and the oldest are installed for long test runs only, in a folder of their own.
        string folder = major is 16 or 17 ? Path.Combine(root, "tests", "servers") : root;
        string native = Path.Combine(folder, "node_modules", package, "native");
        if (!File.Exists(Path.Combine(native, "bin", "postgres")))
        {
            throw Missing($"The npm package {package} is not installed in {folder}.");
        }

        CreateLinks(Path.GetDirectoryName(native)!);
        return Open(Path.Combine(native, "bin"));
    }

    /// <summary>The programs in a folder, with their version by asking them.</summary>
    public static PostgresBinaries Open(string directory)
    {
        directory = Path.GetFullPath(directory);
        foreach (string program in (ReadOnlySpan<string>)["postgres", "initdb"])
        {
            if (!File.Exists(Path.Combine(directory, program)))
            {
                throw Missing($"There is no program '{program}' in {directory}.");
            }
        }

        using Process process = Process.Start(new ProcessStartInfo(Path.Combine(directory, "postgres"), ["--version"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        string output = process.StandardOutput.ReadToEnd();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Match version = VersionPattern().Match(output);
        if (process.ExitCode != 0 || !version.Success)
        {
            throw Missing($"{directory}/postgres does not run here: {(error + output).Trim()}");
        }

        return new PostgresBinaries(directory, int.Parse(version.Groups["major"].Value, System.Globalization.CultureInfo.InvariantCulture), version.Groups["version"].Value);
    }

    /// <summary>npm packages hold no symbolic links: the package lists them in a file, and they are made here, once.</summary>
    private static void CreateLinks(string package)
    {
        string list = Path.Combine(package, "native", "pg-symlinks.json");
        if (!File.Exists(list))
        {
            return;
        }

        using JsonDocument links = JsonDocument.Parse(File.ReadAllBytes(list));
        foreach (JsonElement link in links.RootElement.EnumerateArray())
        {
            string source = Path.Combine(package, link.GetProperty("source").GetString()!);
            string target = Path.Combine(package, link.GetProperty("target").GetString()!);
            if (!File.Exists(target))
            {
                CreateLink(target, Path.GetRelativePath(Path.GetDirectoryName(target)!, source));
            }
        }
    }

    private static void CreateLink(string path, string pointsTo)
    {
        try
        {
            File.CreateSymbolicLink(path, pointsTo);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process made it at the same time.
        }
    }

    private static LockplaneException Missing(string message) => new(
        ErrorCodes.Configuration, message, null,
        $"Run `npm ci` in the checkout (./dev does it), set {OverrideVariable} to a folder with initdb and postgres, or give an existing server with --db.");

    [GeneratedRegex(@"\(PostgreSQL\) (?<version>(?<major>\d+)[.\w]*)")]
    private static partial Regex VersionPattern();
}
