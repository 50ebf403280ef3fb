using Lockplane.Dev;

namespace Lockplane.Bench.Load.Targets;

/// <summary>Files of the account that Postgres and pgbouncer run as.</summary>
internal static class AccountFiles
{
    /// <summary>Writes a file that only that account can read, with its own rights.</summary>
    public static async Task WriteAsync(this UnixAccount account, string path, string content, CancellationToken cancellation)
    {
        (int exitCode, string output) = await account.RunAsync(["sh", "-c", "umask 077; cat >\"$1\"", "sh", path], content, cancellation);
        if (exitCode != 0)
        {
            throw new LoadException($"{path} cannot be written: {output.Trim()}");
        }
    }
}
