using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Lockplane.Sql.Errors;

namespace Lockplane.Dev;

/// <summary>
/// The folder of one private cluster: <c>data</c>, <c>socket</c>, <c>postgres.log</c>, and a lock that one process holds. Only the account that runs Postgres can enter it.
/// </summary>
internal sealed class ClusterDirectory : IDisposable
{
    private const int LongestSocketPath = 100;

    private readonly FileStream _lock;

    private ClusterDirectory(string path, string socketDirectory, UnixAccount account, PostgresBinaries binaries, FileStream heldLock)
    {
        (Root, SocketDirectory, Account, Binaries, _lock) = (path, socketDirectory, account, binaries, heldLock);
    }

    /// <summary>The cluster's folder.</summary>
    public string Root { get; }

    /// <summary>Where the server's Unix socket is.</summary>
    public string SocketDirectory { get; }

    public UnixAccount Account { get; }

    /// <summary>The programs, where the account can reach them.</summary>
    public PostgresBinaries Binaries { get; }

    public string Data => Path.Combine(Root, "data");

    public string Log => Path.Combine(Root, "postgres.log");

    private string PidFile => Path.Combine(Data, "postmaster.pid");

    /// <summary>
    /// Takes the cluster in <c>[wanted]/postgres</c>, making the folder when it is missing. Where the account that runs Postgres cannot reach <paramref name="wanted"/>, it is
    /// under <c>/var/tmp/lockplane-[hash of wanted]</c> instead, and <paramref name="progress"/> says so.
    /// </summary>
    /// <exception cref="LockplaneException">LP001: another process has it, it is another account's, or it was made by another major version.</exception>
    public static async Task<ClusterDirectory> OpenAsync(string wanted, PostgresBinaries binaries, Action<string> progress, CancellationToken cancellation)
    {
        UnixAccount account = UnixAccount.ForPostgres();
        wanted = Path.GetFullPath(wanted);
        Directory.CreateDirectory(wanted);
        string elsewhere = $"/var/tmp/lockplane-{Hash(wanted)}";
        string home = wanted;
        if (!await account.CanReachAsync(wanted, cancellation))
        {
            home = elsewhere;
            await CreateOwnDirectoryAsync(home, cancellation);
            progress($"The account '{account.Name}', which runs Postgres, cannot reach {wanted}: the cluster is in {home}");
        }

        if (!await account.CanReachAsync(binaries.Postgres, cancellation))
        {
            await CreateOwnDirectoryAsync(elsewhere, cancellation);
            binaries = CopyBinaries(binaries, elsewhere, progress);
        }

        string root = Path.Combine(home, "postgres");
        await account.CreatePrivateDirectoryAsync(root, cancellation);
        FileStream heldLock = TakeLock(root);
        try
        {
            string sockets = Path.Combine(root, "socket");
            if (sockets.Length + "/.s.PGSQL.65535".Length > LongestSocketPath)
            {
                sockets = $"/tmp/lockplane-{Hash(root)}";
            }

            await account.CreatePrivateDirectoryAsync(sockets, cancellation);
            ClusterDirectory directory = new(root, sockets, account, binaries, heldLock);
            directory.RequireSameMajor();
            return directory;
        }
        catch
        {
            await heldLock.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs initdb unless the cluster exists. Killed half-way, it begins anew: the data gets its name last.</summary>
    public async Task InitializeAsync(string superuserPassword, bool durable, Action<string> progress, CancellationToken cancellation)
    {
        if (Directory.Exists(Data))
        {
            return;
        }

        progress($"Making a Postgres {Binaries.Version} cluster in {Root}");
        string unfinished = Data + ".new";
        if (Directory.Exists(unfinished))
        {
            Directory.Delete(unfinished, recursive: true);
        }

        // The password goes by a file that only this account can read, and is gone when initdb is.
        const string Script = """
            umask 077; cat >"$1" || exit 1; shift_file=$1; shift
            "$@"; code=$?; rm -f "$shift_file"; exit $code
            """;
        string passwordFile = Path.Combine(Root, "initdb.password");
        List<string> command =
        [
            "sh", "-c", Script, "sh", passwordFile, Binaries.Initdb, "--pgdata", unfinished, "--username=postgres", "--pwfile", passwordFile, "--auth=scram-sha-256",
            "--encoding=UTF8", "--locale=C", "--no-instructions",
        ];
        if (Binaries.Major >= 17)
        {
            command.AddRange(["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]);
        }

        if (!durable)
        {
            command.Add("--no-sync");
        }

        (int exitCode, string? output) = await Account.RunAsync(command, superuserPassword + "\n", cancellation);
        if (exitCode != 0)
        {
            throw new LockplaneException(ErrorCodes.Configuration, $"initdb failed with exit code {exitCode}.", output.Trim(), "See initdb's own words above.");
        }

        Directory.Move(unfinished, Data);
    }

    /// <summary>The process number of this cluster's live postmaster; null when none runs.</summary>
    public async Task<int?> FindPostmasterAsync(CancellationToken cancellation)
    {
        string[] lines = ReadPidFile();
        return lines.Length > 0 && int.TryParse(lines[0], NumberStyles.None, CultureInfo.InvariantCulture, out int pid) && IsAlive(pid)
            && await WorksInDataAsync(pid, cancellation) ? pid : null;
    }

    /// <summary>Whether the postmaster has written that it takes connections.</summary>
    public bool IsReady() => ReadPidFile() is { Length: >= 8 } lines && lines[7].Trim() == "ready";

    /// <summary>After a kill: stops a postmaster that outlived its owner, and removes a pid file that nobody stands behind.</summary>
    public async Task ClearLeftoversAsync(Action<string> progress, CancellationToken cancellation)
    {
        if (await FindPostmasterAsync(cancellation) is { } orphan)
        {
            progress($"Stopping Postgres (process {orphan}), which outlived an earlier run");
            await StopPostmasterAsync(orphan, cancellation);
        }

        if (Directory.Exists(Data))
        {
            File.Delete(PidFile);
        }
    }

    /// <summary>Fast shutdown, and after a minute without effect SIGKILL to the postmaster, whose children end by themselves.</summary>
    public static async Task StopPostmasterAsync(int pid, CancellationToken cancellation)
    {
        UnixAccount.Signal(pid, UnixAccount.Interrupt);
        long deadline = Environment.TickCount64 + 60_000;
        while (IsAlive(pid))
        {
            if (Environment.TickCount64 > deadline)
            {
                UnixAccount.Signal(pid, UnixAccount.Kill);
            }

            await Task.Delay(20, cancellation);
        }
    }

    /// <summary>The end of the server's log: what to show when it does not start.</summary>
    public string LogTail() => File.Exists(Log) ? string.Join('\n', File.ReadLines(Log).TakeLast(15)) : "(no log)";

    public void Dispose() => _lock.Dispose();

    /// <summary>Whether the cluster in this folder has an owner that lives.</summary>
    public static bool IsInUse(string clusterRoot)
    {
        if (!Directory.Exists(clusterRoot))
        {
            return false;
        }

        try
        {
            TakeLock(clusterRoot).Dispose();
            return false;
        }
        catch (LockplaneException)
        {
            return true;
        }
    }

    private static FileStream TakeLock(string root)
    {
        try
        {
            return new FileStream(Path.Combine(root, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new LockplaneException(ErrorCodes.Configuration, $"Another process runs the cluster in {root}.", null, "Stop it first: `./dev down`.");
        }
    }

    private void RequireSameMajor()
    {
        string file = Path.Combine(Data, "PG_VERSION");
        if (!File.Exists(file))
        {
            return;
        }

        string made = File.ReadAllText(file).Trim();
        if (made != Binaries.Major.ToString(CultureInfo.InvariantCulture))
        {
            throw new LockplaneException(ErrorCodes.Configuration, $"The cluster in {Data} was made by Postgres {made}, and the programs in {Binaries.Directory} are {Binaries.Version}.",
                null, $"Set {PostgresBinaries.OverrideVariable} to programs of version {made}, or remove the folder to begin anew.");
        }
    }

    private string[] ReadPidFile()
    {
        try
        {
            return File.ReadAllLines(PidFile);
        }
        catch (IOException)
        {
            return [];
        }
    }

    /// <summary>Alive, and not a zombie that nobody has waited for: containers often have no init that would.</summary>
    private static bool IsAlive(int pid)
    {
        if (!UnixAccount.Signal(pid, 0))
        {
            return false;
        }

        try
        {
            string state = File.ReadAllText($"/proc/{pid}/stat");
            return state[state.LastIndexOf(')') + 2] != 'Z';
        }
        catch (IOException)
        {
            return !Directory.Exists("/proc/self");
        }
    }

    /// <summary>
    /// A process number is used again after its process ended; a postmaster has its data folder as working directory. Asked as the account that owns the process,
    /// because root in a container may not look into other accounts' processes.
    /// </summary>
    private async Task<bool> WorksInDataAsync(int pid, CancellationToken cancellation)
    {
        const string Script = "[ ! -d /proc/self ] || [ \"/proc/$1/cwd\" -ef \"$2\" ]";
        return (await Account.RunAsync(["sh", "-c", Script, "sh", pid.ToString(CultureInfo.InvariantCulture), Data], null, cancellation)).ExitCode == 0;
    }

    /// <summary>A folder of this process's own account in a folder that everyone may write to: others may enter but not write, and one that somebody else laid is refused.</summary>
    private static async Task CreateOwnDirectoryAsync(string path, CancellationToken cancellation)
    {
        await new UnixAccount(null, 0, 0).CreatePrivateDirectoryAsync(path, cancellation);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
    }

    private static PostgresBinaries CopyBinaries(PostgresBinaries binaries, string home, Action<string> progress)
    {
        string source = Path.GetDirectoryName(binaries.Directory)!;
        string copy = Path.Combine(home, $"server-{binaries.Version}-{Hash(source)}");
        if (!Directory.Exists(copy))
        {
            progress($"Copying the server programs to {copy}, where that account can run them");
            string unfinished = $"{copy}.{Environment.ProcessId}";
            CopyTree(new DirectoryInfo(source), unfinished);
            try
            {
                Directory.Move(unfinished, copy);
            }
            catch (IOException) when (Directory.Exists(copy))
            {
                Directory.Delete(unfinished, recursive: true);
            }
        }

        return binaries with { Directory = Path.Combine(copy, Path.GetFileName(binaries.Directory)) };
    }

    private static void CopyTree(DirectoryInfo source, string target)
    {
        const UnixFileMode EveryoneEnters = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        Directory.CreateDirectory(target);
        File.SetUnixFileMode(target, EveryoneEnters);
        foreach (FileSystemInfo entry in source.EnumerateFileSystemInfos())
        {
            string path = Path.Combine(target, entry.Name);
            if (entry.LinkTarget is { } link)
            {
                File.CreateSymbolicLink(path, link);
            }
            else if (entry is DirectoryInfo folder)
            {
                CopyTree(folder, path);
            }
            else
            {
                File.Copy(entry.FullName, path);
                File.SetUnixFileMode(path, entry.UnixFileMode | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
            }
        }
    }

    private static string Hash(string path) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(path)))[..12];
}
