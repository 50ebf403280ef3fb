namespace Lockplane.Cli;

/// <summary>The command line cannot be carried out as it was written: exit code 64.</summary>
internal sealed class UsageException(string message, string hint) : Exception(message)
{
    /// <summary>What to write instead.</summary>
    public string Hint { get; } = hint;
}
