using System.Collections.Immutable;
using Lockplane.Sql.Errors;

namespace Lockplane.Gateway.Statements;

/// <summary>Chooses the profile of a session by the rules of <c>[[profile]]</c>: the first that matches; <c>application</c> without additions where none does. Immutable.</summary>
public sealed class Profiles
{
    private static readonly Lazy<Profile> Default = new(() => Profile.Application());

    private readonly Profile _default;
    private readonly ImmutableArray<(ProfileRule Rule, Profile Profile)> _rules;

    /// <summary>Makes the profiles that the rules describe.</summary>
    /// <param name="rules">In order.</param>
    /// <param name="contextPrefix">What the settings of the context begin with.</param>
    /// <exception cref="LockplaneException">LP001: a rule that cannot be meant, or an addition that no profile may have.</exception>
    public Profiles(ImmutableArray<ProfileRule> rules, string contextPrefix = GatewayOptions.DefaultContextPrefix)
    {
        _default = contextPrefix == GatewayOptions.DefaultContextPrefix ? Default.Value : Profile.Application(new ProfileAdditions { ContextPrefixes = [contextPrefix] });
        _rules = [.. rules.Select(rule => (rule, Profile.From(rule with { Additions = rule.Additions with { ContextPrefixes = [contextPrefix] } })))];
    }

    /// <summary>The rules, in order.</summary>
    public IEnumerable<ProfileRule> Rules => _rules.Select(pair => pair.Rule);

    /// <summary>The profile of a role's sessions in a database of the server.</summary>
    public Profile Find(string database, string user)
    {
        foreach ((ProfileRule rule, Profile profile) in _rules)
        {
            if (rule.Matches(database, user))
            {
                return profile;
            }
        }

        return _default;
    }
}
