using Lockplane.Wire.Frontend;

namespace Lockplane.Gateway.Operations;

/// <summary>What an operator sees of a running gateway and may do with it. From any thread.</summary>
public interface IOperatedGateway
{
    /// <summary>How it is.</summary>
    GatewayStatus Status { get; }

    /// <summary>Every session of this moment, logged in or logging in.</summary>
    IReadOnlyList<SessionInfo> Sessions { get; }

    /// <summary>Ends a session with 57P01, whatever it does; false when there is none of this number. The kill is audited by the gateway.</summary>
    bool Kill(long session);

    /// <summary>Cancels the running query of one of this process's own sessions; false for an unknown key. For a cancel that another process passes on.</summary>
    Task<bool> CancelAsync(CancelRequest request);
}
