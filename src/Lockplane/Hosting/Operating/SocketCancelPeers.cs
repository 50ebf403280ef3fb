using System.Text.Json.Nodes;
using Lockplane.Gateway.Operations;
using Lockplane.Sql.Errors;
using Lockplane.Wire.Frontend;

namespace Lockplane.Hosting.Operating;

/// <summary>Passes cancels on to the processes of the same state folder, by their control sockets.</summary>
internal sealed class SocketCancelPeers(string folder) : ICancelPeers
{
    /// <inheritdoc/>
    public async ValueTask<bool> PassOnAsync(int process, CancelRequest request, CancellationToken cancellation)
    {
        // Anyone may send a CancelRequest with any number: what runs is asked before a socket is opened.
        if (!File.Exists(ProcessSlot.PathOf(folder, process)))
        {
            return false;
        }

        try
        {
            JsonObject answer = await new ControlClient(folder).AskAsync(
                new JsonObject { ["verb"] = ControlVerbs.Cancel, ["process_id"] = request.ProcessId, ["key"] = Convert.ToBase64String(request.Key.AsSpan()) }, process, cancellation);
            return (bool?)answer["cancelled"] == true;
        }
        catch (LockplaneException)
        {
            return false;
        }
    }
}
