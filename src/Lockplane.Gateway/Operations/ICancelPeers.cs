using Lockplane.Wire.Frontend;

namespace Lockplane.Gateway.Operations;

/// <summary>Other gateway processes of the same state folder, for cancels of sessions that they own.</summary>
public interface ICancelPeers
{
    /// <summary>Passes a cancel on to the process that issued its key (the upper 12 bits of the key's process id); false when there is no such process or it cannot be reached. Takes long: never on a loop.</summary>
    ValueTask<bool> PassOnAsync(int process, CancelRequest request, CancellationToken cancellation);
}
