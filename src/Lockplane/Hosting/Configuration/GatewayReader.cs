using System.Collections.Immutable;
using System.Net;
using System.Text;
using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Authentication.Queries;
using Lockplane.Gateway.Identity;
using Lockplane.Gateway.Servers;
using Lockplane.Gateway.Statements;
using Lockplane.Gateway.Tls;
using Lockplane.Sql.Errors;

namespace Lockplane.Hosting.Configuration;

/// <summary>Reads the data plane's tables beside <c>[gateway]</c>: <c>[server.NAME]</c>, <c>[maps.NAME]</c>, <c>[[auth]]</c>, <c>[[identity]]</c>, <c>[[profile]]</c>.</summary>
internal static class GatewayReader
{
    public static ServerSection ReadServer(string name, TableReader server)
    {
        string host = server.Text("host", "127.0.0.1")!;
        ServerOptions options = new()
        {
            Name = name,
            Host = host,
            Port = server.Number("port", 5432, 1, 65_535),
            UnixSocket = host.StartsWith('/') ? host : null,
            Database = server.Text("database"),
            SslMode = server.Word("sslmode", "prefer", "disable", "prefer", "require", "verify-ca", "verify-full", "direct") switch
            {
                "disable" => ServerSslMode.Disable,
                "require" => ServerSslMode.Require,
                "verify-ca" => ServerSslMode.VerifyCa,
                "verify-full" => ServerSslMode.VerifyFull,
                "direct" => ServerSslMode.Direct,
                _ => ServerSslMode.Prefer,
            },
            Tls = ReadTls(server),
            Login = server.Word("login", "secret", "pass-through", "certificate", "secret") switch
            {
                "pass-through" => ServerLoginMethod.PassThrough,
                "certificate" => ServerLoginMethod.Certificate,
                _ => ServerLoginMethod.Secret,
            },
        };
        Userlist? users = ReadUserlist(server, "secret");
        if (users is null && options.Login == ServerLoginMethod.Secret)
        {
            throw server.Missing("secret", "file:/path of a userlist: lines of \"role\" \"password\"");
        }

        return new ServerSection(host, options.Port, options.Database, options with { Users = users ?? Userlist.Empty, AuthQuery = ReadAuthQuery(server) });
    }

    /// <summary>The roles of each outside name: a text or a list of texts.</summary>
    public static NameMap ReadMap(string name, TableReader map) => new(name, map.AllTexts().ToImmutableDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal));

    public static AuthRule ReadAuth(TableReader auth, ImmutableSortedDictionary<string, NameMap> maps)
    {
        ConnectionType type = auth.Word("type", "host", "host", "hostssl", "hostnossl", "local") switch
        {
            "hostssl" => ConnectionType.HostSsl,
            "hostnossl" => ConnectionType.HostNoSsl,
            "local" => ConnectionType.Local,
            _ => ConnectionType.Host,
        };
        string database = auth.Text("database", AuthRule.All)!;
        string user = auth.Text("user", AuthRule.All)!;
        string? address = auth.Text("address");
        IPNetwork? network = address is null ? null : IPNetwork.TryParse(address, out IPNetwork parsed) ? parsed : throw auth.Wrong("address", "a network such as \"10.0.0.0/8\"");
        AuthMethod method = auth.Word("method", null, "scram", "md5", "cert", "jwt", "oauth", "trust") switch
        {
            "md5" => AuthMethod.Md5,
            "cert" => AuthMethod.Cert,
            "jwt" => AuthMethod.Jwt,
            "oauth" => AuthMethod.OAuth,
            "trust" => AuthMethod.Trust,
            _ => AuthMethod.Scram,
        };
        NameMap? map = null;
        if (method is AuthMethod.Cert or AuthMethod.Jwt or AuthMethod.OAuth && auth.Text("map") is { } mapName && !maps.TryGetValue(mapName, out map))
        {
            throw auth.Wrong("map", $"the name of a [maps.NAME]: {string.Join(", ", maps.Keys)}");
        }

        return new AuthRule
        {
            Type = type, Database = database, User = user, Address = network, Method = method, Map = map,
            Jwt = method is AuthMethod.Jwt or AuthMethod.OAuth ? ReadJwt(auth, method, map is not null) : null,
        };
    }

    public static IdentityRule ReadIdentity(TableReader identity)
    {
        IdentityRule rule = new()
        {
            User = identity.Text("user", AuthRule.All)!, TenantId = identity.Text("tenant_id"), UserId = identity.Text("user_id"), Claims = identity.Pairs("claims"),
        };
        return rule.Claims.IsEmpty == (rule.TenantId is null && rule.UserId is null) ? throw identity.Missing("tenant_id", "either tenant_id and user_id, or claims") : rule;
    }

    public static ProfileRule ReadProfile(TableReader profile)
    {
        ProfileKind[] kinds = Enum.GetValues<ProfileKind>();
        string name = profile.Word("name", null, [.. kinds.Select(Profile.NameOf)]);
        return new ProfileRule
        {
            Kind = kinds.First(kind => Profile.NameOf(kind) == name),
            Database = profile.Text("database", AuthRule.All)!,
            User = profile.Text("user", AuthRule.All)!,
            Mode = profile.Word("mode", "enforce", "enforce", "observe") == "observe" ? ProfileMode.Observe : ProfileMode.Enforce,
            Additions = new ProfileAdditions
            {
                AllowNodes = profile.Texts("allow_nodes"), AllowFunctions = profile.Texts("allow_functions"), AllowSettings = profile.Texts("allow_settings"),
                AllowSchemas = profile.Texts("allow_schemas", ProfileAdditions.DefaultSchemas),
            },
        };
    }

    /// <summary>The keys <c>tls_cert</c>, <c>tls_key</c> and <c>tls_ca</c>.</summary>
    public static TlsOptions ReadTls(TableReader section) => new()
    {
        CertificateFile = section.Text("tls_cert"), KeyFile = section.Text("tls_key"), CaFile = section.Text("tls_ca"),
    };

    /// <summary>The roles and secrets in the place that a key names; null without the key.</summary>
    public static Userlist? ReadUserlist(TableReader section, string key) => section.Placed(key) is { } placed ? Userlist.Parse(placed.Text, placed.Place) : null;

    private static AuthQueryOptions? ReadAuthQuery(TableReader server)
    {
        string? user = server.Text("auth_user");
        string? secret = server.Secret("auth_secret");
        string? query = server.Text("auth_query", user is null ? null : AuthQueryOptions.DefaultText);
        string? database = server.Text("auth_database");
        if (user is null)
        {
            return secret is null && query is null && database is null ? null : throw server.Missing("auth_user", "the role that runs the auth query");
        }

        return new AuthQueryOptions { User = user, Text = query!, Database = database, Secret = secret };
    }

    private static JwtOptions ReadJwt(TableReader auth, AuthMethod method, bool mapped)
    {
        TokenAlgorithm algorithm = Enum.Parse<TokenAlgorithm>(auth.Word("algorithm", "HS256", "HS256", "RS256", "ES256"));
        string? key = null, publicKey = null, jwks = null;
        if (algorithm == TokenAlgorithm.HS256)
        {
            key = auth.Secret("key") ?? throw auth.Missing("key", "the tokens' shared key: env:NAME or file:/path");
            if (Encoding.UTF8.GetByteCount(key) < 32)
            {
                throw new LockplaneException(ErrorCodes.Configuration, $"{auth.Path}.key is too short; expected at least 32 bytes.");
            }
        }
        else
        {
            publicKey = auth.Text("public_key");
            jwks = auth.Text("jwks");
            if (publicKey is null == jwks is null)
            {
                throw auth.Missing("public_key", $"either public_key or jwks for {algorithm}");
            }
        }

        bool fetched = jwks?.Contains("://", StringComparison.Ordinal) == true;
        return new JwtOptions
        {
            Issuer = auth.Text("issuer") ?? throw auth.Missing("issuer", "what the claim iss must be"),
            Audience = auth.Text("audience") ?? throw auth.Missing("audience", "what the claim aud must hold"),
            Algorithm = algorithm,
            Key = key is null ? [] : [.. Encoding.UTF8.GetBytes(key)],
            PublicKeyFile = publicKey,
            JwksFile = fetched ? null : jwks,
            JwksUrl = !fetched ? null : Uri.TryCreate(jwks, UriKind.Absolute, out Uri? url) ? url : throw auth.Wrong("jwks", "an https:// URL or the path of a file"),
            RoleClaim = mapped ? "role" : auth.Text("role_claim", "role")!,
            SubjectClaim = mapped ? auth.Text("subject_claim", "sub")! : "sub",
            TokenGrace = auth.Duration("token_grace", TimeSpan.Zero),
            Scope = method == AuthMethod.OAuth ? auth.Text("scope", "openid")! : "",
        };
    }
}
