namespace Lockplane.Cli;

/// <summary>What the process ends with. An error ends with its code's own: 1, or 3 where something was refused or an approval is needed.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    public const int Error = 1;

    /// <summary>A checking verb found something.</summary>
    public const int Found = 2;

    /// <summary>The command line was not understood.</summary>
    public const int Usage = 64;

    /// <summary>Ctrl-C or SIGTERM.</summary>
    public const int Interrupted = 130;
}
