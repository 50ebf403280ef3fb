using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Lockplane.Bench.Load;

/// <summary>A program that was started for the benchmark. It ends with this object, and with this process however that ends: a small shell holds a pipe to it.</summary>
internal sealed class Child : IAsyncDisposable
{
    // $1 is the log. The reader ends when our end of the pipe does, by whatever death. It is the program's own number that is printed, since its processor time is read.
    private const string Keeper = """
        log=$1; shift; exec 3<&0 </dev/null
        "$@" 3<&- >"$log" 2>&1 & child=$!
        echo $child; exec >/dev/null 2>&1
        trap '' INT TERM HUP
        { read -r _ <&3; kill -TERM $child; n=0; while [ $n -lt 80 ] && kill -0 $child; do sleep 0.1; n=$((n + 1)); done; kill -KILL $child; } & reader=$!
        exec 3<&-
        wait $child; code=$?
        kill -9 $reader
        exit $code
        """;

    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(40);

    private readonly Process _keeper;

    private Child(string name, Process keeper, int processId, string log) => (Name, _keeper, ProcessId, Log) = (name, keeper, processId, log);

    public string Name { get; }

    /// <summary>The program's own process number.</summary>
    public int ProcessId { get; }

    /// <summary>The file with all that it says.</summary>
    public string Log { get; }

    /// <summary>The words that run a program under the keeper.</summary>
    public static IEnumerable<string> Kept(string log, IEnumerable<string> command) => ["/usr/bin/setsid", "sh", "-c", Keeper, "sh", log, .. command];

    /// <summary>Starts what <see cref="Kept"/> describes and waits until it takes connections.</summary>
    /// <exception cref="LoadException">It ended, or did not listen in time; with the end of its log.</exception>
    public static async Task<Child> StartAsync(string name, ProcessStartInfo command, string log, int port, CancellationToken cancellation)
    {
        command.RedirectStandardInput = command.RedirectStandardOutput = command.RedirectStandardError = true;
        Process keeper = Process.Start(command)!;
        string? line = await keeper.StandardOutput.ReadLineAsync(cancellation);
        if (!int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out int processId))
        {
            throw new LoadException($"{name} did not start: {await keeper.StandardError.ReadToEndAsync(cancellation)}");
        }

        Child child = new(name, keeper, processId, log);
        try
        {
            await child.WaitForPortAsync(port, cancellation);
            return child;
        }
        catch
        {
            await child.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _keeper.StandardInput.Close();
        await _keeper.WaitForExitAsync();
        _keeper.Dispose();
    }

    /// <summary>Runs a program to its end; killed when cancelled or too slow.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(ProcessStartInfo command, TimeSpan longest, CancellationToken cancellation)
    {
        command.RedirectStandardOutput = command.RedirectStandardError = command.RedirectStandardInput = true;
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(longest);
        using Process process = Process.Start(command)!;
        process.StandardInput.Close();
        try
        {
            Task<string> errors = process.StandardError.ReadToEndAsync(deadline.Token);
            string output = await process.StandardOutput.ReadToEndAsync(deadline.Token);
            await process.WaitForExitAsync(deadline.Token);
            return (process.ExitCode, output, await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
            cancellation.ThrowIfCancellationRequested();
            throw new LoadException($"{Path.GetFileName(command.FileName)} did not end within {longest.TotalSeconds:0} s.");
        }
    }

    private async Task WaitForPortAsync(int port, CancellationToken cancellation)
    {
        long deadline = Environment.TickCount64 + (long)LongestStart.TotalMilliseconds;
        while (true)
        {
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, port, cancellation);
                return;
            }
            catch (SocketException) when (!_keeper.HasExited && Environment.TickCount64 < deadline)
            {
                await Task.Delay(50, cancellation);
            }
            catch (SocketException)
            {
                throw new LoadException($"{Name} does not listen: {LogTail()}");
            }
        }
    }

    private string LogTail()
    {
        try
        {
            return string.Join(" / ", File.ReadLines(Log).TakeLast(3));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "(no log)";
        }
    }
}
