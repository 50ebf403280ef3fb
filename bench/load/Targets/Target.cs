using System.Globalization;

namespace Lockplane.Bench.Load.Targets;

/// <summary>Something that pgbench can log in at.</summary>
/// <param name="Name">In the results.</param>
/// <param name="Port">On 127.0.0.1.</param>
/// <param name="ProcessId">The proxy; null for Postgres itself.</param>
/// <param name="Login">Role and password.</param>
/// <param name="Tls">Whether the client speaks TLS.</param>
internal sealed record Target(string Name, int Port, int? ProcessId, RoleLogin Login, bool Tls = false)
{
    public const string Direct = "direct";
    public const string PgBouncer = "pgbouncer";
    public const string PgBouncerUnix = "pgbouncer-unix";
    public const string PgBouncerTls = "pgbouncer-tls";
    public const string Haproxy = "haproxy";
    public const string Floor = "floor";
    public const string Lockplane = "lockplane";
    public const string LockplaneUnix = "lockplane-unix";
    public const string LockplaneTls = "lockplane-tls";

    /// <summary>The database of the benchmark.</summary>
    public const string Database = "bench";

    /// <summary>Whether it keeps connections to the server that clients use one after the other.</summary>
    public bool Pools => Name.StartsWith(PgBouncer, StringComparison.Ordinal);

    /// <summary>How libpq is told of it.</summary>
    public IEnumerable<(string Name, string Value)> LibpqEnvironment =>
    [
        ("PGHOST", "127.0.0.1"), ("PGPORT", Port.ToString(CultureInfo.InvariantCulture)), ("PGUSER", Login.Role), ("PGPASSWORD", Login.Password), ("PGDATABASE", Database),
        ("PGSSLMODE", Tls ? "require" : "disable"), ("PGGSSENCMODE", "disable"),
    ];
}

/// <summary>A role that can log in.</summary>
internal sealed record RoleLogin(string Role, string Password)
{
    /// <summary>Its verifier has one iteration: runs that measure queries are not to wait for logins.</summary>
    public static RoleLogin ForQueries { get; } = new("bench", "password of bench");

    /// <summary>Its verifier has Postgres's 4,096 iterations.</summary>
    public static RoleLogin ForLogins { get; } = new("logins", "password of logins");

    public static RoleLogin[] All { get; } = [ForQueries, ForLogins];

    /// <summary>Both, as pgbouncer and Lockplane read them.</summary>
    public static string Userlist { get; } = string.Concat(All.Select(login => $"\"{login.Role}\" \"{login.Password}\"\n"));
}
