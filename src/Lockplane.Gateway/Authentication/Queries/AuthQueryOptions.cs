using Lockplane.Gateway.Servers;

namespace Lockplane.Gateway.Authentication.Queries;

/// <summary>Where roles' verifiers are read from a server's catalog.</summary>
public sealed record AuthQueryOptions
{
    /// <summary>What is asked when nothing else is configured. $1 is the role's name.</summary>
    public const string DefaultText =
        "SELECT rolname, rolpassword, rolcanlogin, rolvaliduntil, rolconnlimit FROM pg_catalog.pg_authid WHERE rolname OPERATOR(pg_catalog.=) $1::pg_catalog.name";

    /// <summary><c>auth_user</c>: the role that reads them.</summary>
    public required string User { get; init; }

    /// <summary><c>auth_query</c>: one statement with the parameter $1; its columns are those of <see cref="DefaultText"/> in that order, of which the first two suffice.</summary>
    public string Text { get; init; } = DefaultText;

    /// <summary><c>auth_database</c>: where it is asked; null for the server's database, or postgres.</summary>
    public string? Database { get; init; }

    /// <summary><c>auth_secret</c>: the role's password or SCRAM keys; null for those of the server's userlist, or its certificate where logins are by that.</summary>
    public string? Secret { get; init; }

    internal void Validate(ServerOptions server)
    {
        string section = $"server.{server.Name}";
        GatewayOptions.Require(User.Length > 0, $"{section}.auth_user", "empty", "a role");
        GatewayOptions.Require(Text.Contains("$1", StringComparison.Ordinal), $"{section}.auth_query", "without $1", "a statement with $1 for the role's name");
        GatewayOptions.Require(Secret is not null || server.Users.CanLogIn(User) || server.Login == ServerLoginMethod.Certificate, $"{section}.auth_secret", null,
            "the password of auth_user there, or its line in the server's secret");
    }

    /// <summary>Without the secret.</summary>
    public override string ToString() => $"AuthQueryOptions {{ User = {User} }}";
}
