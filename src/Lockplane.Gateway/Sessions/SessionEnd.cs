using Lockplane.Wire;
using Lockplane.Wire.Backend;

namespace Lockplane.Gateway.Sessions;

/// <summary>Who or what ended a session.</summary>
internal enum EndedBy
{
    Client,
    ClientViolation,
    Server,
    ServerViolation,
    Login,
    Timeout,
    Token,
    Operator,
    Gateway,
    Failure,
}

/// <summary>How a session ended, and the last message to the client where one is due.</summary>
internal sealed record SessionEnd(EndedBy By, ErrorFields? Error = null)
{
    public static readonly SessionEnd ByClient = new(EndedBy.Client);

    public static readonly SessionEnd ByServer = new(EndedBy.Server);

    public static readonly SessionEnd ServerGone = new(EndedBy.Server,
        new ErrorFields(SqlState.CannotConnectNow, "the server closed the connection", Fatal: true));

    public static readonly SessionEnd Shutdown = Of(EndedBy.Gateway, SqlState.AdminShutdown, "terminating connection: the gateway is shutting down");

    public static readonly SessionEnd Killed = Of(EndedBy.Operator, SqlState.AdminShutdown, "terminating connection due to administrator command");

    public static readonly SessionEnd Reloaded = Of(EndedBy.Gateway, SqlState.AdminShutdown,
        "terminating connection: the profile of the session has changed", "Connect again.");

    public static readonly SessionEnd TokenExpired = Of(EndedBy.Token, SqlState.AdminShutdown, "terminating connection: the token of the session has expired", "Connect again with a new token.");

    public static readonly SessionEnd ContextExpired = Of(EndedBy.Token, SqlState.AdminShutdown, "terminating connection: the signed context of the session has expired", "Connect again.");

    public static readonly SessionEnd Crowded = Of(EndedBy.Login, SqlState.TooManyConnections, "too many connections that have not logged in; this one was the oldest");

    public static readonly SessionEnd Failed = Of(EndedBy.Failure, SqlState.InternalError, "the gateway failed; the session ends", "See the gateway's log.");

    public static SessionEnd Idle(TimeSpan timeout) => Of(EndedBy.Timeout, SqlState.IdleSessionTimeout,
        $"terminating connection due to idle session timeout: gateway.idle_timeout is {timeout.TotalSeconds:0.###} s");

    public static SessionEnd QueryTime(TimeSpan timeout) => Of(EndedBy.Timeout, SqlState.QueryCanceled,
        $"terminating connection due to query timeout: gateway.query_timeout is {timeout.TotalSeconds:0.###} s");

    private static SessionEnd Of(EndedBy by, string code, string message, string? hint = null) => new(by, new ErrorFields(code, message, Hint: hint, Fatal: true));
}
