using System.Collections.Immutable;

namespace Lockplane.Gateway.Identity;

/// <summary>Identities by the rules of <c>[[identity]]</c>; the first rule for the login decides.</summary>
/// <param name="rules">In order.</param>
/// <param name="prefix">The prefix of the context's settings, such as <c>app.</c>.</param>
public sealed class RuleIdentitySource(ImmutableArray<IdentityRule> rules, string prefix) : IIdentitySource
{
    /// <inheritdoc/>
    public SessionContext? Find(LoginFacts login)
    {
        foreach (IdentityRule rule in rules)
        {
            bool forUser = rule.User == "all" || string.Equals(rule.User, login.User, StringComparison.Ordinal);
            if (forUser && (!rule.FromToken || !login.Claims.IsEmpty))
            {
                return rule.FromToken ? FromClaims(rule, login) : Fixed(rule);
            }
        }

        return null;
    }

    private SessionContext Fixed(IdentityRule rule)
    {
        ImmutableArray<KeyValuePair<string, string>>.Builder settings = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>(2);
        if (rule.TenantId is { } tenant)
        {
            settings.Add(new(prefix + "tenant_id", tenant));
        }

        if (rule.UserId is { } user)
        {
            settings.Add(new(prefix + "user_id", user));
        }

        return new SessionContext(settings.ToImmutable());
    }

    private static SessionContext? FromClaims(IdentityRule rule, LoginFacts login)
    {
        ImmutableArray<KeyValuePair<string, string>>.Builder settings = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>(rule.Claims.Length);
        foreach ((string setting, string claim) in rule.Claims)
        {
            if (!login.Claims.TryGetValue(claim, out string? value) || string.IsNullOrWhiteSpace(value) || value.Contains('\0', StringComparison.Ordinal))
            {
                return null;
            }

            settings.Add(new(setting, value));
        }

        return new SessionContext(settings.ToImmutable());
    }
}
