using System.Runtime.InteropServices;
using Lockplane.Bench.Load;

if (!OperatingSystem.IsLinux())
{
    Console.Error.WriteLine("load: this benchmark reads processor times as Linux has them and runs there only.");
    return 1;
}

LoadOptions options;
try
{
    options = LoadOptions.Parse(args);
}
catch (FormatException e)
{
    Console.Error.WriteLine($"load: {e.Message}\n{LoadOptions.Usage}");
    return 64;
}

using CancellationTokenSource stop = new();
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
try
{
    await LoadRun.RunAsync(options, stop.Token);
    return 0;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    Console.Error.WriteLine("load: interrupted; what was started is stopped.");
    return 130;
}
catch (Exception e) when (e is LoadException or Lockplane.Sql.Errors.LockplaneException)
{
    Console.Error.WriteLine($"load: {e.Message}");
    return 1;
}

void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stop.Cancel();
}
