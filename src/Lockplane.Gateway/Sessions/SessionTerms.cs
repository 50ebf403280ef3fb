using Lockplane.Gateway.Identity;
using Lockplane.Gateway.Servers;
using Lockplane.Gateway.Statements;

namespace Lockplane.Gateway.Sessions;

/// <summary>What one configuration makes for its sessions: immutable. A reload makes another; sessions that are there keep theirs.</summary>
internal sealed record SessionTerms(
    GatewayOptions Options, LoginTerms Login, ServerTerms Server, IIdentitySource Identities, IStatementGates Gates)
{
    /// <summary>Reads what the options name.</summary>
    /// <exception cref="Sql.Errors.LockplaneException">LP001.</exception>
    public static SessionTerms From(GatewayOptions options, IIdentitySource identities, IStatementGates gates)
    {
        options.Validate();
        return new SessionTerms(options, LoginTerms.From(options), ServerTerms.From(options.Server), identities, gates);
    }
}
