using System.Net;
using Lockplane.Hosting.Configuration;
using Lockplane.Sql.Errors;
using Microsoft.AspNetCore.Connections;

namespace Lockplane.Hosting;

/// <summary>The process: gateway and HTTP. <c>lockplane serve</c> runs it from a configuration, <c>lockplane dev</c> around a server of its own.</summary>
internal static class LockplaneHost
{
    private const long LongestRequestBody = 8 << 20;

    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(10);

    /// <summary>Runs until cancelled: then the gateway drains, and HTTP stops after it.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="parts">What runs; the caller's to dispose.</param>
    /// <param name="ready">Called once, when <c>/readyz</c> answers 200.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="LockplaneException">LP001: a port that cannot be had.</exception>
    public static async Task RunAsync(LockplaneConfiguration configuration, HostParts parts, Action ready, CancellationToken cancellation)
    {
        using Readiness readiness = new(configuration, TimeProvider.System);
        await using WebApplication application = Build(configuration, parts, readiness);
        await StartHttpAsync(application, configuration, cancellation);
        try
        {
            await parts.Gateway.StartAsync(cancellation);
            readiness.GatewayListens = true;
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
            readiness.GatewayListens = false;
            await parts.Gateway.StopAsync(Drain);
            using CancellationTokenSource patience = new(Drain);
            await application.StopAsync(patience.Token);
        }
    }

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

    private static WebApplication Build(LockplaneConfiguration configuration, HostParts parts, Readiness readiness)
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
        parts.AddServices(builder.Services);
        WebApplication application = builder.Build();
        application.MapGet("/healthz", () => Results.Text("ok\n"));
        application.MapGet("/readyz", async (CancellationToken cancellation) =>
        {
            ReadinessReport report = await readiness.CheckAsync(cancellation);
            return Results.Json(report, statusCode: report.Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
        });
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
