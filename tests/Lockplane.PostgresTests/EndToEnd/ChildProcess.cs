using System.Diagnostics;

namespace Lockplane.PostgresTests.EndToEnd;

/// <summary>What a program printed, and how it ended.</summary>
internal sealed record ProcessResult(int ExitCode, string Output, string Errors)
{
    /// <summary>Both streams, for messages.</summary>
    public string All => $"exit {ExitCode}\n{Output}{Errors}";

    /// <summary>Fails the test unless the program ended with 0.</summary>
    public ProcessResult Succeeded()
    {
        Assert.True(ExitCode == 0, All);
        return this;
    }
}

/// <summary>Runs programs as a person at a shell would.</summary>
internal static class ChildProcess
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    public static async Task<ProcessResult> RunAsync(
        string program, IEnumerable<string> arguments, string directory, IEnumerable<KeyValuePair<string, string>>? environment = null, string input = "")
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in environment ?? [])
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        using CancellationTokenSource deadline = new(Deadline);
        Task<string> output = process.StandardOutput.ReadToEndAsync(deadline.Token);
        Task<string> errors = process.StandardError.ReadToEndAsync(deadline.Token);
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        try
        {
            await process.WaitForExitAsync(deadline.Token);
            return new ProcessResult(process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end within {Deadline}.");
        }
    }
}
