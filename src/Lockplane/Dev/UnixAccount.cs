using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Lockplane.Sql.Errors;

namespace Lockplane.Dev;

/// <summary>
/// The account that runs Postgres. Postgres refuses to run as root, so as root it is <c>postgres</c> where the system has that account, otherwise
/// <c>nobody</c>; everyone else runs it as themselves.
/// </summary>
/// <param name="Name">The account's name; null for the account of this process.</param>
/// <param name="User">Its number.</param>
/// <param name="Group">Its group's number.</param>
internal sealed record UnixAccount(string? Name, int User, int Group)
{
    /// <summary>SIGINT, which is Postgres's fast shutdown.</summary>
    public const int Interrupt = 2;

    /// <summary>SIGKILL.</summary>
    public const int Kill = 9;

    public static UnixAccount ForPostgres()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return new UnixAccount(null, 0, 0);
        }

        List<string[]> accounts = File.ReadAllLines("/etc/passwd").Select(line => line.Split(':')).Where(fields => fields.Length >= 4).ToList();
        string[] fields = accounts.Find(account => account[0] == "postgres") ?? accounts.Find(account => account[0] == "nobody")
            ?? throw new LockplaneException(ErrorCodes.Configuration, "Postgres does not run as root, and there is no account 'postgres' or 'nobody' to run it as.",
                null, "Run as another account than root, or give an existing server with --db.");
        return new UnixAccount(fields[0], int.Parse(fields[2], CultureInfo.InvariantCulture), int.Parse(fields[3], CultureInfo.InvariantCulture));
    }

    /// <summary>How to start a program under this account: with nothing of ours in its environment.</summary>
    public ProcessStartInfo Command(params IEnumerable<string> command)
    {
        IEnumerable<string> whole = Name is null
            ? command
            : ["setpriv", string.Create(CultureInfo.InvariantCulture, $"--reuid={User}"), string.Create(CultureInfo.InvariantCulture, $"--regid={Group}"), "--clear-groups", .. command];
        ProcessStartInfo start = new(whole.First(), whole.Skip(1))
        {
            WorkingDirectory = "/",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";
        start.Environment["LC_ALL"] = "C";
        start.Environment["TZ"] = "UTC";
        return start;
    }

    /// <summary>Runs a program to its end.</summary>
    public async Task<(int ExitCode, string Output)> RunAsync(IEnumerable<string> command, string? input, CancellationToken cancellation)
    {
        using Process process = Process.Start(Command(command))!;
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(cancellation);
            Task<string> error = process.StandardError.ReadToEndAsync(cancellation);
            if (input is not null)
            {
                await process.StandardInput.WriteAsync(input.AsMemory(), cancellation);
            }

            process.StandardInput.Close();
            await process.WaitForExitAsync(cancellation);
            return (process.ExitCode, await output + await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>Whether the account can run or enter this path: asked by trying, since every parent has a say.</summary>
    public async Task<bool> CanReachAsync(string path, CancellationToken cancellation) =>
        Name is null || (await RunAsync(["test", "-x", path], null, cancellation)).ExitCode == 0;

    /// <summary>Makes a folder that only this account can enter, or checks that an existing one is exactly that.</summary>
    /// <exception cref="LockplaneException">LP001: it belongs to somebody else, or is a link.</exception>
    public async Task CreatePrivateDirectoryAsync(string path, CancellationToken cancellation)
    {
        if (!System.IO.Directory.Exists(path) && new FileInfo(path).LinkTarget is null)
        {
            System.IO.Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            if (Name is not null && ChangeOwner(path, User, Group) != 0)
            {
                throw new LockplaneException(ErrorCodes.Configuration, $"{path} cannot be given to the account '{Name}' (errno {Marshal.GetLastPInvokeError()}).");
            }
        }

        // -O: owned by the account that asks; -L: a link, which another account may have laid.
        (int ExitCode, string Output) check = await RunAsync(["sh", "-c", "[ -d \"$1\" ] && [ ! -L \"$1\" ] && [ -O \"$1\" ] && chmod 700 \"$1\"", "sh", path], null, cancellation);
        if (check.ExitCode != 0)
        {
            throw new LockplaneException(ErrorCodes.Configuration, $"{path} does not belong to the account '{Name ?? Environment.UserName}', which Postgres runs as.",
                null, "Remove it, if it is yours.");
        }
    }

    /// <summary>Sends a signal; false when there is no such process or it is not ours.</summary>
    public static bool Signal(int process, int signal) => SendSignal(process, signal) == 0;

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int process, int signal);

    [DllImport("libc", EntryPoint = "lchown", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ChangeOwner([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int owner, int group);
}
