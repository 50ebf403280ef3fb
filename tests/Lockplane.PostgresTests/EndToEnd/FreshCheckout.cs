using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Lockplane.PostgresTests.Clusters;

namespace Lockplane.PostgresTests.EndToEnd;

/// <summary>A copy of the checkout's files in an empty folder, where nothing was restored, built or started: what a new user has after a clone.</summary>
public sealed partial class FreshCheckout : IAsyncLifetime
{
    /// <summary>Ports of its own, so that it runs beside any other.</summary>
    internal Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal)
    {
        ["LOCKPLANE_PG_PORT"] = $"{FreePort.Find()}",
        ["LOCKPLANE__GATEWAY__PORT"] = $"{FreePort.Find()}",
        ["LOCKPLANE__HTTP__PORT"] = $"{FreePort.Find()}",
        ["LOCKPLANE_STATE"] = "",
        ["CI"] = "true",
    };

    /// <summary>The folder.</summary>
    internal string Directory { get; } = TestDirectory.Create();

    /// <summary>What `./dev up --detach` printed.</summary>
    internal string Welcome { get; private set; } = "";

    /// <summary>The URL of an application role at the gateway, as it was printed.</summary>
    internal string Url(string role) => Regex.Match(Welcome, $@"postgresql://{role}:[^\s']+").Value;

    /// <summary>The same login past the gateway, where it has no context.</summary>
    internal string DirectUrl(string role) => Url(role).Replace($":{Environment["LOCKPLANE__GATEWAY__PORT"]}/", $":{Environment["LOCKPLANE_PG_PORT"]}/", StringComparison.Ordinal);

    /// <summary>The MCP endpoint's URL and token, as they were printed.</summary>
    internal (string Url, string Token) Mcp => (McpUrl().Match(Welcome).Groups[1].Value, BearerToken().Match(Welcome).Groups[1].Value);

    /// <summary>The address of the HTTP server.</summary>
    internal Uri Http => new($"http://127.0.0.1:{Environment["LOCKPLANE__HTTP__PORT"]}/");

    /// <summary>Runs `./dev` with these words.</summary>
    internal Task<ProcessResult> DevAsync(params string[] words) => DevAsync(words, "");

    /// <summary>Runs `./dev` with these words and this input.</summary>
    internal Task<ProcessResult> DevAsync(string[] words, string input) => ChildProcess.RunAsync(Path.Combine(Directory, "dev"), words, Directory, Environment, input);

    /// <summary>Runs psql on a URL; messages carry SQLSTATEs.</summary>
    internal Task<ProcessResult> PsqlAsync(string url, string script) => ChildProcess.RunAsync(
        "psql", ["-X", "-A", "-t", "-v", "VERBOSITY=verbose", "-v", "SHOW_CONTEXT=never", url], Directory, Environment, script);

    public async ValueTask InitializeAsync()
    {
        CopyCheckout();
        ProcessResult up = await DevAsync("up", "--detach");
        Assert.True(up.ExitCode == 0, up.All);
        Welcome = up.Output;
    }

    public async ValueTask DisposeAsync()
    {
        await DevAsync("down");
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private void CopyCheckout()
    {
        string root = Root();
        string[] left = ["artifacts", "node_modules", ".lockplane", ".git", "bin", "obj"];
        foreach (string file in System.IO.Directory.EnumerateFiles(root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0, IgnoreInaccessible = true }))
        {
            string path = Path.GetRelativePath(root, file);
            if (path.Split('/').Intersect(left).Any())
            {
                continue;
            }

            string copy = Path.Combine(Directory, path);
            System.IO.Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    private static string Root([CallerFilePath] string here = "")
    {
        DirectoryInfo? folder = new FileInfo(here).Directory;
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Lockplane.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException("Lockplane.sln is in no folder above the tests.");
    }

    [GeneratedRegex("\"url\": \"([^\"]+)\"")]
    private static partial Regex McpUrl();

    [GeneratedRegex("Bearer ([^\"\\s]+)\"")]
    private static partial Regex BearerToken();
}
