using System.Runtime.InteropServices;

namespace Lockplane.Hosting.Operating;

/// <summary>Counts what asks the process to end: the first signal lets it drain (that is the command line's), the second ends the drain, the third ends the process where it stands.</summary>
internal sealed class ShutdownSignals : IDisposable
{
    private readonly CancellationTokenSource _now = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _count;

    public ShutdownSignals()
    {
        foreach (PosixSignal signal in (PosixSignal[])[PosixSignal.SIGTERM, PosixSignal.SIGINT])
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, Count));
        }
    }

    /// <summary>Cancelled by the second signal.</summary>
    public CancellationToken Now => _now.Token;

    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _now.Dispose();
    }

    private void Count(PosixSignalContext context)
    {
        context.Cancel = true;
        switch (Interlocked.Increment(ref _count))
        {
            case 1:
                break;
            case 2:
                _now.Cancel();
                break;
            default:
                Environment.Exit(Cli.ExitCode.Interrupted);
                break;
        }
    }
}
