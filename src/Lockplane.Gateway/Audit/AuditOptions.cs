namespace Lockplane.Gateway.Audit;

/// <summary><c>[audit]</c>.</summary>
public sealed record AuditOptions
{
    /// <summary><c>audit.file</c>: appended to, mode 0600; null for standard output.</summary>
    public string? File { get; init; }

    /// <summary><c>audit.on_failure</c>: true for <c>refuse</c> (new sessions are refused while the sink cannot be written), false for <c>drop</c>.</summary>
    public bool RefuseOnFailure { get; init; } = true;

    /// <summary>The number of this process, which tells its sessions from those of a process beside it.</summary>
    public int Process { get; init; }
}
