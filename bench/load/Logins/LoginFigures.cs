using System.Globalization;
using System.Text.Json;
using Lockplane.Bench.Load.Results;

namespace Lockplane.Bench.Load.Logins;

/// <summary>What logins and idle sessions cost; null where it was not measured.</summary>
internal sealed record LoginFigures
{
    /// <summary>Resident memory of the gateway for each idle session.</summary>
    public double? IdleKiB { get; set; }

    /// <summary>How many there were.</summary>
    public int IdleSessions { get; set; }

    /// <summary>Processor milliseconds of the gateway for a login where it holds the role's password.</summary>
    public double? SecretMs { get; set; }

    /// <summary>The same where the client's proof serves at the server, too.</summary>
    public double? PassThroughMs { get; set; }

    /// <summary>Logins per second by those of Postgres itself.</summary>
    public RatioRange? Connects { get; set; }

    /// <summary>Of Postgres itself, per second.</summary>
    public double? DirectConnects { get; set; }

    /// <summary>The slowest of many logins at once, by the median.</summary>
    public double? StormRatio { get; set; }

    public double? StormMedianMs { get; set; }

    /// <summary>The figures as sentences.</summary>
    public IEnumerable<string> Lines
    {
        get
        {
            if (IdleKiB is not null)
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"{IdleSessions} idle sessions against a scripted server: {IdleKiB:0.0} KiB of the gateway's resident memory each.");
            }

            if (SecretMs is not null)
            {
                string passThrough = PassThroughMs is null ? "" : string.Create(CultureInfo.InvariantCulture, $", {PassThroughMs:0.000} ms with `pass-through`");
                yield return string.Create(CultureInfo.InvariantCulture, $"A SCRAM login against a scripted server: {SecretMs:0.000} ms of the gateway's processor time with `secret`{passThrough}.");
            }

            if (Connects is not null)
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"Logins with 8 clients against Postgres: {DirectConnects:0} per second direct; through the gateway {Connects.Median:0.00} of it ({Connects.Low:0.00} to {Connects.High:0.00}).");
            }

            if (StormRatio is not null)
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"500 logins at once against Postgres: median {StormMedianMs:0} ms, the slowest {StormRatio:0.00} times that.");
            }
        }
    }

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject("logins");
        json.WriteNumber("idle_sessions", IdleSessions);
        json.WriteFigure("idle_kib_per_session", IdleKiB, 2);
        json.WriteFigure("cpu_ms_per_login_secret", SecretMs, 4);
        json.WriteFigure("cpu_ms_per_login_pass_through", PassThroughMs, 4);
        json.WriteFigure("connects_per_s_direct", DirectConnects, 1);
        json.WriteRatio("connects_ratio_direct", Connects);
        json.WriteFigure("storm_median_ms", StormMedianMs, 1);
        json.WriteFigure("storm_slowest_by_median", StormRatio, 3);
        json.WriteEndObject();
    }
}
