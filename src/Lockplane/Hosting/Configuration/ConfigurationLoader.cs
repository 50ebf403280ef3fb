using System.Collections;
using System.Collections.Immutable;
using System.Net;
using System.Text;
using Lockplane.Gateway.Authentication;
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
        SecretPlaces secrets = new(environment.GetValueOrDefault);
        TableReader reader = new(root, "", secrets, print);
        LockplaneConfiguration configuration = ReadRoot(reader, file);
        reader.Finish();
        return configuration with { Printed = print.ToString(), SecretMarks = secrets.Marks.ToImmutableSortedDictionary(StringComparer.Ordinal) };
    }

    private static LockplaneConfiguration ReadRoot(TableReader root, string? file)
    {
        LockplaneConfiguration configuration = new()
        {
            Path = file,
            Printed = "",
            StateDirectory = root.Text("state_dir", LockplaneConfiguration.DefaultStateDirectory)!,
            Gateway = root.Table("gateway", GatewaySection.Read),
            Servers = root.Named("server", GatewayReader.ReadServer),
            Auth = ReadAuth(root),
            Identity = root.List("identity", GatewayReader.ReadIdentity),
            Profiles = root.List("profile", GatewayReader.ReadProfile),
            PlanWait = root.Table("gate", gate => gate.Duration("plan_wait", TimeSpan.FromSeconds(2))),
            Walls = root.Table("walls", WallsSection.Read),
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

    private static ImmutableArray<AuthRule> ReadAuth(TableReader root)
    {
        ImmutableSortedDictionary<string, NameMap> maps = root.Named("maps", GatewayReader.ReadMap);
        return root.List("auth", auth => GatewayReader.ReadAuth(auth, maps));
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
