using System.Collections.Immutable;
using Lockplane.Hosting.Configuration;
using Lockplane.Sql.Errors;

namespace Lockplane.Hosting.Operating;

/// <summary>Reads the configuration again while the process runs. An invalid one changes nothing.</summary>
/// <param name="start">What the process started with.</param>
/// <param name="load">Reads it again.</param>
/// <param name="apply">Puts a checked one into force; refuses one that cannot work before anything has changed.</param>
/// <param name="log">Told what changed.</param>
internal sealed partial class ConfigurationReload(LockplaneConfiguration start, Func<LockplaneConfiguration> load, Action<LockplaneConfiguration> apply, ILogger log)
{
    private readonly LockplaneConfiguration _start = start;
    private readonly Lock _one = new();

    /// <summary>What is in force; keys that need a restart have their new value here only in so far as nothing reads them any more.</summary>
    public LockplaneConfiguration Current { get; private set; } = start;

    /// <summary>Reads, checks and applies. Files that the configuration names (passwords, certificates) are read again even when nothing in it changed.</summary>
    /// <exception cref="LockplaneException">LP001: the new configuration is refused, and the old one stays in force.</exception>
    public ImmutableArray<ConfigurationChange> Run()
    {
        lock (_one)
        {
            try
            {
                LockplaneConfiguration next = load();
                ImmutableArray<ConfigurationChange> changes = ConfigurationDiff.Of(_start, Current, next);
                apply(next);
                Current = next;
                foreach (ConfigurationChange change in changes)
                {
                    LogChange(change.Text, change.NeedsRestart ? "needs a restart" : "in force");
                }

                LogReloaded(changes.Length);
                return changes;
            }
            catch (LockplaneException e)
            {
                LogRefused(e.Code.Code, e.Message);
                throw;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                LogRefused(ErrorCodes.Configuration.Code, e.Message);
                throw new LockplaneException(ErrorCodes.Configuration, $"The configuration cannot be read: {e.Message}", inner: e);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Configuration: {Change} ({Effect})")]
    private partial void LogChange(string change, string effect);

    [LoggerMessage(Level = LogLevel.Information, Message = "Configuration read again: {Count} keys changed")]
    private partial void LogReloaded(int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "The new configuration is refused, the old one stays in force: {Code} {Reason}")]
    private partial void LogRefused(string code, string reason);
}
