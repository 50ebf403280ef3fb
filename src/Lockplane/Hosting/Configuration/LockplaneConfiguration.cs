using System.Collections.Immutable;
using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Identity;
using Lockplane.Gateway.Servers;
using Lockplane.Gateway.Statements;

namespace Lockplane.Hosting.Configuration;

/// <summary>All that <c>lockplane.toml</c>, the environment and flags say, checked. <c>lockplane.example.toml</c> documents every key.</summary>
internal sealed record LockplaneConfiguration
{
    /// <summary>Where keys and caches are when a file does not say otherwise.</summary>
    public const string DefaultStateDirectory = "/var/lib/lockplane";

    /// <summary>The file that was read; null when there was none.</summary>
    public required string? Path { get; init; }

    /// <summary><c>state_dir</c>: keys, caches and sockets of the process.</summary>
    public required string StateDirectory { get; init; }

    public required GatewaySection Gateway { get; init; }

    /// <summary><c>[server.NAME]</c>.</summary>
    public required ImmutableSortedDictionary<string, ServerSection> Servers { get; init; }

    /// <summary><c>[[auth]]</c>, in order.</summary>
    public required ImmutableArray<AuthRule> Auth { get; init; }

    /// <summary><c>[[identity]]</c>, in order.</summary>
    public required ImmutableArray<IdentityRule> Identity { get; init; }

    /// <summary><c>[[profile]]</c>, in order.</summary>
    public required ImmutableArray<ProfileRule> Profiles { get; init; }

    /// <summary><c>gate.plan_wait</c>.</summary>
    public required TimeSpan PlanWait { get; init; }

    public required WallsSection Walls { get; init; }

    /// <summary><c>[databases.NAME]</c>.</summary>
    public required ImmutableSortedDictionary<string, DatabaseSection> Databases { get; init; }

    public required ScopeSection Scope { get; init; }

    public required ApprovalSection Approval { get; init; }

    public required ApplySection Apply { get; init; }

    public required HttpSection Http { get; init; }

    public required AuditSection Audit { get; init; }

    public required TelemetrySection Telemetry { get; init; }

    /// <summary><c>[mcp.tokens.NAME]</c>.</summary>
    public required ImmutableSortedDictionary<string, McpTokenSection> McpTokens { get; init; }

    /// <summary>The whole configuration as TOML: defaults filled in, secrets as stars.</summary>
    public required string Printed { get; init; }

    /// <summary>By key, what tells one secret's value from another within this process and nothing else of it.</summary>
    public ImmutableSortedDictionary<string, string> SecretMarks { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>The roles of profile passthrough, each with its database, such as <c>etl on shop</c>.</summary>
    public ImmutableArray<string> PassthroughRoles => [.. Profiles.Where(rule => rule.Kind == ProfileKind.Passthrough).Select(rule => $"{rule.User} on {(rule.Database == AuthRule.All ? "every database" : rule.Database)}")];

    /// <summary>Without secrets.</summary>
    public override string ToString() => Printed;
}

/// <summary><c>[server.NAME]</c>: a Postgres server that the gateway sends sessions to.</summary>
/// <param name="Host">A name, an address, or the folder of the Unix socket.</param>
/// <param name="Port">Its port.</param>
/// <param name="Database">The database of every session; null for the one that the client asks for.</param>
/// <param name="Options">All of it, in the gateway's terms.</param>
internal sealed record ServerSection(string Host, int Port, string? Database, ServerOptions Options);

/// <summary><c>[databases.NAME]</c>: a database under management.</summary>
/// <param name="Url">The login that reads; never printed.</param>
/// <param name="ApplyUrl">The login that applies: the role that owns what is changed.</param>
/// <param name="ShadowUrl">The login that makes scratch databases; null for <paramref name="ApplyUrl"/>.</param>
/// <param name="Owner">The person or team to ask; null when nobody is named.</param>
internal sealed record DatabaseSection(string Url, string ApplyUrl, string? ShadowUrl, string? Owner)
{
    /// <summary>Without the URLs, which hold passwords.</summary>
    public override string ToString() => "DatabaseSection";
}

/// <summary><c>[scope]</c>: what of a database is looked at.</summary>
/// <param name="Schemas">Only these schemas; empty for all.</param>
/// <param name="Ignore">Objects that are left out, by name.</param>
internal sealed record ScopeSection(ImmutableArray<string> Schemas, ImmutableArray<string> Ignore);

/// <summary><c>[approval]</c>.</summary>
/// <param name="Mode"><c>four-eyes</c> or <c>owner</c>.</param>
/// <param name="Expires">How long an approval holds.</param>
/// <param name="AllowNonInteractive">Whether an approval may be given without a terminal.</param>
internal sealed record ApprovalSection(string Mode, TimeSpan Expires, bool AllowNonInteractive);

/// <summary><c>[apply]</c>: how often and how long a lock is waited for.</summary>
internal sealed record ApplySection(int LockAttempts, TimeSpan Lock, TimeSpan LongestLock);

/// <summary><c>[http]</c>.</summary>
internal sealed record HttpSection(string Listen, int Port);

/// <summary><c>[mcp.tokens.NAME]</c>: who may use <c>/mcp</c>.</summary>
/// <param name="Sha256">The hash of the bearer token, 64 lower-case hex digits; the token itself is nowhere.</param>
/// <param name="Database">The name of the database that it is for.</param>
/// <param name="Scopes">What it may do.</param>
internal sealed record McpTokenSection(string Sha256, string Database, ImmutableArray<string> Scopes);
