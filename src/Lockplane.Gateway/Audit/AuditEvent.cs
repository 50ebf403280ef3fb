using System.Net;
using Lockplane.Gateway.Identity;

namespace Lockplane.Gateway.Audit;

/// <summary>What an audit event tells of.</summary>
public enum AuditKind
{
    /// <summary>A session is up.</summary>
    Login,

    /// <summary>A login was refused, by us or by the server.</summary>
    LoginFailed,

    /// <summary>A statement or message was refused.</summary>
    Refusal,

    /// <summary>A statement passed that the profile would refuse if it were not in mode observe.</summary>
    Observe,

    /// <summary>An operator ended a session.</summary>
    Kill,

    /// <summary>A schema change of a session was applied.</summary>
    Apply,
}

/// <summary>One event for the audit. The sink adds the time.</summary>
public readonly record struct AuditEvent
{
    /// <summary>What happened.</summary>
    public required AuditKind Kind { get; init; }

    /// <summary>The session's number.</summary>
    public required long Session { get; init; }

    /// <summary>The client's address, as a trusted proxy gave it where there is one; null for a client of the Unix socket.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>The role that was asked for; empty before a client said it.</summary>
    public string Role { get; init; }

    /// <summary>The database that was asked for; empty before a client said it.</summary>
    public string Database { get; init; }

    /// <summary>The row level security context: tenant and user; null before it is known.</summary>
    public SessionContext? Context { get; init; }

    /// <summary>The profile that judged; null where none did.</summary>
    public string? Profile { get; init; }

    /// <summary>SQLSTATE or one of Lockplane's codes; null for a login.</summary>
    public string? Code { get; init; }

    /// <summary>Why, in one sentence without secrets and literals: for a login the method or the reason; null where the code says it all.</summary>
    public string? Reason { get; init; }

    /// <summary>The node type, function or setting that a refusal or an observation is about; null where it is about none.</summary>
    public string? Subject { get; init; }

    /// <summary>The plan that was applied; null for other events.</summary>
    public string? Plan { get; init; }

    /// <summary>The ledger entry of what was applied; null for other events.</summary>
    public long? Seq { get; init; }

    /// <summary>The ledger entry's hash; null for other events.</summary>
    public string? EntryHash { get; init; }

    /// <summary>The text as the client sent it, a copy that nobody changes any more; empty where there is none. The sink writes it with literals as <c>$n</c>, never as it is.</summary>
    /// <remarks>Limits: <see cref="MostStatementBytes"/>; whoever makes the event cuts the copy there.</remarks>
    public ReadOnlyMemory<byte> Statement { get; init; }

    /// <summary>The length of the whole text in bytes, where <see cref="Statement"/> is cut; otherwise 0.</summary>
    public int StatementBytes { get; init; }

    /// <summary>How much of a statement is kept for the audit.</summary>
    public const int MostStatementBytes = 16 * 1024;
}
