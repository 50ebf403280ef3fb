using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Lockplane.Bench.Load.Measurement;
using Lockplane.Bench.Load.Results;
using Lockplane.Bench.Load.Targets;
using Lockplane.Scripted;

namespace Lockplane.Bench.Load.Logins;

/// <summary>Measures what logins and idle sessions cost the gateway.</summary>
internal sealed class LoginMeasurement(LoadOptions options, BenchServer server, PgbenchRun pgbench, string directory, Action<string> progress)
{
    private const int ScriptedPort = 100;
    private const int GatewayPort = 105;
    private const int StormClients = 500;
    private const int WarmLogins = 500;

    private static readonly RoleLogin Login = RoleLogin.ForLogins;

    // A fixed salt: both sides derive the role's keys once.
    private readonly ScramSecret _secret = new(Login.Password, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);

    /// <summary>Runs all parts; one that cannot be run is skipped with its reason.</summary>
    public async Task<LoginFigures> RunAsync(LoadReport report, CancellationToken cancellation)
    {
        LoginFigures figures = new();
        await TryAsync(report, "logins against a scripted server, secret", async () => await MeasureScriptedAsync(figures, passThrough: false, cancellation));
        await TryAsync(report, "logins against a scripted server, pass-through", async () => await MeasureScriptedAsync(figures, passThrough: true, cancellation));
        await TryAsync(report, "logins against Postgres", async () => await MeasureRealAsync(figures, cancellation));
        return figures;
    }

    private async Task TryAsync(LoadReport report, string what, Func<Task> measure)
    {
        progress($"Measuring {what}");
        try
        {
            await measure();
        }
        catch (Exception e) when (e is LoadException or SocketException or EndOfStreamException or InvalidDataException)
        {
            progress($"{what}: {e.Message}");
            report.Skipped.Add($"{what}: {e.Message}");
        }
    }

    private async Task MeasureScriptedAsync(LoginFigures figures, bool passThrough, CancellationToken cancellation)
    {
        await using ScriptedServer scripted = new(options.Port + ScriptedPort, _secret);
        LockplaneProcess process = Gateway(passThrough ? "logins-pass-through" : "logins-secret", options.Port + ScriptedPort) with
        {
            Users = passThrough ? $"\"{Login.Role}\" \"{_secret.Verifier}\"\n" : RoleLogin.Userlist,
            PassThrough = passThrough,
        };
        await using Child gateway = await Child.StartAsync(process.Name, process.Command(), process.Log, process.Port, cancellation);
        await LogInManyAsync(WarmLogins, cancellation);
        await SettleAsync(cancellation);

        double before = ProcessFigures.ResidentMb(gateway.ProcessId);
        if (!passThrough)
        {
            int most = Math.Min(10_000, (DescriptorLimit() / 2) - 500);
            List<ScriptedClient> idle = await OpenManyAsync(most, cancellation);
            try
            {
                await SettleAsync(cancellation);
                figures.IdleSessions = idle.Count;
                figures.IdleKiB = (ProcessFigures.ResidentMb(gateway.ProcessId) - before) * 1_024 / idle.Count;
            }
            finally
            {
                idle.ForEach(client => client.Dispose());
            }

            await SettleAsync(cancellation);
        }

        int logins = options.Quick ? 2_000 : 6_000;
        await LogInManyAsync(logins, cancellation);
        await SettleAsync(cancellation);
        double cpu = ProcessFigures.CpuSeconds(gateway.ProcessId);
        await LogInManyAsync(logins, cancellation);
        double perLogin = (ProcessFigures.CpuSeconds(gateway.ProcessId) - cpu) * 1_000 / logins;
        if (passThrough)
        {
            figures.PassThroughMs = perLogin;
        }
        else
        {
            figures.SecretMs = perLogin;
        }
    }

    private async Task MeasureRealAsync(LoginFigures figures, CancellationToken cancellation)
    {
        LockplaneProcess process = Gateway("logins-postgres", server.Port);
        await using Child gateway = await Child.StartAsync(process.Name, process.Command(), process.Log, process.Port, cancellation);
        await LogInManyAsync(WarmLogins / 5, cancellation);
        Target direct = new(Target.Direct, server.Port, null, Login);
        Target through = new(Target.Lockplane, process.Port, gateway.ProcessId, Login);
        List<double> ratios = [];
        List<double> rates = [];
        for (int round = 0; round < (options.Quick ? 2 : 8); round++)
        {
            bool directFirst = round % 2 == 0;
            double first = await ConnectsAsync(directFirst ? direct : through, cancellation);
            double second = await ConnectsAsync(directFirst ? through : direct, cancellation);
            rates.Add(directFirst ? first : second);
            ratios.Add(directFirst ? second / first : first / second);
        }

        figures.DirectConnects = RatioRange.MedianOf(rates);
        figures.Connects = RatioRange.Of(ratios);
        await server.EndSessionsAsync(cancellation);
        await StormAsync(figures, cancellation);
        await server.EndSessionsAsync(cancellation);
    }

    // pgbench's rate with a login for each transaction.
    private async Task<double> ConnectsAsync(Target target, CancellationToken cancellation)
    {
        const string Rate = "tps = ";
        string seconds = options.Seconds.ToString(CultureInfo.InvariantCulture);
        string output = await pgbench.RunAsync(target, Workload.All[0], 8, ["-C", "-T", seconds], cancellation);
        string line = output.Split('\n').First(line => line.StartsWith(Rate, StringComparison.Ordinal));
        return double.Parse(line[Rate.Length..].Split(' ')[0], CultureInfo.InvariantCulture);
    }

    private async Task StormAsync(LoginFigures figures, CancellationToken cancellation)
    {
        ScriptedClient?[] clients = new ScriptedClient?[StormClients];
        long start = Stopwatch.GetTimestamp();
        try
        {
            double[] times = await Task.WhenAll(Enumerable.Range(0, StormClients).Select(async i =>
            {
                clients[i] = await LogInAsync(cancellation);
                return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }));
            figures.StormMedianMs = RatioRange.MedianOf(times);
            figures.StormRatio = times.Max() / figures.StormMedianMs;
        }
        finally
        {
            foreach (ScriptedClient? client in clients)
            {
                client?.Dispose();
            }
        }
    }

    /// <summary>Logs in so many times, 16 at a time, and ends each session.</summary>
    private async Task LogInManyAsync(int count, CancellationToken cancellation) => await Parallel.ForEachAsync(
        Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = cancellation }, async (_, stop) =>
        {
            using ScriptedClient client = await LogInAsync(stop);
            await client.Frame('X', "").Stream.FlushAsync(stop);
        });

    private async Task<List<ScriptedClient>> OpenManyAsync(int count, CancellationToken cancellation)
    {
        List<ScriptedClient> clients = [];
        try
        {
            await Parallel.ForEachAsync(
                Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = cancellation }, async (_, stop) =>
                {
                    ScriptedClient client = await LogInAsync(stop);
                    lock (clients)
                    {
                        clients.Add(client);
                    }
                });
            return clients;
        }
        catch
        {
            clients.ForEach(client => client.Dispose());
            throw;
        }
    }

    private async Task<ScriptedClient> LogInAsync(CancellationToken cancellation)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(TimeSpan.FromSeconds(60));
        try
        {
            ScriptedClient client = await ScriptedClient.LogInAsync(options.Port + GatewayPort, Login.Role, Login.Password, Target.Database, null, deadline.Token);
            return client.Refusal is null ? client : throw new LoadException($"a login was refused: {client.Refusal.Body.Replace('\0', ' ')}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new LoadException("a login took more than 60 s.");
        }
    }

    private LockplaneProcess Gateway(string name, int serverPort) => new(name, directory)
    {
        Port = options.Port + GatewayPort,
        ServerHost = "127.0.0.1",
        ServerPort = serverPort,
        AdminUrl = server.AdminUrl,
    };

    // Ended sessions are cleared up, and the processes are at rest.
    private static Task SettleAsync(CancellationToken cancellation) => Task.Delay(TimeSpan.FromSeconds(3), cancellation);

    private static int DescriptorLimit()
    {
        string line = File.ReadLines("/proc/self/limits").First(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        return int.TryParse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3], CultureInfo.InvariantCulture, out int limit) ? limit : int.MaxValue;
    }
}
