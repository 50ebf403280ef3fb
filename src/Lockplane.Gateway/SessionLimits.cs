using Lockplane.Sql.Errors;

namespace Lockplane.Gateway;

/// <summary>Limits of sessions beyond their number in all; 0 is no limit.</summary>
public sealed record SessionLimits
{
    /// <summary><c>gateway.max_sessions_per_database</c>: logins beyond it are refused with 53300.</summary>
    public int PerDatabase { get; init; }

    /// <summary><c>gateway.max_sessions_per_role</c>.</summary>
    public int PerRole { get; init; }

    /// <summary><c>gateway.max_sessions_per_address</c>: of a client, as a trusted proxy names it.</summary>
    public int PerAddress { get; init; }

    /// <summary><c>gateway.max_gathered_bytes</c>: statements that are gathered, of all sessions together; beyond it 53200.</summary>
    public long GatheredBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary><c>gateway.idle_timeout</c>: a session that waits for its client for longer ends with 57P05.</summary>
    public TimeSpan Idle { get; init; }

    /// <summary><c>gateway.query_timeout</c>: a query that runs for longer is cancelled.</summary>
    public TimeSpan Query { get; init; }

    /// <summary><c>gateway.drain_timeout</c>: how long transactions may take to end once the gateway drains; then they end with 57P01.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Refuses what cannot work.</summary>
    /// <exception cref="LockplaneException">LP001.</exception>
    internal void Validate(int maxStatementBytes)
    {
        GatewayOptions.Require(PerDatabase >= 0, "gateway.max_sessions_per_database", PerDatabase, "0 or more");
        GatewayOptions.Require(PerRole >= 0, "gateway.max_sessions_per_role", PerRole, "0 or more");
        GatewayOptions.Require(PerAddress >= 0, "gateway.max_sessions_per_address", PerAddress, "0 or more");
        GatewayOptions.Require(GatheredBytes >= maxStatementBytes, "gateway.max_gathered_bytes", GatheredBytes, $"at least gateway.max_statement_bytes, which is {maxStatementBytes}");
        RequireTime(Idle, "gateway.idle_timeout");
        RequireTime(Query, "gateway.query_timeout");
        RequireTime(Drain, "gateway.drain_timeout");
    }

    private static void RequireTime(TimeSpan time, string key) =>
        GatewayOptions.Require(time >= TimeSpan.Zero && time <= TimeSpan.FromDays(7), key, time, "0 (none) to 7 days");
}
