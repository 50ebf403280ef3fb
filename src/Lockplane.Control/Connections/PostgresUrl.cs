using System.Globalization;
using Lockplane.Sql.Errors;
using Npgsql;

namespace Lockplane.Control.Connections;

/// <summary>Reads connection URLs as libpq does and gives Npgsql's connection string.</summary>
/// <remarks>Spec: Postgres's manual, "Connection Strings" (34.1.1). Host lists are not taken: one target is one server.</remarks>
public static class PostgresUrl
{
    private static readonly Dictionary<string, Action<NpgsqlConnectionStringBuilder, string>> Parameters = new(StringComparer.Ordinal)
    {
        ["host"] = (b, v) => b.Host = v,
        ["port"] = (b, v) => b.Port = ParsePort(v),
        ["user"] = (b, v) => b.Username = v,
        ["password"] = (b, v) => b.Password = v,
        ["dbname"] = (b, v) => b.Database = v,
        ["application_name"] = (b, v) => b.ApplicationName = v,
        ["connect_timeout"] = (b, v) => b.Timeout = int.TryParse(v, CultureInfo.InvariantCulture, out int seconds) ? seconds : throw Bad("connect_timeout is not a number"),
        ["sslmode"] = (b, v) => b.SslMode = v switch
        {
            "disable" => SslMode.Disable,
            "allow" => SslMode.Allow,
            "prefer" => SslMode.Prefer,
            "require" => SslMode.Require,
            "verify-ca" => SslMode.VerifyCA,
            "verify-full" => SslMode.VerifyFull,
            _ => throw Bad("sslmode is none of disable, allow, prefer, require, verify-ca, verify-full"),
        },
        ["sslrootcert"] = (b, v) => b.RootCertificate = v,
        ["sslcert"] = (b, v) => b.SslCertificate = v,
        ["sslkey"] = (b, v) => b.SslKey = v,
    };

    /// <summary>Turns <c>postgresql://user:password@host:port/database?sslmode=...</c> into a connection string.</summary>
    /// <exception cref="LockplaneException">LP001; the message never repeats the URL, which may hold a password.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string url)
    {
        int scheme = url.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0 || url[..scheme] is not ("postgresql" or "postgres"))
        {
            throw Bad("it does not begin with postgresql://");
        }

        NpgsqlConnectionStringBuilder builder = new() { ApplicationName = "lockplane" };
        string rest = url[(scheme + 3)..];
        int question = rest.IndexOf('?', StringComparison.Ordinal);
        string query = question < 0 ? "" : rest[(question + 1)..];
        rest = question < 0 ? rest : rest[..question];

        int slash = rest.IndexOf('/', StringComparison.Ordinal);
        string database = slash < 0 ? "" : Decode(rest[(slash + 1)..]);
        string authority = slash < 0 ? rest : rest[..slash];
        int at = authority.LastIndexOf('@');
        if (at >= 0)
        {
            string[] login = authority[..at].Split(':', 2);
            builder.Username = Decode(login[0]);
            builder.Password = login.Length == 2 ? Decode(login[1]) : null;
        }

        ReadHost(builder, authority[(at + 1)..]);
        foreach (string pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = pair.Split('=', 2);
            if (parts.Length != 2 || !Parameters.TryGetValue(Decode(parts[0]), out Action<NpgsqlConnectionStringBuilder, string>? set))
            {
                throw Bad($"its parameter {parts[0]} is not known");
            }

            set(builder, Decode(parts[1]));
        }

        builder.Host = string.IsNullOrEmpty(builder.Host) ? "localhost" : builder.Host;
        builder.Database = database.Length > 0 ? database : builder.Database ?? builder.Username;
        return builder;
    }

    private static void ReadHost(NpgsqlConnectionStringBuilder builder, string host)
    {
        if (host.Contains(',', StringComparison.Ordinal))
        {
            throw Bad("it names more than one host");
        }

        int bracket = host.StartsWith('[') ? host.IndexOf(']', StringComparison.Ordinal) : 0;
        if (bracket < 0)
        {
            throw Bad("a bracket of its IPv6 address is missing");
        }

        int colon = host.IndexOf(':', bracket);
        string name = colon < 0 ? host : host[..colon];
        if (colon >= 0)
        {
            builder.Port = ParsePort(host[(colon + 1)..]);
        }

        if (name.Length > 0)
        {
            builder.Host = bracket > 0 ? name[1..^1] : Decode(name);
        }
    }

    private static int ParsePort(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and <= 65535 ? port : throw Bad("its port is not a number from 1 to 65535");

    private static string Decode(string text) => Uri.UnescapeDataString(text);

    private static LockplaneException Bad(string why) =>
        new(ErrorCodes.Configuration, $"The connection URL cannot be read: {why}.", hint: "Write postgresql://user:password@host:port/database.");
}
