using Lockplane.Gateway.Loops;

namespace Lockplane.Gateway.Sessions;

/// <summary>What the loop is given to remember a session's times by. It cannot be taken back, so it stays for as long as the time is ahead: it lets go of the session when that ends.</summary>
internal sealed class SessionAlarm(Session session) : ITimed
{
    /// <summary>In milliseconds: what is due later is looked at again on the way, so that a token for a year is not remembered for a year.</summary>
    public const long Furthest = 60_000;

    private Session? _session = session;

    /// <summary>The session is gone.</summary>
    public void Clear() => _session = null;

    /// <inheritdoc/>
    public void OnTime(long now) => _session?.OnTime(now);

    /// <inheritdoc/>
    public void OnFault(Exception fault) => _session?.OnFault(fault);
}
