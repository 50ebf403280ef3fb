using System.Collections.Immutable;
using System.Net;
using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Identity;
using Lockplane.Gateway.Servers;
using Lockplane.Gateway.Statements;
using Lockplane.Gateway.Tls;
using Lockplane.Sql.Errors;

namespace Lockplane.Gateway;

/// <summary>All that the gateway is told; named as in the configuration file.</summary>
public sealed record GatewayOptions
{
    /// <summary>How long a <see cref="MockSaltKey"/> is.</summary>
    public const int MockSaltKeyBytes = 32;

    /// <summary><c>gateway.listen</c>: the address to listen on.</summary>
    public string Listen { get; init; } = "127.0.0.1";

    /// <summary><c>gateway.port</c>: 0 lets the system choose, see <see cref="GatewayServer.Port"/>.</summary>
    public int Port { get; init; } = 6432;

    /// <summary><c>gateway.max_sessions</c>: logins beyond it are refused with 53300.</summary>
    public int MaxSessions { get; init; } = 1_000;

    /// <summary><c>gateway.max_statement_bytes</c>: a Query's or Parse's text; longer ones are refused with 54000.</summary>
    public int MaxStatementBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary><c>gateway.unix_socket</c>: a path to listen on as well; null for none.</summary>
    public string? UnixSocket { get; init; }

    /// <summary><c>gateway.loops</c>: threads that relay; 0 is the number of cores, at most 4.</summary>
    public int Loops { get; init; }

    /// <summary>Limits per database, role and address, and of time.</summary>
    public SessionLimits Limits { get; init; } = new();

    /// <summary><c>gateway.proxy_networks</c>: connections from these begin with a PROXY header of version 2, all others must not.</summary>
    public ImmutableArray<IPNetwork> ProxyNetworks { get; init; } = [];

    /// <summary><c>gateway.tag_application_name</c>: the session's number is appended to the application name that the server sees.</summary>
    public bool TagApplicationName { get; init; }

    /// <summary>0 to 2047: stands in the upper 12 bits of the process id of every cancel key, so that a process beside this one knows whose it is.</summary>
    public int ProcessNumber { get; init; }

    /// <summary>Makes the salts that are shown for roles that have none. The same in every process, so that a salt that changes does not tell which roles exist; empty for a random one.
    /// A reload does not change it.</summary>
    public ImmutableArray<byte> MockSaltKey { get; init; } = [];

    /// <summary><c>gateway.startup_timeout</c>: from accept to the first ReadyForQuery; a slower start-up ends with 08P01.</summary>
    public TimeSpan StartupTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary><c>gate.plan_wait</c>: how long a session waits for the plan of a schema change that it sent; the plan is made all the same.</summary>
    public TimeSpan PlanWait { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary><c>gateway.tls_cert</c>, <c>tls_key</c> and <c>tls_ca</c>: without a certificate, TLS is denied; with CAs, clients may show certificates from them.</summary>
    public TlsOptions Tls { get; init; } = new();

    /// <summary><c>[server.&lt;name&gt;]</c>: where sessions go.</summary>
    public required ServerOptions Server { get; init; }

    /// <summary>The verifiers that <c>scram</c> rules check clients against.</summary>
    public required Userlist Users { get; init; }

    /// <summary><c>[[auth]]</c>: the first rule that matches decides; none means refused.</summary>
    public required ImmutableArray<AuthRule> Auth { get; init; }

    /// <summary><c>[[identity]]</c>: the first rule that matches gives the row level security context; none means refused.</summary>
    public required ImmutableArray<IdentityRule> Identity { get; init; }

    /// <summary><c>[[profile]]</c>: the first rule that matches gives the lists that the statement gate judges by; none means <c>application</c>.</summary>
    public ImmutableArray<ProfileRule> Profiles { get; init; } = [];

    /// <summary><c>walls.strict</c>: signs every session's context; null where that is off.</summary>
    public ContextSigner? Signer { get; init; }

    /// <summary>The one source of the prefix: the gate, the gateway's start-up message and the walls have it from here.</summary>
    public const string DefaultContextPrefix = "app.";

    /// <summary>The prefix of the context's settings: with <c>app.</c> they are <c>app.tenant_id</c> and <c>app.user_id</c>.</summary>
    public string ContextPrefix { get; init; } = DefaultContextPrefix;

    /// <summary>Refuses what cannot work.</summary>
    /// <exception cref="LockplaneException">LP001, naming the key, the value and what was expected.</exception>
    public void Validate()
    {
        Require(IPAddress.TryParse(Listen, out _), "gateway.listen", Listen, "an IP address");
        Require(Port is >= 0 and <= 65_535, "gateway.port", Port, "0 to 65535");
        Require(MaxSessions is >= 1 and <= 1_000_000, "gateway.max_sessions", MaxSessions, "1 to 1000000");
        Require(MaxStatementBytes is >= 1_024 and <= 64 * 1024 * 1024, "gateway.max_statement_bytes", MaxStatementBytes, "1024 to 67108864");
        Require(StartupTimeout > TimeSpan.Zero && StartupTimeout <= TimeSpan.FromMinutes(10), "gateway.startup_timeout", StartupTimeout, "more than 0, at most 10 minutes");
        Require(Loops is >= 0 and <= 64, "gateway.loops", Loops, "0 to 64");
        Require(ProcessNumber is >= 0 and <= 2_047, "the process number", ProcessNumber, "0 to 2047");
        Require(MockSaltKey.IsEmpty || MockSaltKey.Length == MockSaltKeyBytes, "the key of salts", $"{MockSaltKey.Length} bytes long", $"{MockSaltKeyBytes} bytes");
        Require(UnixSocket is null || (Path.IsPathRooted(UnixSocket) && System.Text.Encoding.UTF8.GetByteCount(UnixSocket) <= 100), "gateway.unix_socket", UnixSocket, "a whole path of at most 100 bytes");
        Limits.Validate(MaxStatementBytes);
        Require(PlanWait > TimeSpan.Zero && PlanWait <= TimeSpan.FromMinutes(1), "gate.plan_wait", PlanWait, "more than 0, at most 1 minute");
        Require(ContextPrefix.Length > 1 && ContextPrefix[^1] == '.', "gateway.context_prefix", ContextPrefix, "a prefix that ends with a dot, such as app.");
        Tls.Validate("gateway");
        Server.Validate();
        foreach (AuthRule rule in Auth)
        {
            rule.Validate(this);
        }

        bool anySecrets = Users.Count > 0 || Server.AuthQuery is not null;
        AuthRule? byPassword = Auth.FirstOrDefault(rule => rule.Method is AuthMethod.Scram or AuthMethod.Md5);
        Require(byPassword is null || anySecrets, "gateway.auth_file", null, "verifiers for the scram and md5 rules: here, in server.secret, or by server.auth_user");
        AuthRule? unpassable = Server.Login == ServerLoginMethod.PassThrough ? Auth.FirstOrDefault(rule => rule.Method != AuthMethod.Scram) : null;
        Require(unpassable is null, $"server.{Server.Name}.login", "pass-through beside an auth rule of method " + unpassable?.Method.ToString().ToLowerInvariant(), "secret or certificate: only scram proves what can be passed on");

        foreach (IdentityRule rule in Identity)
        {
            rule.Validate(ContextPrefix);
        }

        _ = new Profiles(Profiles, ContextPrefix);
    }

    internal static void Require(bool holds, string key, object? value, string expected)
    {
        if (!holds)
        {
            throw new LockplaneException(ErrorCodes.Configuration, $"{key} is {value ?? "missing"}; expected {expected}.");
        }
    }
}
