using System.Net;
using Lockplane.Gateway.Metrics;
using Microsoft.Extensions.Logging;

namespace Lockplane.Gateway.Sessions;

/// <summary>What sessions log: never a literal of a statement, a password, a token or a key.</summary>
internal static partial class SessionLog
{
    [LoggerMessage(1, LogLevel.Information, "Session {Session}: user {User}, database {Database}, from {Address}: logged in")]
    public static partial void LoggedIn(this ILogger logger, long session, string user, string database, IPAddress? address);

    [LoggerMessage(2, LogLevel.Warning, "Session {Session}: user {User}, database {Database}, from {Address}: login refused with {Code}: {Reason}")]
    public static partial void LoginRefused(this ILogger logger, long session, string user, string database, IPAddress? address, string code, string reason);

    [LoggerMessage(3, LogLevel.Information, "Session {Session}: user {User}: statement refused with {Code}")]
    public static partial void Refused(this ILogger logger, long session, string user, string code);

    [LoggerMessage(4, LogLevel.Information, "Session {Session}: user {User}: ended by {By} {Code}")]
    public static partial void Ended(this ILogger logger, long session, string user, EndedBy by, string code);

    [LoggerMessage(5, LogLevel.Error, "Session {Session}: failed")]
    public static partial void Failed(this ILogger logger, long session, Exception exception);

    [LoggerMessage(6, LogLevel.Debug, "Connection from {Address}: cancel request, {Outcome}")]
    public static partial void Cancel(this ILogger logger, IPAddress? address, CancelOutcome outcome);

    [LoggerMessage(7, LogLevel.Warning, "Accepting connections: {Reason}")]
    public static partial void AcceptFailed(this ILogger logger, string reason);

    [LoggerMessage(9, LogLevel.Warning, "Session {Session}: user {User}: no plan for a schema change")]
    public static partial void PlanFailed(this ILogger logger, long session, string user, Exception exception);

    [LoggerMessage(15, LogLevel.Error, "Session {Session}: user {User}: a schema change failed")]
    public static partial void ApplyFailed(this ILogger logger, long session, string user, Exception exception);

    [LoggerMessage(16, LogLevel.Information, "Session {Session}: user {User}: schema change applied as ledger entry {Entry}")]
    public static partial void Applied(this ILogger logger, long session, string user, long entry);

    [LoggerMessage(10, LogLevel.Information, "Gateway listens on {Address}, server {Server} at {ServerAddress}")]
    public static partial void Listening(this ILogger logger, string address, string server, string serverAddress);

    [LoggerMessage(11, LogLevel.Debug, "Session {Session}: closed during start-up")]
    public static partial void ClosedDuringStartup(this ILogger logger, long session);

    [LoggerMessage(12, LogLevel.Information, "Session {Session}: from {Address}: TLS handshake failed: {Reason}")]
    public static partial void HandshakeFailed(this ILogger logger, long session, IPAddress? address, string reason);

    [LoggerMessage(13, LogLevel.Warning, "Session {Session}: a cancel request could not be passed on")]
    public static partial void CancelNotPassedOn(this ILogger logger, long session, Exception exception);

    [LoggerMessage(14, LogLevel.Error, "A loop's turn failed")]
    public static partial void TurnFailed(this ILogger logger, Exception exception);
}
