using Lockplane.Gateway.Metrics;
using Lockplane.Hosting.Configuration;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Lockplane.Hosting;

/// <summary>Metrics to the outside: <c>/metrics</c> for Prometheus, and OTLP where the configuration names an endpoint.</summary>
internal static class Telemetry
{
    /// <summary>.NET's own: garbage collection, threads, exceptions.</summary>
    private const string RuntimeMeter = "System.Runtime";

    /// <summary>Where OTLP over HTTP takes metrics, on an endpoint that is given without a path.</summary>
    private const string MetricsPath = "/v1/metrics";

    public static void AddLockplaneTelemetry(this IServiceCollection services, TelemetrySection telemetry, string version)
    {
        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("lockplane", serviceVersion: version))
            .WithMetrics(metrics =>
            {
                metrics.AddMeter(GatewayMetrics.MeterName, RuntimeMeter).AddPrometheusExporter();
                if (telemetry.Endpoint is not null)
                {
                    metrics.AddOtlpExporter((exporter, reader) =>
                    {
                        exporter.Endpoint = telemetry.Http && telemetry.Endpoint.AbsolutePath == "/" ? new Uri(telemetry.Endpoint, MetricsPath) : telemetry.Endpoint;
                        exporter.Protocol = telemetry.Http ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
                        exporter.Headers = telemetry.Headers;
                        reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)telemetry.Interval.TotalMilliseconds;
                    });
                }
            });
    }

    /// <summary>No token is asked for: the metrics hold counts and times, and no name of a role, a database, a tenant or an address.</summary>
    public static void MapLockplaneMetrics(this WebApplication application) => application.MapPrometheusScrapingEndpoint("/metrics");
}
