using System.Diagnostics;
using System.Text.Json.Nodes;
using Lockplane.Dev;

namespace Lockplane.PostgresTests.Operations;

/// <summary>A running <c>lockplane serve</c>.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    public const int Terminate = 15;
    public const int HangUp = 1;

    private static readonly TimeSpan HangGuard = TimeSpan.FromSeconds(90);

    /// <summary>Whether whoever started this process ignores SIGHUP: then its children do, too. Told by the lowest bit of SigIgn, where there is /proc.</summary>
    public static bool IgnoresHangUp => File.Exists("/proc/self/status")
        && File.ReadLines("/proc/self/status").Any(line => line.StartsWith("SigIgn:", StringComparison.Ordinal) && "13579bdf".Contains(line.TrimEnd()[^1], StringComparison.Ordinal));

    private readonly Process _process;
    private readonly List<string> _log = [];
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _logEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private GatewayProcess(Process process) => _process = process;

    /// <summary>What it wrote to standard error so far.</summary>
    public string Log
    {
        get
        {
            lock (_log)
            {
                return string.Join('\n', _log);
            }
        }
    }

    /// <summary>Begins to run it; see <see cref="ReadyAsync"/>.</summary>
    public static GatewayProcess Start(string configuration)
    {
        Process process = new() { StartInfo = Command("serve", "--config", configuration) };
        GatewayProcess started = new(process);
        process.ErrorDataReceived += (_, line) => started.Take(line.Data);
        process.OutputDataReceived += (_, _) => { };
        process.Start();
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        return started;
    }

    /// <summary>Runs another verb to its end.</summary>
    public static Task<EndToEnd.ProcessResult> RunAsync(params string[] arguments) => RunAsync([], arguments);

    /// <summary>Runs another verb to its end, with these variables in its environment.</summary>
    public static async Task<EndToEnd.ProcessResult> RunAsync(KeyValuePair<string, string>[] environment, params string[] arguments)
    {
        ProcessStartInfo start = Command(arguments);
        return await EndToEnd.ChildProcess.RunAsync(start.FileName, start.ArgumentList, start.WorkingDirectory, environment);
    }

    /// <summary>Runs another verb with <c>--json</c>, which must succeed.</summary>
    public static async Task<JsonObject> AskAsync(params string[] arguments) => (JsonObject)JsonNode.Parse((await RunAsync([.. arguments, "--json"])).Succeeded().Output)!;

    /// <summary>Waits until it serves.</summary>
    public Task ReadyAsync() => GuardAsync(_ready.Task);

    /// <summary>Waits until its log holds a text.</summary>
    public async Task SaysAsync(string text)
    {
        Stopwatch waited = Stopwatch.StartNew();
        while (!Log.Contains(text, StringComparison.Ordinal))
        {
            Assert.True(waited.Elapsed < HangGuard, $"The log does not say: {text}\n{Log}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    public void Signal(int signal) => Assert.True(UnixAccount.Signal(_process.Id, signal));

    /// <summary>Waits for its end and gives the exit code.</summary>
    public async Task<int> EndAsync()
    {
        await GuardAsync(_process.WaitForExitAsync());
        await GuardAsync(_logEnded.Task);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static ProcessStartInfo Command(params string[] arguments) => new("dotnet", [Path.Combine(AppContext.BaseDirectory, "lockplane.dll"), .. arguments])
    {
        WorkingDirectory = AppContext.BaseDirectory, RedirectStandardError = true, RedirectStandardOutput = true, RedirectStandardInput = true,
    };

    private async Task GuardAsync(Task task)
    {
        try
        {
            await task.WaitAsync(HangGuard, TestContext.Current.CancellationToken);
        }
        catch (Exception e) when (e is TimeoutException or InvalidOperationException)
        {
            Assert.Fail($"{e.Message}\n{Log}");
        }
    }

    private void Take(string? line)
    {
        if (line is null)
        {
            _ready.TrySetException(new InvalidOperationException("It ended before it was ready."));
            _logEnded.TrySetResult();
            return;
        }

        lock (_log)
        {
            _log.Add(line);
        }

        if (line.StartsWith("Ready: ", StringComparison.Ordinal))
        {
            _ready.TrySetResult();
        }
    }
}
