using System.Collections;
using System.Collections.Immutable;
using System.Net;
using System.Text;
using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Identity;
using Lockplane.Gateway.Statements;
using Lockplane.Sql.Errors;

namespace Lockplane.Hosting.Configuration;

/// <summary>
/// Reads the configuration: defaults, then the file, then the environment (<c>LOCKPLANE__SECTION__KEY</c>, lower-cased; items of lists by number), then flags.
/// </summary>
internal static class ConfigurationLoader
{
    /// <summary>The file's name.</summary>
    public const string FileName = "lockplane.toml";

    /// <summary>Names the folder with the configuration that <c>./dev up</c> wrote.</summary>
    public const string StateVariable = "LOCKPLANE_STATE";

    private const string Prefix = "LOCKPLANE__";

    /// <summary>The file to read: <c>--config</c>, then <c>lockplane.toml</c> here, then the one in LOCKPLANE_STATE; null when there is none.</summary>
    /// <exception cref="LockplaneException">LP001: the file that was asked for does not exist.</exception>
    public static string? FindFile(string? asked)
    {
        if (asked is not null)
        {
            return File.Exists(asked) ? asked : throw new LockplaneException(ErrorCodes.Configuration, $"The configuration file {asked} does not exist.");
        }

        string? state = Environment.GetEnvironmentVariable(StateVariable);
        IEnumerable<string> candidates = string.IsNullOrEmpty(state) ? [FileName] : [FileName, Path.Combine(state, FileName)];
        return candidates.FirstOrDefault(File.Exists);
    }

    /// <summary>Reads what <see cref="FindFile"/> finds, with this process's environment.</summary>
    /// <param name="asked">The path given with <c>--config</c>; null when it was not.</param>
    /// <param name="flags">Keys by path, such as <c>gateway.port</c>, that flags set.</param>
    public static LockplaneConfiguration Load(string? asked, params IEnumerable<KeyValuePair<string, string>> flags)
    {
        string? file = FindFile(asked);
        IOrderedEnumerable<KeyValuePair<string, string>> variables = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Select(variable => KeyValuePair.Create((string)variable.Key, (string?)variable.Value ?? "")).OrderBy(variable => variable.Key, StringComparer.Ordinal);
        return Read(file is null ? null : File.ReadAllText(file), file, variables, flags);
    }

    /// <summary>Reads a configuration from its parts.</summary>
    /// <param name="text">The file's text; null when there is none.</param>
    /// <param name="file">The file's name.</param>
    /// <param name="variables">The environment.</param>
    /// <param name="flags">Keys that flags set.</param>
    /// <exception cref="LockplaneException">LP001 with place, key, value (secrets masked) and what was expected.</exception>
    public static LockplaneConfiguration Read(
        string? text, string? file, IEnumerable<KeyValuePair<string, string>> variables, params IEnumerable<KeyValuePair<string, string>> flags)
    {
        ConfigurationTable root = text is null ? new ConfigurationTable() : ConfigurationTable.Parse(text, file ?? FileName);
        ImmutableSortedDictionary<string, string> environment = variables.ToImmutableSortedDictionary(StringComparer.Ordinal);
        foreach ((string name, string value) in environment.Where(variable => variable.Key.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            root.Override(name[Prefix.Length..].ToLowerInvariant().Split("__"), value, $"environment variable {name}");
        }

        foreach ((string key, string value) in flags)
        {
            root.Override(key.Split('.'), value, $"flag for {key}");
        }

        StringBuilder print = new();
        TableReader reader = new(root, "", new SecretPlaces(environment.GetValueOrDefault), print);
        LockplaneConfiguration configuration = ReadRoot(reader, file);
        reader.Finish();
        return configuration with { Printed = print.ToString() };
    }

    private static LockplaneConfiguration ReadRoot(TableReader root, string? file)
    {
        LockplaneConfiguration configuration = new()
        {
            Path = file,
            Printed = "",
            StateDirectory = root.Text("state_dir", LockplaneConfiguration.DefaultStateDirectory)!,
            Gateway = root.Table("gateway", GatewaySection.Read),
            Servers = root.Named("server", (_, server) => ReadServer(server)),
            Auth = root.List("auth", ReadAuth),
            Identity = root.List("identity", ReadIdentity),
            Profile = ReadProfiles(root),
            PlanWait = root.Table("gate", gate => gate.Duration("plan_wait", TimeSpan.FromSeconds(5))),
            Databases = root.Named("databases", (_, database) => ReadDatabase(database)),
            Scope = root.Table("scope", scope => new ScopeSection(scope.Texts("schemas"), scope.Texts("ignore"))),
            Approval = root.Table("approval", ReadApproval),
            Apply = root.Table("apply", apply => new ApplySection(
                apply.Number("lock_attempts", 5, 1, 1_000),
                TimeSpan.FromMilliseconds(apply.Number("lock_ms", 1_000, 1, 600_000)),
                TimeSpan.FromMilliseconds(apply.Number("lock_ms_max", 10_000, 1, 600_000)))),
            Http = root.Table("http", http => new HttpSection(Address(http, "127.0.0.1"), http.Number("port", 6433, 0, 65_535))),
            Audit = root.Table("audit", AuditSection.Read),
            Telemetry = root.Table("telemetry", TelemetrySection.Read),
            McpTokens = root.Table("mcp", mcp => mcp.Named("tokens", (_, token) => ReadToken(token))),
        };
        foreach ((string name, McpTokenSection token) in configuration.McpTokens)
        {
            if (!configuration.Databases.ContainsKey(token.Database))
            {
                throw new LockplaneException(ErrorCodes.Configuration, $"mcp.tokens.{name}.database is \"{token.Database}\"; expected the name of a [databases.NAME]: {string.Join(", ", configuration.Databases.Keys)}.");
            }
        }

        return configuration;
    }

    private static ServerSection ReadServer(TableReader server)
    {
        // These two have one value so far; written down, a file says what it relies on.
        server.Word("sslmode", "disable", "disable");
        server.Word("login", "secret", "secret");
        return new ServerSection(
            server.Text("host", "127.0.0.1")!, server.Number("port", 5432, 1, 65_535), server.Text("database"),
            server.SecretFile("secret") ?? throw server.Missing("secret", "file:/path of a userlist: lines of \"role\" \"password\""));
    }

    private static AuthRule ReadAuth(TableReader auth)
    {
        ConnectionType type = auth.Word("type", "host", "host", "hostssl", "hostnossl") switch
        {
            "hostssl" => ConnectionType.HostSsl,
            "hostnossl" => ConnectionType.HostNoSsl,
            _ => ConnectionType.Host,
        };
        string database = auth.Text("database", AuthRule.All)!;
        string user = auth.Text("user", AuthRule.All)!;
        string? address = auth.Text("address");
        IPNetwork? network = address is null ? null : IPNetwork.TryParse(address, out global::System.Net.IPNetwork parsed) ? parsed : throw auth.Wrong("address", "a network such as \"10.0.0.0/8\"");
        AuthMethod method = auth.Word("method", null, "scram", "jwt") == "jwt" ? AuthMethod.Jwt : AuthMethod.Scram;
        return new AuthRule { Type = type, Database = database, User = user, Address = network, Method = method, Jwt = method == AuthMethod.Jwt ? ReadJwt(auth) : null };
    }

    private static JwtOptions ReadJwt(TableReader auth)
    {
        auth.Word("algorithm", "HS256", "HS256");
        string key = auth.Secret("key") ?? throw auth.Missing("key", "the tokens' shared key: env:NAME or file:/path");
        if (Encoding.UTF8.GetByteCount(key) < 32)
        {
            throw new LockplaneException(ErrorCodes.Configuration, $"{auth.Path}.key is too short; expected at least 32 bytes.");
        }

        return new JwtOptions
        {
            Issuer = auth.Text("issuer") ?? throw auth.Missing("issuer", "what the claim iss must be"),
            Audience = auth.Text("audience") ?? throw auth.Missing("audience", "what the claim aud must hold"),
            Key = [.. Encoding.UTF8.GetBytes(key)],
            RoleClaim = auth.Text("role_claim", "role")!,
        };
    }

    private static IdentityRule ReadIdentity(TableReader identity)
    {
        IdentityRule rule = new()
        {
            User = identity.Text("user", AuthRule.All)!, TenantId = identity.Text("tenant_id"), UserId = identity.Text("user_id"), Claims = identity.Pairs("claims"),
        };
        return rule.Claims.IsEmpty == (rule.TenantId is null && rule.UserId is null) ? throw identity.Missing("tenant_id", "either tenant_id and user_id, or claims") : rule;
    }

    private static ProfileAdditions ReadProfiles(TableReader root)
    {
        ImmutableArray<ProfileAdditions> profiles = root.List("profile", profile =>
        {
            profile.Word("name", null, "application");
            return new ProfileAdditions { AllowNodes = profile.Texts("allow_nodes"), AllowFunctions = profile.Texts("allow_functions"), AllowSettings = profile.Texts("allow_settings") };
        });
        return profiles.Length switch
        {
            0 => new ProfileAdditions(),
            1 => profiles[0],
            _ => throw root.Wrong("profile", "one [[profile]]"),
        };
    }

    private static DatabaseSection ReadDatabase(TableReader database)
    {
        string url = database.Url("url") ?? throw database.Missing("url", "a postgresql:// URL, env:NAME or file:/path");
        return new DatabaseSection(url, database.Url("apply_url") ?? url, database.Url("shadow_url"), database.Text("owner"));
    }

    private static ApprovalSection ReadApproval(TableReader approval) => new(
        approval.Word("mode", "four-eyes", "four-eyes", "owner"),
        TimeSpan.FromMinutes(approval.Number("expires_minutes", 60, 1, 10_080)),
        approval.Flag("allow_noninteractive", false));

    private static McpTokenSection ReadToken(TableReader token)
    {
        string hash = token.Text("sha256") ?? throw token.Missing("sha256", "the SHA-256 of the bearer token, 64 lower-case hex digits");
        if (hash.Length != 64 || !hash.All(char.IsAsciiHexDigitLower))
        {
            throw token.Wrong("sha256", "64 lower-case hex digits");
        }

        return new McpTokenSection(hash, token.Text("database") ?? throw token.Missing("database", "the name of a [databases.NAME]"), token.Texts("scopes", "inspect", "plan", "apply", "ledger"));
    }

    /// <summary>The key <c>listen</c>.</summary>
    internal static string Address(TableReader section, string defaultValue)
    {
        string address = section.Text("listen", defaultValue)!;
        return IPAddress.TryParse(address, out _) ? address : throw section.Wrong("listen", "an IP address");
    }
}
