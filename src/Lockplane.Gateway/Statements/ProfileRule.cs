using System.Collections.Immutable;
using Lockplane.Gateway.Authentication;
using Lockplane.Sql.Errors;

namespace Lockplane.Gateway.Statements;

/// <summary>One rule of <c>[[profile]]</c>: the profile of the sessions that it matches, and what is added to its lists.</summary>
public sealed record ProfileRule
{
    /// <summary><c>name</c>: application, migrator, observer or passthrough.</summary>
    public ProfileKind Kind { get; init; }

    /// <summary><c>database</c>: the one that sessions go to at the server, or <c>all</c>.</summary>
    public string Database { get; init; } = AuthRule.All;

    /// <summary><c>user</c>: the login role, or <c>all</c>; passthrough must name one.</summary>
    public string User { get; init; } = AuthRule.All;

    /// <summary><c>mode</c>: enforce or observe.</summary>
    public ProfileMode Mode { get; init; }

    /// <summary><c>allow_nodes</c>, <c>allow_functions</c>, <c>allow_settings</c> and <c>allow_schemas</c>.</summary>
    public ProfileAdditions Additions { get; init; } = new();

    internal bool Matches(string database, string user) =>
        (Database == AuthRule.All || string.Equals(Database, database, StringComparison.Ordinal)) && (User == AuthRule.All || string.Equals(User, user, StringComparison.Ordinal));

    /// <summary>Refuses what cannot be meant.</summary>
    /// <exception cref="LockplaneException">LP001.</exception>
    internal void Validate()
    {
        bool gated = Kind != ProfileKind.Passthrough;
        GatewayOptions.Require(gated || User != AuthRule.All, "profile.user of profile passthrough", User, "the one role whose statements are not to be judged");
        GatewayOptions.Require(gated || Mode == ProfileMode.Enforce, "profile.mode of profile passthrough", "observe", "no mode: nothing is judged");
        bool adds = !(Additions.AllowNodes.IsEmpty && Additions.AllowFunctions.IsEmpty && Additions.AllowSettings.IsEmpty);
        GatewayOptions.Require(Kind != ProfileKind.Migrator || !Additions.AllowSettings.Contains("search_path", StringComparer.OrdinalIgnoreCase), "profile.allow_settings of profile migrator", "search_path",
            "not search_path: a change goes where the search_path of the start-up says; name its schemas in allow_schemas");
        GatewayOptions.Require(gated || !adds, "profile.allow_* of profile passthrough", "given", "no lists: nothing is judged");
    }
}
