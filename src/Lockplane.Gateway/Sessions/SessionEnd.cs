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

    public static readonly SessionEnd Shutdown = new(EndedBy.Gateway,
        new ErrorFields(SqlState.AdminShutdown, "terminating connection: the gateway is shutting down", Fatal: true));

    public static readonly SessionEnd Failed = new(EndedBy.Failure,
        new ErrorFields(SqlState.InternalError, "the gateway failed; the session ends", Hint: "See the gateway's log.", Fatal: true));
}
