using System.Collections.Immutable;

namespace Lockplane.Gateway.Identity;

/// <summary>One rule of <c>[[identity]]</c>: either fixed values for a role, or settings taken from a token's claims.</summary>
public sealed record IdentityRule
{
    /// <summary><c>user</c>: the login role, or <c>all</c>.</summary>
    public string User { get; init; } = "all";

    /// <summary><c>tenant_id</c>: the value of <c>app.tenant_id</c>.</summary>
    public string? TenantId { get; init; }

    /// <summary><c>user_id</c>: the value of <c>app.user_id</c>.</summary>
    public string? UserId { get; init; }

    /// <summary><c>claims</c>: setting and the claim that gives its value, for logins by token. Every claim named must be there and not empty.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Claims { get; init; } = [];

    internal bool FromToken => !Claims.IsDefaultOrEmpty;

    internal void Validate(string prefix)
    {
        string name = $"identity (user {User})";
        GatewayOptions.Require(User.Length > 0, "identity.user", "empty", "a role or all");
        GatewayOptions.Require(FromToken || TenantId is not null || UserId is not null, name, null, "tenant_id, user_id or claims");
        GatewayOptions.Require(!FromToken || (TenantId is null && UserId is null), name, "fixed values and claims", "one of the two");
        GatewayOptions.Require(TenantId is not { Length: 0 }, $"{name}.tenant_id", "empty", "a value");
        GatewayOptions.Require(UserId is not { Length: 0 }, $"{name}.user_id", "empty", "a value");
        if (!FromToken)
        {
            return;
        }

        HashSet<string> seen = new(StringComparer.OrdinalIgnoreCase);
        foreach ((string setting, string claim) in Claims)
        {
            bool known = setting.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) && setting.Length > prefix.Length;
            GatewayOptions.Require(known && seen.Add(setting), $"{name}.claims", setting, $"settings that begin with {prefix}, each once");
            GatewayOptions.Require(claim.Length > 0, $"{name}.claims", setting, "the name of a claim");
        }
    }
}
