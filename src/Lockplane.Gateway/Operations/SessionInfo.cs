using System.Net;
using Lockplane.Gateway.Identity;

namespace Lockplane.Gateway.Operations;

/// <summary>How far a session is.</summary>
public enum SessionState
{
    /// <summary>Logging in, on either side.</summary>
    Starting,

    /// <summary>Waits for its client, outside a transaction.</summary>
    Idle,

    /// <summary>A query runs, or the gate judges one.</summary>
    Active,

    /// <summary>Waits for its client, inside a transaction.</summary>
    IdleInTransaction,

    /// <summary>Ends: what is left is on its way to the client.</summary>
    Ending,
}

/// <summary>One session, for operators.</summary>
/// <param name="Id">The number of the session in its process; what <c>kill</c> takes.</param>
/// <param name="State">How far it is.</param>
/// <param name="Role">Empty before the client said it.</param>
/// <param name="Database">Empty before the client said it.</param>
/// <param name="Address">Null for a client of the Unix socket.</param>
/// <param name="Context">Tenant and user.</param>
/// <param name="ApplicationName">As the client gave it at start-up; empty without one.</param>
/// <param name="Profile">The profile that judges its statements.</param>
/// <param name="Since">When the connection was accepted.</param>
/// <param name="Tls">Such as <c>TLSv1.3</c>; null without.</param>
public sealed record SessionInfo(
    long Id,
    SessionState State,
    string Role,
    string Database,
    IPAddress? Address,
    SessionContext Context,
    string ApplicationName,
    string Profile,
    DateTimeOffset Since,
    string? Tls);
