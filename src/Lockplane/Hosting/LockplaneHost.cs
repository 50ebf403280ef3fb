using System.Net;
using System.Runtime.InteropServices;
using Lockplane.Control;
using Lockplane.Hosting.Configuration;
using Lockplane.Hosting.Operating;
using Lockplane.Sql.Errors;
using Microsoft.AspNetCore.Connections;

namespace Lockplane.Hosting;

/// <summary>The process: gateway and HTTP. <c>lockplane serve</c> runs it from a configuration, <c>lockplane dev</c> around a server of its own.</summary>
internal static partial class LockplaneHost
{
    private const long LongestRequestBody = 8 << 20;

    private static readonly TimeSpan HttpPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(2);

    /// <summary>Runs until cancelled: then the gateway drains, and HTTP stops after it.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="slot">The process's place among those of its state folder.</param>
    /// <param name="place">The same, and whether ports are shared.</param>
    /// <param name="parts">What runs; the caller's to dispose.</param>
    /// <param name="ready">Called once, when <c>/readyz</c> answers 200.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The exit code: 0, or that of an interrupted program when a second signal cut the drain short.</returns>
    /// <exception cref="LockplaneException">LP001: a port that cannot be had.</exception>
    public static async Task<int> RunAsync(LockplaneConfiguration configuration, ProcessSlot slot, HostPlace place, HostParts parts, Action ready, CancellationToken cancellation)
    {
        using ShutdownSignals signals = new();
        using ILoggerFactory loggers = LoggerFactory.Create(ConfigureLogging);
        ILogger log = loggers.CreateLogger("Lockplane.Host");
        ConfigurationReload reload = new(configuration, () => ConfigurationLoader.Load(configuration.Path), parts.Reload, log);
        ControlVerbs verbs = new(place.Process, parts, reload);

        // Until the end: logrotate's signal must not kill a process that drains.
        using PosixSignalRegistration hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => ReloadOnSignal(context, reload, parts, log));
        using Readiness readiness = new(() => reload.Current, parts.Audit, TimeProvider.System, parts.Walls) { FunctionsUnread = parts.FunctionsUnread };
        await using WebApplication application = Build(configuration, place, parts, readiness);
        await SharedPorts.CheckAsync(configuration, place, cancellation);
        await StartHttpAsync(application, configuration, cancellation);
        await using ControlSocket? control = OpenControl(slot, place, verbs, log);
        bool interrupted = false;
        try
        {
            await parts.Gateway.StartAsync(cancellation);
            readiness.GatewayListens = true;
            foreach (string role in configuration.PassthroughRoles)
            {
                LogPassthrough(log, role);
            }

            slot.BecomeNewest();
            await WaitUntilReadyAsync(readiness, cancellation);
            ready();
            await Task.Delay(Timeout.Infinite, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Asked to end.
        }
        finally
        {
            interrupted = await EndAsync(application, readiness, place, parts, configuration.Gateway.Limits.Drain, signals.Now);
        }

        return interrupted ? Cli.ExitCode.Interrupted : Cli.ExitCode.Done;
    }

    /// <summary>Drains the gateway, then ends HTTP; true when a second signal did not let it finish.</summary>
    private static async Task<bool> EndAsync(WebApplication application, Readiness readiness, HostPlace place, HostParts parts, TimeSpan drain, CancellationToken now)
    {
        (readiness.GatewayListens, readiness.Draining) = (false, true);

        // A process beside this one answers on the same port: two answers to /readyz would make a load balancer's view flicker.
        bool relieved = place.SharesPorts && ProcessSlot.Running(place.StateDirectory).Any(number => number != place.Process);
        Task stopped = relieved ? StopHttpAsync(application) : Task.CompletedTask;
        Task drained = parts.Gateway.StopAsync(drain);
        await Task.WhenAny(drained, Task.Delay(Timeout.Infinite, now));
        bool interrupted = !drained.IsCompleted;
        if (interrupted)
        {
            await Task.WhenAny(parts.Gateway.StopAsync(TimeSpan.Zero), Task.Delay(LastPatience, CancellationToken.None));
        }
        else
        {
            await drained;
        }

        await stopped;
        await StopHttpAsync(application);
        return interrupted;
    }

    private static async Task StopHttpAsync(WebApplication application)
    {
        using CancellationTokenSource patience = new(HttpPatience);
        await application.StopAsync(patience.Token);
    }

    private static ControlSocket? OpenControl(ProcessSlot slot, HostPlace place, ControlVerbs verbs, ILogger log)
    {
        try
        {
            return new ControlSocket(slot.SocketPath, verbs.AnswerAsync, log);
        }
        catch (LockplaneException e) when (!place.SharesPorts)
        {
            // A checkout may lie in a folder whose name is too long for a socket; all else works without it.
            LogNoControl(log, e.Message);
            return null;
        }
    }

    private static void ReloadOnSignal(PosixSignalContext context, ConfigurationReload reload, HostParts parts, ILogger log)
    {
        context.Cancel = true;
        parts.Audit.Reopen();
        try
        {
            reload.Run();
        }
        catch (LockplaneException)
        {
            // Said in the log by whoever refused it.
        }
#pragma warning disable CA1031 // An exception on the thread of signals would end the process, and with it every session.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogReloadFailed(log, e);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The configuration could not be read again because of a fault in Lockplane; the old one stays in force")]
    private static partial void LogReloadFailed(ILogger log, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Profile passthrough: statements of {Role} are not judged")]
    private static partial void LogPassthrough(ILogger log, string role);

    [LoggerMessage(Level = LogLevel.Warning, Message = "There is no control socket: {Reason}")]
    private static partial void LogNoControl(ILogger log, string reason);

    /// <summary>Logs as all of the process does: one line each, to standard error; HTTP's own only from Warning on.</summary>
    public static void ConfigureLogging(ILoggingBuilder logging) => logging
        .ClearProviders()
        .SetMinimumLevel(LogLevel.Information)
        .AddFilter("Microsoft", LogLevel.Warning)
        // What hinders the start is thrown as well, and printed once.
        .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None)
        .AddFilter("System", LogLevel.Warning)
        .AddFilter("ModelContextProtocol", LogLevel.Warning)
        .AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ssZ ";
        })
        .Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);

    private static WebApplication Build(LockplaneConfiguration configuration, HostPlace place, HostParts parts, Readiness readiness)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, EnvironmentName = Environments.Production });
        // Only our own configuration counts: no appsettings.json, no ASPNETCORE_ variables.
        builder.Configuration.Sources.Clear();
        ConfigureLogging(builder.Logging);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = LongestRequestBody;
            kestrel.Listen(IPAddress.Parse(configuration.Http.Listen), configuration.Http.Port);
        });
        if (place.SharesPorts)
        {
            builder.WebHost.UseSockets(sockets => sockets.CreateBoundListenSocket = SharedPorts.Bind);
        }

        parts.AddServices(builder.Services);
        builder.Services.AddLockplaneTelemetry(configuration.Telemetry, Engine.Name.Split(' ')[^1]);
        WebApplication application = builder.Build();
        application.MapGet("/healthz", () => Results.Text("ok\n"));
        application.MapGet("/readyz", async (CancellationToken cancellation) =>
        {
            ReadinessReport report = await readiness.CheckAsync(cancellation);
            return Results.Json(report, statusCode: report.Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
        });
        application.MapLockplaneMetrics();
        parts.MapEndpoints(application);
        return application;
    }

    private static async Task StartHttpAsync(WebApplication application, LockplaneConfiguration configuration, CancellationToken cancellation)
    {
        try
        {
            await application.StartAsync(cancellation);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            throw new LockplaneException(ErrorCodes.Configuration, $"Port {configuration.Http.Port} on {configuration.Http.Listen}, which is for HTTP, is taken by another program.",
                null, "End that program, or set http.port (LOCKPLANE__HTTP__PORT) to another port.", e);
        }
    }

    private static async Task WaitUntilReadyAsync(Readiness readiness, CancellationToken cancellation)
    {
        while (!(await readiness.CheckAsync(cancellation)).Ready)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(500), cancellation);
        }
    }
}
