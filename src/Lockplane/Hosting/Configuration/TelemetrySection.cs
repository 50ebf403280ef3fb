namespace Lockplane.Hosting.Configuration;

/// <summary><c>[telemetry]</c>: metrics beside <c>/metrics</c>, which is always there.</summary>
/// <param name="Endpoint">Where OTLP goes; null for nowhere.</param>
/// <param name="Http">OTLP over HTTP with Protobuf in place of gRPC.</param>
/// <param name="Headers">Such as <c>Authorization=Bearer ...</c>; a secret.</param>
/// <param name="Interval">How often.</param>
internal sealed record TelemetrySection(Uri? Endpoint, bool Http, string? Headers, TimeSpan Interval)
{
    /// <summary>Reads the table.</summary>
    public static TelemetrySection Read(TableReader telemetry) => new(
        ReadEndpoint(telemetry), telemetry.Word("otlp_protocol", "grpc", "grpc", "http/protobuf") == "http/protobuf", telemetry.Secret("otlp_headers"), ReadInterval(telemetry));

    /// <summary>Without the headers.</summary>
    public override string ToString() => "TelemetrySection";

    private static Uri? ReadEndpoint(TableReader telemetry)
    {
        string? text = telemetry.Text("otlp_endpoint");
        return text is null ? null
            : Uri.TryCreate(text, UriKind.Absolute, out Uri? endpoint) && (endpoint.Scheme == Uri.UriSchemeHttp || endpoint.Scheme == Uri.UriSchemeHttps) && endpoint.UserInfo.Length == 0 ? endpoint
            : throw telemetry.Wrong("otlp_endpoint", "a URL such as \"http://127.0.0.1:4317\", without a login");
    }

    private static TimeSpan ReadInterval(TableReader telemetry)
    {
        TimeSpan interval = telemetry.Duration("interval", TimeSpan.FromSeconds(30));
        return interval >= TimeSpan.FromSeconds(1) && interval <= TimeSpan.FromHours(1) ? interval : throw telemetry.Wrong("interval", "1s to 60m");
    }
}
