using System.Collections.Immutable;
using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Statements;
using Lockplane.Gateway.Tls;
using Lockplane.Sql.Errors;

namespace Lockplane.Gateway.Sessions;

/// <summary>What all logins of clients share: made once per configuration, immutable; a reload makes another, and sessions keep theirs.</summary>
/// <param name="Rules">The first that matches decides how a client must prove itself.</param>
/// <param name="Profiles">What it may set at start-up, and which statements it may send then.</param>
/// <param name="ServerDatabase">The database of every session; null for the one that the client asks for.</param>
/// <param name="Tls">The gateway's certificate; null where it has none.</param>
internal sealed record LoginTerms(ImmutableArray<AuthRule> Rules, Profiles Profiles, string? ServerDatabase, GatewayTls? Tls)
{
    /// <summary>Reads the certificate's files.</summary>
    /// <exception cref="LockplaneException">LP001.</exception>
    public static LoginTerms From(GatewayOptions options) => new(options.Auth, new Profiles(options.Profiles, options.ContextPrefix), options.Server.Database, GatewayTls.Load(options.Tls));
}
