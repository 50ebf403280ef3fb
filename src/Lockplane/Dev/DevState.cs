using System.Globalization;
using Lockplane.Hosting.Configuration;
using Lockplane.Sql.Errors;

namespace Lockplane.Dev;

/// <summary>The folder <c>.lockplane</c>: configuration, secrets and cluster of <c>lockplane dev</c>, held by one process at a time.</summary>
internal sealed class DevState : IDisposable
{
    private readonly FileStream _lock;

    private DevState(string directory, FileStream heldLock)
    {
        (Root, _lock, Secrets) = (directory, heldLock, new DevSecrets(Path.Combine(directory, "secrets")));
    }

    public string Root { get; }

    public DevSecrets Secrets { get; }

    /// <summary>The configuration that the verbs of <c>./dev run</c> find.</summary>
    public string ConfigurationPath => Path.Combine(Root, ConfigurationLoader.FileName);

    /// <summary>What was printed when all was ready; there as long as the process is ready.</summary>
    private string WelcomePath => Path.Combine(Root, "welcome.txt");

    private string PidPath => Path.Combine(Root, "dev.pid");

    /// <summary>Takes the folder, making it when it is missing.</summary>
    /// <exception cref="LockplaneException">LP001: another process has it, or it is another account's.</exception>
    public static DevState Open(string directory)
    {
        // Root's Postgres runs as another account, which has to pass through; what is secret is closed file by file.
        UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        directory = Path.GetFullPath(directory);
        Directory.CreateDirectory(directory);
        try
        {
            File.SetUnixFileMode(directory, Environment.IsPrivilegedProcess ? mode | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute : mode);
            FileStream heldLock = new(Path.Combine(directory, "dev.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            DevState state = new(directory, heldLock);
            File.Delete(state.WelcomePath);
            DevSecrets.Write(state.PidPath, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return state;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new LockplaneException(ErrorCodes.Configuration, $"{directory} belongs to another account: {e.Message}", null, "Start as that account, or remove the folder.", e);
        }
        catch (IOException)
        {
            throw new LockplaneException(ErrorCodes.Configuration, $"Another process runs from {directory}.", null, "Stop it first: `./dev down`.");
        }
    }

    /// <summary>Says to <c>./dev up --detach</c>, and to a second <c>./dev up</c>, that all is ready, and what was printed.</summary>
    public void WriteWelcome(string text) => DevSecrets.Write(WelcomePath, text);

    public void Dispose()
    {
        File.Delete(WelcomePath);
        File.Delete(PidPath);
        _lock.Dispose();
    }
}
