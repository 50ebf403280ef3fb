using Lockplane.Gateway.Operations;

namespace Lockplane.Gateway.Servers;

/// <summary>How the last attempt to connect to the server ended. From any thread.</summary>
internal sealed class ServerHealth
{
    private Attempt? _last;

    private sealed record Attempt(DateTimeOffset At, string? Failure);

    public void Connected() => Volatile.Write(ref _last, new Attempt(DateTimeOffset.UtcNow, null));

    public void Failed(string reason) => Volatile.Write(ref _last, new Attempt(DateTimeOffset.UtcNow, reason));

    public ServerStatus Of(ServerOptions options)
    {
        Attempt? last = Volatile.Read(ref _last);
        return new ServerStatus(options.Name, options.Address, last?.At, last?.Failure);
    }
}
