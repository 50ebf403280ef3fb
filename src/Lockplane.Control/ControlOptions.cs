using Lockplane.Schema.Catalogs;

namespace Lockplane.Control;

/// <summary>Who may approve.</summary>
public enum ApprovalMode
{
    /// <summary>Whoever approves is not whoever proposed.</summary>
    FourEyes,

    /// <summary>One person may approve their own plan.</summary>
    Owner,
}

/// <summary>How the control plane works on one database. The defaults are CONTRACT's.</summary>
public sealed record ControlOptions
{
    /// <summary>The part of the database that is managed.</summary>
    public Scope Scope { get; init; } = Scope.All;

    /// <summary>Who may approve.</summary>
    public ApprovalMode Approval { get; init; } = ApprovalMode.FourEyes;

    /// <summary>How long an approval holds, in minutes.</summary>
    public int ApprovalMinutes { get; init; } = 60;

    /// <summary>The value of the secret that a user mapping's <c>${secret:NAME}</c> stands for; null when there is none.</summary>
    public Func<string, string?> FindSecret { get; init; } = name => Environment.GetEnvironmentVariable(SecretPrefix + name);

    /// <summary>What the environment's variables with secrets begin with: no plan can ask for another variable.</summary>
    public const string SecretPrefix = "LOCKPLANE_SECRET_";

    /// <summary>How often an apply tries for its locks before it gives up.</summary>
    public int LockAttempts { get; init; } = 5;

    /// <summary>How long the first try waits for a lock, in milliseconds; each further try waits twice as long.</summary>
    public int LockMs { get; init; } = 1000;

    /// <summary>The longest that a try waits for a lock, in milliseconds.</summary>
    public int LockMsMax { get; init; } = 10_000;
}
