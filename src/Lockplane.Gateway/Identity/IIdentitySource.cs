using System.Collections.Immutable;

namespace Lockplane.Gateway.Identity;

/// <summary>Says who a session is for row level security, from what it logged in with.</summary>
public interface IIdentitySource
{
    /// <summary>The settings for this login; null when nothing is known of it, which refuses the login where a context is demanded.</summary>
    SessionContext? Find(LoginFacts login);
}

/// <summary>What is known of a login once its proof held.</summary>
/// <param name="User">The role that was asked for.</param>
/// <param name="Database">The database that was asked for.</param>
/// <param name="Claims">The token's claims by name where a token logged in, otherwise empty.</param>
/// <param name="CertificateName">The common name of the client's certificate where that logged in, otherwise null.</param>
public sealed record LoginFacts(string User, string Database, ImmutableDictionary<string, string> Claims, string? CertificateName = null);

/// <summary>The row level security context: settings that the gateway puts into the StartupMessage that it builds.</summary>
/// <param name="Settings">Name and value, such as <c>app.tenant_id</c> and <c>acme</c>. Values are never empty.</param>
public sealed record SessionContext(ImmutableArray<KeyValuePair<string, string>> Settings)
{
    /// <summary>A session without context.</summary>
    public static SessionContext None { get; } = new([]);
}
