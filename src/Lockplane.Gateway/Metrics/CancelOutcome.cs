namespace Lockplane.Gateway.Metrics;

/// <summary>What became of a client's CancelRequest.</summary>
internal enum CancelOutcome
{
    /// <summary>Sent to the server, or the statement waited for its verdict and is refused.</summary>
    Sent,

    /// <summary>Its session has no query running.</summary>
    Idle,

    /// <summary>No session has this key.</summary>
    UnknownKey,

    /// <summary>The address sends too many.</summary>
    RateLimited,

    /// <summary>Passed on to the process that issued the key.</summary>
    PassedOn,

    /// <summary>The server or the other process could not be reached.</summary>
    Failed,
}
